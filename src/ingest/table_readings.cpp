#include "ingest/table_readings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <boost/json.hpp>

#include "base/utf8.h"
#include "ingest/number.h"
#include "registry/csv.h"

namespace qala::ingest {

namespace json = boost::json;
using readings::Observation;
using readings::TextRef;
using readings::ValueType;

namespace {

constexpr std::size_t kMaxText = 16 * 1024;

/// Adds rows of named series to a submission.
class Rows {
 public:
  Rows(Instant now, Submission& into) : now_(now), into_(into) {}

  /// Empty `time`: ours. Problems are told with `line`.
  void add(std::uint32_t line, std::string_view thing, std::string_view key, std::string_view time, Observation row,
           std::string_view unit) {
    if (thing.empty() || key.empty()) return into_.reject(line, "syntax", "thing and key must not be empty");
    if (thing.size() > 256 || key.size() > 256)
      return into_.reject(line, "oversized", "thing or key is longer than 256 bytes");
    if (!unit.empty() && !convert_unit(unit, row)) {
      return into_.reject(line, "unit", "the unit \"" + std::string(unit) + "\" is not known here");
    }
    row.time = now_.ns;
    row.flags = readings::flag::server_time;
    if (!time.empty()) {
      if (!parse_time(time, row.time)) {
        return into_.reject(line, "syntax", "time is neither ISO 8601 with an offset nor milliseconds since 1970");
      }
      row.flags = 0;
    }
    const auto [found, fresh] =
        names_.try_emplace({std::string(thing), std::string(key)}, static_cast<std::uint32_t>(into_.names.size()));
    if (fresh)
      into_.names.push_back({.hash = {}, .thing = {}, .thing_key = found->first.first, .key = found->first.second});
    row.datastream = DatastreamId(kUnknownSeries | found->second);
    into_.batch.rows.push_back(row);
    while (into_.lines.size() + 1 < into_.batch.rows.size()) into_.lines.push_back(0);
    into_.lines.push_back(line);
  }

  Observation text(std::string_view value, ValueType type) {
    Observation row;
    row.type = type;
    row.bits = TextRef{into_.batch.text.size(), static_cast<std::uint32_t>(value.size())}.bits();
    into_.batch.text += value;
    return row;
  }

 private:
  static bool parse_time(std::string_view text, std::int64_t& out) {
    std::int64_t ms = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (ec == std::errc() && end == text.data() + text.size() && ms < 9'000'000'000'000 && ms > -9'000'000'000'000) {
      out = ms * 1'000'000;
      return true;
    }
    const auto at = parse_iso(text);
    if (at) out = at->ns;
    return at.has_value();
  }

  Instant now_;
  Submission& into_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> names_;
};

/// Reads RFC 4180 records one after the other.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ == text_.size(); }
  std::size_t at() const { return at_; }
  std::uint32_t lines() const { return lines_; }  ///< of the last record
  const std::vector<std::string>& cells() const { return cells_; }
  /// The last record's quotes were still open where the text ends, near enough that they may close behind it.
  bool cut_off() const { return cut_off_; }

  /// False if the quotes do not fit. Then only the first line is taken: what a stray quote swallowed is read again,
  /// line by line (so that nothing is read more than twice, no quote counts beyond its line in there).
  bool next() {
    const std::size_t start = at_;
    const bool within_line = start < doubtful_until_;
    bool fits = true;
    cut_off_ = false;
    cells_.assign(1, {});
    lines_ = 1;
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_];
      if (c == '"' && cells_.back().empty()) {
        if (!quoted(within_line)) return only_first_line(start);
        continue;
      }
      if (c == ',') cells_.emplace_back();
      else if (c == '"') fits = false;
      else if (c != '\r') cells_.back() += c;
      at_++;
    }
    at_ = std::min(at_ + 1, text_.size());
    return fits;
  }

 private:
  static constexpr std::size_t kMaxQuoted = 4 * kMaxText;

  /// A cell from its opening quote to behind its closing one.
  bool quoted(bool within_line) {
    const std::size_t limit = std::min(text_.size(), at_ + kMaxQuoted);
    for (at_++; at_ < limit; at_++) {
      const char c = text_[at_];
      if (c == '"') {
        const char behind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\n';
        if (behind == '"') at_++;
        else if (at_++; behind != ',' && behind != '\r' && behind != '\n') return false;
        else return true;
      }
      if (c == '\n' && within_line) return false;
      lines_ += c == '\n';
      cells_.back() += c;
    }
    cut_off_ = limit == text_.size();
    return false;
  }
  bool only_first_line(std::size_t start) {
    doubtful_until_ = std::max(doubtful_until_, at_);
    at_ = std::min(text_.find('\n', start), text_.size() - 1) + 1;
    lines_ = 1;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t doubtful_until_ = 0;  ///< a stray quote reached so far
  std::vector<std::string> cells_;
  std::uint32_t lines_ = 0;
  bool cut_off_ = false;
};

