#include "ingest/line_protocol.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "ingest/number.h"

namespace qala::ingest {

namespace {

using readings::Observation;
using readings::TextRef;
using readings::ValueType;

constexpr std::size_t kMaxLine = 64 * 1024;
constexpr std::size_t kMaxText = 16 * 1024;

/// First `c` that no backslash escapes and no double quotes enclose; npm if there is none.
std::size_t find_plain(std::string_view text, char c, bool quotes) {
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\') {
      i++;
    } else if (quotes && text[i] == '"') {
      inside = !inside;
    } else if (text[i] == c && !inside) {
      return i;
    }
  }
  return std::string_view::npos;
}

constexpr std::string_view kInNames = ",= \\\"";
constexpr std::string_view kInStrings = "\\\"";

std::string unescape(std::string_view text, std::string_view escaped = kInNames) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 1 < text.size() && escaped.contains(text[i + 1])) i++;
    out += text[i];
  }
  return out;
}

struct Tag {
  std::string key, value;
};

bool split_prefix(std::string_view prefix, std::string& measurement, std::vector<Tag>& tags) {
  std::size_t end = find_plain(prefix, ',', false);
  measurement = unescape(prefix.substr(0, end));
  while (end != std::string_view::npos) {
    prefix.remove_prefix(end + 1);
    end = find_plain(prefix, ',', false);
    const std::string_view pair = prefix.substr(0, end);
    const std::size_t equals = find_plain(pair, '=', false);
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == pair.size()) return false;
    tags.push_back({unescape(pair.substr(0, equals)), unescape(pair.substr(equals + 1))});
  }
  return !measurement.empty();
}

/// One run over a request's text.
class Lines {
 public:
  Lines(const LineOptions& options, const SeriesIndex& index, Submission& into)
      : options_(options), seed_(index.seed()), reader_(index), into_(into) {}

  void run(std::string_view text) {
    into_.batch.rows.reserve(text.size() / 60 + 1);
    std::uint32_t number = 0;
    for (const char *at = text.data(), *end = at + text.size(); at < end;) {
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      const char* stop = newline ? newline : end;
      std::string_view one(at, static_cast<std::size_t>(stop - at));
      at = stop + 1;
      number++;
      if (!one.empty() && one.back() == '\r') one.remove_suffix(1);
      if (one.empty() || one.front() == '#') continue;
      if (number > options_.max_lines) {
        into_.reject(number, "oversized", "more lines than one request may have: split it");
        return;
      }
      line(one, number);
    }
  }

 private:
  void line(std::string_view text, std::uint32_t number) {
    text_ = text;
    if (text.size() > kMaxLine) {
      into_.reject(number, "oversized", "line longer than 64 KiB", text);
      return;
    }
    const bool escapes = std::memchr(text.data(), '\\', text.size()) || std::memchr(text.data(), '"', text.size());
    const std::size_t space = escapes ? find_plain(text, ' ', false) : text.find(' ');
    if (space == std::string_view::npos || space == 0) {
      into_.reject(number, "syntax", "no space between the series and its fields", text_);
      return;
    }
    const std::string_view prefix = text.substr(0, space);
    std::string_view fields = text.substr(space + 1);
    std::int64_t time = options_.now.ns;
    bool has_time = false;
    const std::size_t gap = escapes ? find_plain(fields, ' ', true) : fields.find(' ');
    if (gap != std::string_view::npos) {
      const char* problem = timestamp(fields.substr(gap + 1), time);
      if (problem) {
        into_.reject(number, "syntax", problem, text_);
        return;
      }
      has_time = true;
      fields = fields.substr(0, gap);
    }
    const std::size_t rows_before = into_.batch.rows.size();
    const std::uint64_t prefix_hash = hash_bytes(prefix, seed_);
    while (!fields.empty()) {
      const std::size_t comma = escapes ? find_plain(fields, ',', true) : fields.find(',');
      if (!field(prefix, prefix_hash, fields.substr(0, comma), time, has_time, number, escapes)) {
        drop_to(rows_before);
        return;
      }
      if (comma == std::string_view::npos) return;
      fields.remove_prefix(comma + 1);
    }
    drop_to(rows_before);
    into_.reject(number, "syntax", "a field is missing after the comma or the space", text_);
  }

  /// A line is taken whole or not at all.
  void drop_to(std::size_t rows) {
    into_.batch.rows.resize(rows);
    into_.lines.resize(std::min(into_.lines.size(), rows));
  }

  /// Null: fine.
  const char* timestamp(std::string_view text, std::int64_t& out) const {
    const bool negative = !text.empty() && text.front() == '-';
    std::uint64_t value = 0;
    const std::string_view digits = text.substr(negative);
    if (digits.empty() || digits.size() > 19) return "the timestamp is not a whole number";
    for (const char c : digits) {
      if (c < '0' || c > '9') return "the timestamp is not a whole number";
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    const auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / options_.unit_ns);
    if (value > limit) return "the timestamp is out of range: check the precision parameter";
    out = static_cast<std::int64_t>(value) * options_.unit_ns * (negative ? -1 : 1);
    return nullptr;
  }

