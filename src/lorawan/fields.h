#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lorawan/book.h"
#include "readings/observation.h"
#include "registry/registry.h"

namespace qala::lorawan {

/// What stands at a path, with the time of the sample it belongs to, if that carries one.
struct Found {
  const Json* value = nullptr;
  std::optional<Instant> time = {};
  bool sample = false;  ///< one of several in an array
};

/// `path` in the decoder's answer: names with dots between them, `[0]` for an element, `[*]` for each. "data." at the
/// beginning may be left out; a name that has dots itself is found, too. Times of samples: a member time, timestamp, ts
/// or recorded_at (ISO 8601, or seconds or milliseconds since 1970). Pure.
std::vector<Found> find(const Json& answer, std::string_view path);

/// One value for a datastream.
struct Value {
  std::string datastream = {};
  Instant time = {};
  readings::ValueType type = readings::ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t bits = 0;  ///< of all but text and json
  std::string text = {};  ///< of text and json
  bool out_of_range = false;
  bool battery = false;  ///< of the property battery: per cent
};

/// `number` is finite.
Value value_of(std::string_view datastream, double number, Instant at);

/// What a decoder's answer is worth by a profile.
struct Mapped {
  std::vector<Value> values = {};
  std::vector<std::string> warnings = {};  ///< what was left out, and why
};
Mapped map_fields(const Profile& profile, const Json& answer, Instant at);

/// What an answer says of itself.
struct Said {
  std::vector<std::string> warnings = {}, errors = {};
};
Said said(const Json& answer);

/// What a field is by its name.
struct Suggestion {
  std::string name = {}, property = {}, unit = {};
  double scale = 1;
};
/// From a field's last name ("TempC_SHT", "BatV", "co2_ppm", "pm2_5", "temperature_3") and a value of it. Pure, but for
/// the town's properties in `view`.
std::optional<Suggestion> suggest(const registry::Registry::View& view, std::string_view path, const Json& value);

/// Every field of an answer, for the screen: where it is, and what it is. Of arrays of samples the first stands for
/// all.
struct Listed {
  std::string path = {};
  const Json* value = nullptr;
  std::string_view kind = {};  ///< number, text, boolean, json
};
std::vector<Listed> list_fields(const Json& answer);

}  // namespace qala::lorawan
