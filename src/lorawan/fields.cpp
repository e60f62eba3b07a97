#include "lorawan/fields.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "ingest/number.h"

namespace qala::lorawan {

namespace {

constexpr std::size_t kMostFound = 1'000;
constexpr std::size_t kMostText = 16 * 1024;

std::optional<Instant> sample_time(const Json& sample) {
  for (const char* name : {"time", "timestamp", "ts", "recorded_at", "recordedAt", "Timestamp", "datetime"}) {
    const Json* value = member(sample, name);
    if (!value) continue;
    if (const auto at = time(value)) return at;
    const auto plain = value->kind == Json::Kind::number ? number(value) : std::nullopt;
    if (!plain || !(*plain > 0) || *plain > 4e12) continue;
    return *plain < 1e11 ? Instant{static_cast<std::int64_t>(*plain * 1e9)}
                         : Instant::from_ms(static_cast<std::int64_t>(*plain));
  }
  return std::nullopt;
}

class Search {
 public:
  explicit Search(std::vector<Found>& found) : found_(found) {}

  void go(const Json& at, std::string_view rest, Found so_far) {
    if (rest.starts_with('.')) rest.remove_prefix(1);
    if (rest.empty()) {
      so_far.value = &at;
      if (found_.size() < kMostFound) found_.push_back(so_far);
      return;
    }
    if (at.kind == Json::Kind::array) return index(at, rest, so_far);
    if (at.kind == Json::Kind::object) step(at, rest, so_far);
  }

 private:
  void index(const Json& at, std::string_view rest, const Found& so_far) {
    const auto end = rest.find(']');
    if (!rest.starts_with('[') || end == std::string_view::npos) return;
    const std::string_view inside = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (inside == "*" || inside.empty()) {
      for (const Json& one : at.items) {
        Found next = so_far;
        if (const auto time = sample_time(one)) next.time = time;
        next.sample = at.items.size() > 1;
        go(one, rest, next);
      }
      return;
    }
    std::size_t number = 0;
    const auto [stop, ec] = std::from_chars(inside.data(), inside.data() + inside.size(), number);
    if (ec != std::errc() || stop != inside.data() + inside.size() || number >= at.items.size()) return;
    go(at.items[number], rest, so_far);
  }

  /// The longest name first: "pm2.5" may be one.
  void step(const Json& at, std::string_view rest, const Found& so_far) {
    for (std::size_t end = rest.size();; end--) {
      if (end == rest.size() || rest[end] == '.' || rest[end] == '[') {
        if (const Json* next = at.find(rest.substr(0, end)); next && next->kind != Json::Kind::null)
          return go(*next, rest.substr(end), so_far);
      }
      if (end == 0) return;
    }
  }

