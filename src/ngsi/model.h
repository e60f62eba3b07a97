#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngsi/value.h"
#include "readings/observation.h"
#include "registry/json_tree.h"
#include "registry/model.h"

namespace qala::ngsi {

/// What is measured: in which units it may come, and what the model wants.
enum class Quantity : std::uint8_t {
  concentration,  ///< as it comes: µg/m³ GQ, mg/m³ GP, ppm 59, ppb 61
  ratio,          ///< 0..1 (C62): percentages are divided
  temperature,    ///< °C (CEL)
  pressure,       ///< hPa (A97)
  wind_speed,     ///< m/s (MTS)
  speed,          ///< km/h (KMH)
  direction,      ///< degrees, -180..180 (DD): what comes is 0..360
  rain,           ///< mm, which is litres per m² (MMT)
  power,          ///< W (WTT)
  voltage,        ///< V (VLT)
  current,        ///< A (AMP)
  factor,         ///< -1..1 (C62)
  count,          ///< of the interval (C62): a rate per hour becomes one
  on_off,         ///< "on" above zero, else "off"
};

/// An attribute that a datastream measures.
struct Measure {
  std::string_view name;                       ///< "pm25"
  std::array<std::string_view, 3> properties;  ///< observed properties it may come from, the best first
  Quantity quantity;
  /// What makes a thing one of the model: of an observation, whatever its kind is; of the others, if its kind is
  /// `other`.
  bool defines = false;
};

/// An attribute that the thing's own properties may say, by the model's name.
struct Fixed {
  enum class Kind : std::uint8_t { number, integer, text, boolean, time, word, words, reference };
  std::string_view name;
  Kind kind;
  std::string_view words = {};  ///< those that the model knows, blanks between
  std::string_view unit = {};
};

/// One of the Smart Data Models.
struct Model {
  std::string_view type;    ///< "AirQualityObserved"
  std::string_view domain;  ///< "dataModel.Environment"
  registry::Kind kind;      ///< things of this kind are of the model
  bool observation;         ///< there is none without a fresh reading of a measure that defines it
  std::span<const Measure> measures;
  std::span<const Fixed> fixed;
  std::span<const std::string_view> others;  ///< attributes that are worked out
};

std::span<const Model> models();
/// By short name or URI; nullptr: not one of ours.
const Model* model_of(std::string_view type);
std::string uri_of(const Model& model, std::string_view term);
/// All of a model, as they are written.
std::vector<std::string_view> attributes_of(const Model& model);

/// What a measured value becomes.
struct Measured {
  Value value;
  std::string_view unit;  ///< UN/CEFACT
};
/// `unit`: as the datastream has it. Nothing: the unit is not one of the quantity's, the value is beyond what the model
/// allows, or it is no number. `interval_ms`: of the readings, 0: unknown.
std::optional<Measured> measured(Quantity quantity, std::string_view unit, std::int64_t interval_ms,
                                 readings::ValueType type, std::int8_t scale, std::int64_t bits);

/// What the thing's own property says, if it is as the model wants it.
std::optional<Value> fixed(const Fixed& attribute, const registry::JsonValue& said);

}  // namespace qala::ngsi
