#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "registry/model.h"

namespace qala::alarms {

/// What the rules need to know of a datastream.
struct StreamFacts {
  DatastreamId datastream;
  ThingId thing;
  registry::Kind kind = registry::Kind::other;
  std::uint32_t zone = 0;
  std::string zone_key;
  std::string property;  ///< ObservedProperty::key, empty: not recognised
  std::string key;       ///< "thing key/datastream key"
  std::string unit;
  std::int64_t interval_ms = 0;  ///< 0: unknown
};

/// ... and of a thing.
struct ThingFacts {
  ThingId thing;
  registry::Kind kind = registry::Kind::other;
  std::uint32_t zone = 0;
  ThingId parent;
  ThingId gateway;
};

/// Where the engine asks what a datastream is. Called on the writer thread.
class StreamDirectory {
 public:
  virtual ~StreamDirectory() = default;
  /// False: there is no such datastream.
  virtual bool stream(DatastreamId id, StreamFacts& out) const = 0;
  virtual bool thing(ThingId id, ThingFacts& out) const = 0;
  virtual std::vector<DatastreamId> streams_of(ThingId thing) const = 0;
  /// How many things have it as their parent or gateway.
  virtual std::size_t dependants(ThingId thing) const = 0;
};

}  // namespace qala::alarms