  std::vector<Found>& found_;
};

/// Twelve digits: what a product of decimals shows beyond them is no measurement.
std::string rounded(double value) {
  std::string shortest = fmt::format("{}", value);
  std::string cut = fmt::format("{:.12g}", value);
  return cut.size() < shortest.size() ? cut : shortest;
}

bool put_number(const Field& field, const Json& value, Value& out) {
  const auto plain = number(&value);
  if (!plain) return false;
  const double scaled = *plain * field.scale + field.offset;
  if (!std::isfinite(scaled)) return false;
  ingest::Number digits;
  const bool as_is = field.scale == 1 && field.offset == 0;
  if (!ingest::parse_number(as_is ? value.text : rounded(scaled), digits)) return false;
  out.type = digits.type;
  out.scale = digits.scale;
  out.bits = digits.bits;
  out.out_of_range = (field.min && scaled < *field.min) || (field.max && scaled > *field.max);
  return true;
}

/// What is asked for as a number may come as text or as true and false.
bool put(const Field& field, const Json& value, Value& out) {
  const bool counted = field.scale != 1 || field.offset != 0 || field.min || field.max || !field.property.empty();
  switch (value.kind) {
    case Json::Kind::null: return false;
    case Json::Kind::number: return put_number(field, value, out);
    case Json::Kind::boolean:
      out.type = readings::ValueType::boolean;
      out.bits = value.text == "true";
      return true;
    case Json::Kind::string:
      if (counted && put_number(field, value, out)) return true;
      if (value.text.size() > kMostText) return false;
      out.type = readings::ValueType::text;
      out.text = value.text;
      return true;
    case Json::Kind::array:
    case Json::Kind::object:
      out.type = readings::ValueType::json;
      out.text = written(value);
      return out.text.size() <= kMostText;
  }
  return false;
}

std::vector<std::string> texts(const Json* list) {
  std::vector<std::string> out;
  if (!list) return out;
  if (list->kind != Json::Kind::array) {
    if (list->kind == Json::Kind::string && !list->text.empty()) out.push_back(list->text);
    return out;
  }
  for (const Json& one : list->items) {
    if (out.size() == 20) break;
    out.push_back(one.kind == Json::Kind::string ? one.text.substr(0, 500) : written(one).substr(0, 500));
  }
  return out;
}

void list(const Json& at, const std::string& path, std::vector<Listed>& out) {
  if (out.size() >= Limits::kFields) return;
  if (at.kind == Json::Kind::object && !at.members.empty()) {
    for (const auto& [name, value] : at.members) list(value, path.empty() ? name : path + "." + name, out);
    return;
  }
  if (at.kind == Json::Kind::array && !at.items.empty() && at.items.front().kind == Json::Kind::object) {
    list(at.items.front(), path + "[*]", out);
    return;
  }
  static constexpr std::array kKinds{"", "boolean", "number", "text", "json", "json"};
  if (at.kind != Json::Kind::null) out.push_back({path, &at, kKinds[static_cast<std::size_t>(at.kind)]});
}

}  // namespace

Value value_of(std::string_view datastream, double number, Instant at) {
  const ingest::Number digits = ingest::number_of(number).value_or(ingest::Number());
  return {.datastream = std::string(datastream),
          .time = at,
          .type = digits.type,
          .scale = digits.scale,
          .bits = digits.bits};
}

std::vector<Found> find(const Json& answer, std::string_view path) {
  std::vector<Found> out;
  Search(out).go(answer, path, {});
  if (out.empty()) {
    if (const Json* data = member(answer, "data")) Search(out).go(*data, path, {});
  }
  return out;
}

Mapped map_fields(const Profile& profile, const Json& answer, Instant at) {
  Mapped out;
  // What the device's clock says is believed within a year before, and a few minutes after.
  const std::int64_t oldest = at.ns - 366 * Instant::kDay, newest = at.ns + 5 * Instant::kMinute;
  for (const Field& field : profile.fields) {
    std::size_t without_time = 0, bad_time = 0, unfit = 0;
    for (const Found& found : find(answer, field.path)) {
      if (found.sample && !found.time) {
        without_time++;
        continue;
      }
      if (found.time && (found.time->ns < oldest || found.time->ns > newest)) {
        bad_time++;
        continue;
      }
      Value value{.datastream = field.datastream, .time = found.time.value_or(at)};
      value.battery = field.property == "battery";
      if (put(field, *found.value, value)) out.values.push_back(std::move(value));
      else if (found.value->kind != Json::Kind::null) unfit++;
    }
    if (without_time) out.warnings.push_back(fmt::format("{}: {} samples carry no time", field.path, without_time));
    if (bad_time)
      out.warnings.push_back(fmt::format("{}: {} samples carry a time that cannot be", field.path, bad_time));
    if (unfit) out.warnings.push_back(fmt::format("{}: {} values cannot be kept", field.path, unfit));
  }
  return out;
}

Said said(const Json& answer) {
  return {.warnings = texts(member(answer, "warnings")), .errors = texts(member(answer, "errors"))};
}

std::vector<Listed> list_fields(const Json& answer) {
  std::vector<Listed> out;
  for (const char* part : {"data", "normalized"}) {
    if (const Json* value = member(answer, part)) list(*value, part, out);
  }
  return out;
}

}  // namespace qala::lorawan
