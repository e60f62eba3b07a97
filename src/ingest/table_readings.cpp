#include "ingest/table_readings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <vector>

#include <boost/json.hpp>

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

/// Reads one RFC 4180 record from `at`; false if quotes are wrong. `lines`: how many lines it took.
bool csv_record(std::string_view text, std::size_t& at, std::vector<std::string>& cells, std::uint32_t& lines) {
  cells.assign(1, {});
  lines = 1;
  bool quoted = false;
  bool fine = true;
  for (; at < text.size(); at++) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') cells.back() += text[++at];
      else if (c == '"') quoted = false;
      else cells.back() += c;
      lines += c == '\n';
      continue;
    }
    if (c == '\n') break;
    if (c == ',') cells.emplace_back();
    else if (c == '"' && cells.back().empty()) quoted = true;
    else if (c == '"') fine = false;
    else if (c != '\r') cells.back() += c;
  }
  at = std::min(at + 1, text.size());
  return fine && !quoted;
}

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

Result<> parse_csv_readings(std::string_view text, Instant now, Submission& into) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::size_t at = 0;
  std::uint32_t line = 1;
  std::uint32_t lines = 0;
  std::vector<std::string> cells;
  if (!csv_record(text, at, cells, lines)) return fail(ErrorKind::invalid, "line 1: the quotes do not fit");
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
  line += lines;
  for (; at < text.size(); line += lines) {
    const bool fine = csv_record(text, at, cells, lines);
    if (cells.size() == 1 && cells[0].empty()) continue;
    const auto cell = [&](std::size_t i) {
      return column[i] < cells.size() ? std::string_view(cells[column[i]]) : std::string_view();
    };
    Observation row;
    if (!fine) {
      into.reject(line, "syntax", "the quotes do not fit");
    } else if (!value_of(cell(3), rows, row)) {
      into.reject(line, cell(3).empty() ? "syntax" : "nan", "the value is empty or not a number");
    } else {
      rows.add(line, registry::plain_cell(cell(0)), registry::plain_cell(cell(1)), cell(2), row, cell(4));
    }
  }
  return {};
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
    number++;
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
