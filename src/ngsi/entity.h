#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "ngsi/model.h"
#include "ngsi/value.h"

namespace qala::ngsi {

/// A datastream that gives an attribute.
struct Source {
  const Measure* measure = nullptr;
  DatastreamId datastream = {};
  std::string unit = {};         ///< as in the registry
  std::int64_t interval_ms = 0;  ///< 0: unknown
};

/// A thing as one of the models, before readings: what the registry knows. A copy, free of its lock.
struct Sketch {
  const Model* model = nullptr;
  ThingId thing = {};
  std::string key = {};
  std::string id = {};  ///< "urn:ngsi-ld:Streetlight:F-12"
  registry::Point place = {};
  std::vector<Source> sources = {};         ///< in the model's order
  std::vector<DatastreamId> all = {};       ///< every datastream of the thing: when it was heard last
  std::vector<Attribute> known = {};        ///< that no reading changes, location among them
  std::vector<Source> lid = {}, tilt = {};  ///< of door_open and tilt, without a measure
};

/// An entity as it is now.
struct Entity {
  const Model* model = nullptr;
  std::string id = {};
  registry::Point place = {};
  std::vector<Attribute> attributes = {};
  const Attribute* find(std::string_view name) const;
};

/// Letters, digits and what is `plain` stay as they are.
std::string percent_encoded(std::string_view text, std::string_view plain);

/// "urn:ngsi-ld:TYPE:KEY", with % for what a URN does not have.
std::string urn_of(const Model& model, std::string_view key);
/// The key in a URN of the model; nothing: it is none. Also takes one whose % the transport has decoded.
std::optional<std::string> key_in(const Model& model, std::string_view id);

/// A reading is old beyond two hours, or three of its intervals if that is more: it says nothing of now.
std::int64_t patience_ns(std::int64_t interval_ms);
/// Flags of readings that are never told.
bool is_suspect(std::uint16_t flags);

}  // namespace qala::ngsi