bool value_of(std::string_view text, Rows& rows, Observation& row) {
  Number number;
  if (text == "true" || text == "false") number = {ValueType::boolean, 0, text == "true"};
  else if (!parse_number(text, number)) {
    if (text.empty() || text.size() > kMaxText) return false;
    std::string lower(text.substr(0, 4));
    for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == "nan" || lower == "inf" || lower == "-inf") return false;
    row = rows.text(registry::plain_cell(text), ValueType::text);
    return true;
  }
  row.type = number.type;
  row.scale = number.scale;
  row.bits = number.bits;
  return true;
}

struct Conversion {
  std::string_view unit;
  double factor = 1;
  double offset = 0;
};

// Kept units: °C, µg/m³, hPa, kWh, W, m/s.
constexpr std::array kConversions = std::to_array<Conversion>({
    {"°C", 1, 0},
    {"C", 1, 0},
    {"Cel", 1, 0},
    {"°F", 5.0 / 9, -160.0 / 9},
    {"F", 5.0 / 9, -160.0 / 9},
    {"K", 1, -273.15},
    {"µg/m³", 1, 0},
    {"ug/m3", 1, 0},
    {"µg/m3", 1, 0},
    {"mg/m³", 1000, 0},
    {"mg/m3", 1000, 0},
    {"hPa", 1, 0},
    {"Pa", 0.01, 0},
    {"kPa", 10, 0},
    {"kWh", 1, 0},
    {"Wh", 0.001, 0},
    {"MWh", 1000, 0},
    {"W", 1, 0},
    {"kW", 1000, 0},
    {"MW", 1e6, 0},
    {"m/s", 1, 0},
    {"km/h", 1 / 3.6, 0},
    {"%", 1, 0},
    {"V", 1, 0},
    {"A", 1, 0},
    {"m³", 1, 0},
    {"m3", 1, 0},
    {"m³/h", 1, 0},
    {"m3/h", 1, 0},
    {"lx", 1, 0},
});

}  // namespace

bool convert_unit(std::string_view unit, Observation& row) {
  for (const auto& known : kConversions) {
    if (known.unit != unit) continue;
    if (known.factor == 1 && known.offset == 0) return true;
    if (row.type >= ValueType::boolean) return false;
    const double value = readings::as_number(row.type, row.scale, row.bits) * known.factor + known.offset;
    row.type = ValueType::real;
    row.scale = 0;
    row.bits = std::bit_cast<std::int64_t>(value);
    return true;
  }
  return false;
}

