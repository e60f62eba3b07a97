#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace qala::ingest {

/// 96 bits that name a series: 64 to find it, 32 more so that two series are never taken for one
/// (1 M series: chance of a mix-up below 1e-17). The seed is random per start, so nobody can aim at a collision.
struct SeriesHash {
  std::uint64_t slot = 0;
  std::uint32_t check = 0;
  friend bool operator==(const SeriesHash&, const SeriesHash&) = default;
};

/// Hash of some bytes; `seed` continues an earlier one.
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed);
SeriesHash combine(std::uint64_t prefix, std::string_view key);
/// Key of a device's telemetry key: what MQTT and the device API look up.
SeriesHash device_series(ThingId thing, std::string_view key, std::uint64_t seed);

/// Raw series names, as devices send them, to datastreams. Filled by the writer when it has resolved a name; read by
/// the parsing threads. The lock is shared for a whole request, so that it costs nothing per reading; the writer takes
/// it alone for the microseconds of an insert.
class SeriesIndex {
 public:
  explicit SeriesIndex(std::uint64_t seed);

  std::uint64_t seed() const { return seed_; }

  /// Holds the lock while it lives.
  class Reader {
   public:
    explicit Reader(const SeriesIndex& index) : index_(index), lock_(index.mutex_) {}
    DatastreamId find(SeriesHash hash) const { return index_.find(hash); }

   private:
    const SeriesIndex& index_;
    std::shared_lock<std::shared_mutex> lock_;
  };

  void insert(SeriesHash hash, DatastreamId datastream);
  /// After a removal or a change of names in the registry: everything is looked up afresh.
  void clear();
  std::size_t size() const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t check = 0;
    std::uint32_t datastream = 0;  ///< 0: empty
  };
  DatastreamId find(SeriesHash hash) const;
  void grow();

  std::uint64_t seed_;
  mutable std::shared_mutex mutex_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

/// The name of a series nobody knows yet.
struct SeriesName {
  SeriesHash hash;
  ThingId thing;           ///< known for device tokens; else `thing_key` says it
  std::string thing_key;
  std::string key;         ///< telemetry key within the thing
  bool one_too_many = false;  ///< set by admission: the thing has all the datastreams that devices may make of it
};

}  // namespace qala::ingest
