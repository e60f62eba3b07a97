#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace qala::ingest {

/// What the clocks of devices say about ours. One device's clock proves nothing, and late data look like clocks that
/// are behind; but if many senders agree within seconds that it is another time, ours is wrong. One thread at a time.
class DeviceClocks {
 public:
  static constexpr std::size_t kKept = 512;
  static constexpr std::size_t kLeastTold = 20, kLeastSources = 5;

  /// `ahead_ns`: how much more the device's clock showed than ours; `now_ns`: monotonic.
  void add(std::uint64_t source, std::int64_t ahead_ns, std::int64_t now_ns);
  /// Median of the last ten minutes in seconds; none: too few have told, or the middle half lies further apart than 30
  /// s.
  std::optional<double> offset_s(std::int64_t now_ns) const;

 private:
  struct Entry {
    std::int64_t at = 0;
    std::uint64_t source = 0;
    double ahead_s = 0;
  };
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

}  // namespace qala::ingest
