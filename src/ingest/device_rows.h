#pragma once

#include <string_view>
#include <unordered_map>

#include "ingest/submission.h"
#include "ingest/telemetry_json.h"

namespace qala::ingest {

/// Turns the values of one telemetry message into rows of a submission. Any thread; lives for one message and holds the
/// index's shared lock meanwhile.
class DeviceRows {
 public:
  DeviceRows(const SeriesIndex& index, Submission& into, Instant now);

  /// `v1/devices/me/...` and the device API: `source.thing` is the device; `device` is its name if it has no thing yet.
  Result<> device(std::string_view json, std::string_view device);
  /// The same payload, of the thing with this key: what a bridge brings.
  Result<> named(std::string_view json, std::string_view thing);
  /// `v1/gateway/...`.
  Result<> gateway(std::string_view json);
  /// True if a row's series is not known yet.
  bool any_unknown() const { return any_unknown_; }

 private:
  void add(const TelemetryValue& value, std::string_view device);
  DatastreamId unknown(SeriesHash hash, std::string_view device, std::string_view key);

  SeriesIndex::Reader reader_;
  std::uint64_t seed_;
  Submission& into_;
  Instant now_;
  bool any_unknown_ = false;
  bool named_ = false;
  std::unordered_map<std::uint64_t, std::uint32_t> names_;
};

}  // namespace qala::ingest