namespace {

void reject_the_rest(std::uint32_t line, Submission& into) {
  into.reject(line, "oversized", "more lines than one request may have: split it");
}

Result<> parse_csv(std::string_view text, Instant now, Submission& into, std::size_t* taken, std::uint32_t max_lines) {
  const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  CsvReader reader(text.substr(mark));
  if (!reader.next()) return fail(ErrorKind::invalid, "line 1: the quotes do not fit");
  const auto& cells = reader.cells();
  std::array<std::size_t, 5> column;
  static constexpr std::array kNames{"thing", "key", "time", "value", "unit"};
  for (std::size_t i = 0; i < kNames.size(); i++) {
    column[i] = static_cast<std::size_t>(std::ranges::find(cells, kNames[i]) - cells.begin());
    if (column[i] == cells.size() && i != 2 && i != 4) {
      return fail(ErrorKind::invalid, std::string("line 1: the header names no column \"") + kNames[i] +
                                          "\" (thing,key,time,value are expected)");
    }
  }
  Rows rows(now, into);
  const std::uint32_t header_lines = reader.lines();
  std::uint32_t line = 1 + header_lines;
  for (; !reader.at_end(); line += reader.lines()) {
    const std::size_t start = reader.at();
    const bool fine = reader.next();
    if (taken && reader.cut_off()) {
      *taken = mark + start;
      return {};
    }
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (line - header_lines > max_lines) {
      reject_the_rest(line, into);
      return {};
    }
    const auto cell = [&](std::size_t i) {
      return column[i] < cells.size() ? std::string_view(cells[column[i]]) : std::string_view();
    };
    Observation row;
    if (!fine) {
      into.reject(line, "syntax", "the quotes do not fit");
    } else if (!utf8::is_valid(cell(3))) {
      into.reject(line, "syntax", "the value is not UTF-8: save the file as UTF-8");
    } else if (!value_of(cell(3), rows, row)) {
      into.reject(line, cell(3).empty() ? "syntax" : "nan", "the value is empty or not a number");
    } else {
      rows.add(line, registry::plain_cell(cell(0)), registry::plain_cell(cell(1)), cell(2), row, cell(4));
    }
  }
  if (taken) *taken = text.size();
  return {};
}

}  // namespace

Result<> parse_csv_piece(std::string_view text, Instant now, Submission& into, std::size_t* taken) {
  return parse_csv(text, now, into, taken, std::numeric_limits<std::uint32_t>::max());
}

Result<> parse_csv_readings(std::string_view text, Instant now, Submission& into) {
  return parse_csv(text, now, into, nullptr, kMaxTableLines);
}

namespace {

/// Boost.JSON gives doubles; digits come from their shortest form.
bool json_value(const json::value& value, Rows& rows, Observation& row, bool& oversized) {
  const auto text = [&](std::string_view of, ValueType type) {
    oversized = of.size() > kMaxText;
    if (!oversized) row = rows.text(of, type);
    return !oversized;
  };
  if (value.is_bool()) {
    row.type = ValueType::boolean;
    row.bits = value.get_bool();
  } else if (value.is_int64() || value.is_uint64()) {
    json::error_code ec;
    row.bits = value.to_number<std::int64_t>(ec);
    return !ec;
  } else if (value.is_double()) {
    const auto number = number_of(value.get_double());
    if (!number) return false;
    row.type = number->type;
    row.scale = number->scale;
    row.bits = number->bits;
  } else if (value.is_string()) {
    return text(value.get_string(), ValueType::text);
  } else if (value.is_object() || value.is_array()) {
    return text(json::serialize(value), ValueType::json);
  } else {
    return false;
  }
  return true;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  return {};
}

}  // namespace

Result<> parse_json_readings(std::string_view text, Instant now, Submission& into) {
  json::error_code ec;
  json::value document = json::parse(text, ec);
  if (ec) return fail(ErrorKind::invalid, "the body is not JSON: " + ec.message());
  if (document.is_object()) {
    json::array one;
    one.push_back(std::move(document));
    document = std::move(one);
  }
  if (!document.is_array()) return fail(ErrorKind::invalid, "an array of readings is expected");
  Rows rows(now, into);
  std::uint32_t number = 0;
  for (const auto& member : document.get_array()) {
    if (++number > kMaxTableLines) {
      reject_the_rest(number, into);
      return {};
    }
    const auto* object = member.if_object();
    const auto* value = object ? object->if_contains("value") : nullptr;
    Observation row;
    bool oversized = false;
    if (!value || !json_value(*value, rows, row, oversized)) {
      into.reject(number, oversized ? "oversized" : "syntax",
                  oversized ? "the value is longer than 16 KiB" : "an object with thing, key and value is expected");
      continue;
    }
    rows.add(number, text_of(*object, "thing"), text_of(*object, "key"), text_of(*object, "time"), row,
             text_of(*object, "unit"));
  }
  return {};
}

}  // namespace qala::ingest
