#include <chrono>
#include <cmath>

#include "base/utf8.h"
#include "registry/checks.h"

namespace qala::registry {

namespace {

constexpr std::size_t kKeyLength = 128, kNameLength = 256, kTextLength = 4096;

bool has_control(std::string_view text, bool lines_allowed) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && !(lines_allowed && (c == '\n' || c == '\t' || c == '\r')))) return true;
  }
  return false;
}

std::string text_problem(std::string_view text, std::size_t longest, bool lines_allowed = false) {
  if (text.size() > longest) return "is longer than " + std::to_string(longest) + " bytes";
  if (!utf8::is_valid(text)) return "is not valid UTF-8";
  if (has_control(text, lines_allowed)) return "has control characters";
  return {};
}

std::string key_problem(std::string_view key) {
  if (key.empty()) return "is empty";
  if (key.front() == ' ' || key.back() == ' ') return "begins or ends with a space";
  return text_problem(key, kKeyLength);
}

std::string date_problem(std::string_view text) {
  if (text.empty()) return {};
  const auto digits = [&](std::size_t from, std::size_t count) {
    int number = 0;
    for (std::size_t at = from; at < from + count; at++)
      number = text[at] >= '0' && text[at] <= '9' && number >= 0 ? number * 10 + (text[at] - '0') : -1;
    return number;
  };
  constexpr const char* kWrong = "is not a date like 2024-10-03";
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return kWrong;
  const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  if (year < 0 || month < 0 || day < 0) return kWrong;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? "" : kWrong;
}

std::string name_problem(const LocalText& name, bool required) {
  for (const std::string* text : {&name.kk, &name.ru, &name.en}) {
    if (required && text->empty()) return "is needed in Kazakh, Russian and English";
    if (auto problem = text_problem(*text, kNameLength); !problem.empty()) return problem;
  }
  return {};
}

#define CHECK_FIELD(name, expression) \
  if (std::string problem = (expression); !problem.empty()) return { \
      name, std::move(problem) \
    }

}  // namespace

FieldProblem check_fields(const Thing& thing) {
  CHECK_FIELD("key", key_problem(thing.key));
  CHECK_FIELD("name", text_problem(thing.name, kNameLength));
  CHECK_FIELD("description", text_problem(thing.description, kTextLength, true));
  CHECK_FIELD("street", text_problem(thing.street, kNameLength));
  CHECK_FIELD("owner", text_problem(thing.owner, kNameLength));
  CHECK_FIELD("photo", text_problem(thing.photo, kNameLength));
  CHECK_FIELD("installed", date_problem(thing.installed));
  CHECK_FIELD("calibrated", date_problem(thing.calibrated));
  if (static_cast<std::size_t>(thing.kind) >= kKinds) return {"kind", "is unknown"};
  if (thing.photo.find('/') != std::string::npos || thing.photo == "..") return {"photo", "is not a plain file name"};
  if (!thing.location) return {};
  if (!(std::abs(thing.location->lon) <= 180)) return {"lon", "is not between -180 and 180"};
  if (!(std::abs(thing.location->lat) <= 90)) return {"lat", "is not between -90 and 90"};
  return {};
}

FieldProblem check_fields(const Datastream& datastream) {
  CHECK_FIELD("key", key_problem(datastream.key));
  CHECK_FIELD("name", text_problem(datastream.name, kNameLength));
  CHECK_FIELD("unit", text_problem(datastream.unit, 64));
  if (datastream.retention.empty()) return {"retention", "is empty"};
  CHECK_FIELD("retention", text_problem(datastream.retention, 64));
  constexpr std::int64_t kYear = 366LL * 86'400'000;
  if (datastream.interval_ms < 0 || datastream.interval_ms > kYear)
    return {"interval_ms", "is not between 0 and a year"};
  return {};
}

FieldProblem check_fields(const ObservedProperty& property) {
  if (property.key == "none") return {"key", "is reserved: files say so where there is no property"};
  CHECK_FIELD("key", key_problem(property.key));
  CHECK_FIELD("name", name_problem(property.name, true));
  CHECK_FIELD("definition", text_problem(property.definition, 1024));
  CHECK_FIELD("unit", text_problem(property.unit, 64));
  if (property.decimals < 0 || property.decimals > 9) return {"decimals", "is not between 0 and 9"};
  if (!std::isfinite(property.plausible_min) || !std::isfinite(property.plausible_max) ||
      property.plausible_min > property.plausible_max)
    return {"plausible_max", "is not a number above plausible_min"};
  return {};
}

FieldProblem check_fields(const Sensor& sensor) {
  if (sensor.name.empty()) return {"name", "is empty"};
  CHECK_FIELD("name", text_problem(sensor.name, kNameLength));
  CHECK_FIELD("description", text_problem(sensor.description, kTextLength, true));
  CHECK_FIELD("metadata", text_problem(sensor.metadata, kTextLength, true));
  return {};
}

FieldProblem check_fields(const ZoneArea& zone) {
  CHECK_FIELD("key", key_problem(zone.key));
  CHECK_FIELD("name", name_problem(zone.name, true));
  return {};
}

}  // namespace qala::registry
