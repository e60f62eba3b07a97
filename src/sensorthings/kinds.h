#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace qala::sensorthings {

/// The eight entity types of SensorThings 1.1. Everything that differs between them is in one table (kinds.cpp).
enum class Kind : std::uint8_t {
  thing,
  location,
  historical_location,
  datastream,
  sensor,
  observed_property,
  observation,
  feature,
};
constexpr std::size_t kKinds = 8;

/// What a property holds, as far as filters care.
enum class Holds : std::uint8_t {
  text,
  json,      ///< anything
  object,    ///< a JSON object
  geometry,  ///< GeoJSON
  instant,
  interval,
  time,  ///< instant or interval
};

struct Property {
  std::string_view name;
  Holds holds;
  bool needed = false;    ///< a creation without it is refused
  bool shown_null = false;  ///< is there as null when it has no value
  bool ours = false;      ///< the server's: what a client sends is not taken
};

struct Relation {
  std::string_view name;  ///< "Datastreams" or "Thing"
  Kind to;
  bool many;
  bool needed = false;
};

struct KindInfo {
  Kind kind;
  std::string_view set;     ///< "Things"
  std::string_view single;  ///< "Thing"
  std::span<const Property> properties;
  std::span<const Relation> relations;

  /// Index into properties or relations; -1: there is none of that name.
  int property(std::string_view name) const;
  int relation(std::string_view name) const;
};

const KindInfo& info(Kind kind);
std::span<const KindInfo> kinds();
std::optional<Kind> kind_of_set(std::string_view name);

}  // namespace qala::sensorthings