  bool field(std::string_view prefix, std::uint64_t prefix_hash, std::string_view pair, std::int64_t time,
             bool has_time, std::uint32_t number, bool escapes) {
    const std::size_t equals = escapes ? find_plain(pair, '=', true) : pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      into_.reject(number, "syntax", "a field needs the form name=value", text_);
      return false;
    }
    Observation row;
    row.time = time;
    row.flags = has_time ? 0 : readings::flag::server_time;
    if (const auto reason = value(pair.substr(equals + 1), row)) {
      into_.reject(number, reason->first, reason->second, text_);
      return false;
    }
    const std::string_view name = pair.substr(0, equals);
    const SeriesHash hash = combine(prefix_hash, name);
    row.datastream = reader_.find(hash);
    if (!row.datastream && !unknown(prefix, name, hash, row, number)) return false;
    into_.batch.rows.push_back(row);
    if (!into_.lines.empty() || number != into_.batch.rows.size()) note_line(number);
    return true;
  }

  /// Lines are kept only once they differ from row numbers.
  void note_line(std::uint32_t number) {
    const std::size_t rows = into_.batch.rows.size();
    while (into_.lines.size() + 1 < rows) into_.lines.push_back(static_cast<std::uint32_t>(into_.lines.size() + 1));
    into_.lines.push_back(number);
  }

  bool unknown(std::string_view prefix, std::string_view name, SeriesHash hash, Observation& row,
               std::uint32_t number) {
    const auto [found, fresh] = unknown_.try_emplace(hash.slot, static_cast<std::uint32_t>(into_.names.size()));
    if (fresh) {
      SeriesName series;
      if (!series_name(prefix, name, series)) {
        unknown_.erase(found);
        into_.reject(number, "syntax", "the tags need the form name=value and a measurement before them", text_);
        return false;
      }
      series.hash = hash;
      into_.names.push_back(std::move(series));
    }
    row.datastream = DatastreamId(kUnknownSeries | found->second);
    return true;
  }

  using Reason = std::pair<const char*, const char*>;
  std::optional<Reason> value(std::string_view text, Observation& row) {
    if (text.empty()) return Reason{"syntax", "a field has no value"};
    const char last = text.back();
    Number number;
    if (last >= '0' && last <= '9') {
      if (!parse_number(text, number)) return bad_number(text);
    } else if (last == 'i' || last == 'u') {
      if (!parse_number(text.substr(0, text.size() - 1), number) || number.scale != 0 ||
          number.type != ValueType::decimal) {
        return bad_number(text);
      }
      number.type = ValueType::integer;
    } else if (last == '"' && text.size() >= 2 && text.front() == '"') {
      return string_value(text.substr(1, text.size() - 2), row);
    } else if (const auto truth = boolean(text)) {
      number = {ValueType::boolean, 0, *truth ? 1 : 0};
    } else {
      return bad_number(text);
    }
    row.type = number.type;
    row.scale = number.scale;
    row.bits = number.bits;
    return std::nullopt;
  }

  std::optional<Reason> string_value(std::string_view text, Observation& row) {
    const std::string plain = unescape(text, kInStrings);
    if (plain.size() > kMaxText) return Reason{"oversized", "a text value is longer than 16 KiB"};
    if (!utf8::is_valid(plain)) return Reason{"syntax", "a text value is not UTF-8"};
    row.type = ValueType::text;
    row.bits = TextRef{into_.batch.text.size(), static_cast<std::uint32_t>(plain.size())}.bits();
    into_.batch.text += plain;
    return std::nullopt;
  }

  static std::optional<bool> boolean(std::string_view text) {
    static constexpr std::array kTrue{"t", "T", "true", "True", "TRUE"};
    static constexpr std::array kFalse{"f", "F", "false", "False", "FALSE"};
    if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
    if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
    return std::nullopt;
  }

  static Reason bad_number(std::string_view text) {
    std::string lower(text.substr(0, 9));
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string_view word = std::string_view(lower).substr(lower.starts_with('-') || lower.starts_with('+'));
    if (word == "nan" || word.starts_with("inf")) return {"nan", "NaN and infinity are not readings"};
    return {"syntax", "the value is neither a number, nor true or false, nor text in double quotes"};
  }

  const LineOptions& options_;
  std::uint64_t seed_;
  SeriesIndex::Reader reader_;
  Submission& into_;
  std::string_view text_;  ///< the line that is being read
  std::unordered_map<std::uint64_t, std::uint32_t> unknown_;  ///< slot hash -> index into names
};

}  // namespace

bool series_name(std::string_view prefix, std::string_view field, SeriesName& out) {
  static constexpr std::array kThingTags{"thing", "device", "device_id", "sensor", "host"};
  std::string measurement;
  std::vector<Tag> tags;
  if (!split_prefix(prefix, measurement, tags)) return false;
  std::ranges::sort(tags, {}, &Tag::key);
  auto thing = tags.end();
  for (const auto* name : kThingTags) {
    if (thing == tags.end()) thing = std::ranges::find(tags, name, &Tag::key);
  }
  const std::string plain_field = unescape(field);
  const bool telemetry = measurement == "telemetry" && tags.size() <= 1;
  out.key = telemetry && thing != tags.end() ? std::string() : measurement;
  if (thing == tags.end()) {
    out.thing_key = measurement;
    for (const auto& tag : tags) out.thing_key += "," + tag.key + "=" + tag.value;
    out.key = plain_field;
    return true;
  }
  out.thing_key = thing->value;
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    if (tag != thing) out.key += "." + tag->value;
  }
  if (out.key.empty()) {
    out.key = plain_field;
  } else if (plain_field != "v" && plain_field != "value") {
    out.key += "." + plain_field;
  }
  return true;
}

void parse_lines(std::string_view text, const LineOptions& options, const SeriesIndex& index, Submission& into) {
  Lines(options, index, into).run(text);
}

}  // namespace qala::ingest
