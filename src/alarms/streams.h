#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/ids.h"

namespace qala::alarms {

/// What the engine keeps of one datastream: 32 bytes, and 24 more where a rule looks back (rate, frozen).
struct Stream {
  static constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();

  std::int64_t last_time = std::numeric_limits<std::int64_t>::min();  ///< newest phenomenon time judged, ns
  std::uint32_t rule_set = kUnknown;  ///< index into RuleTable; kUnknown: not worked out yet
  std::uint32_t last_heard = 0;       ///< clock, seconds since 1970; 0: never
  std::uint32_t active = 0;           ///< a bit per rule of the set
  std::uint32_t pending = 0;          ///< over its limit, but not long enough yet
  std::uint32_t memory : 31 = 0;       ///< index into the memories, 0: none
  std::uint32_t armed : 1 = 0;         ///< has an entry in the timing wheel
};
static_assert(sizeof(Stream) == 32);

struct Memory {
  double last = std::numeric_limits<double>::quiet_NaN();
  double run_value = std::numeric_limits<double>::quiet_NaN();  ///< of which the newest readings are repetitions
  std::int64_t run_since = 0;
};

/// Streams by id, in pages: ids are dense, holes cost little.
class Streams {
 public:
  Stream* find(DatastreamId id) {
    const std::size_t page = id.value / kPage;
    return page < pages_.size() && pages_[page] ? &(*pages_[page])[id.value % kPage] : nullptr;
  }
  Stream& at(DatastreamId id) {
    const std::size_t page = id.value / kPage;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (!pages_[page]) pages_[page] = std::make_unique<Page>();
    return (*pages_[page])[id.value % kPage];
  }
  Memory& memory_of(Stream& stream) {
    if (stream.memory == 0) {
      if (memories_.empty()) memories_.emplace_back();
      stream.memory = static_cast<std::uint32_t>(memories_.size()) & 0x7fffffff;
      memories_.emplace_back();
    }
    return memories_[stream.memory];
  }
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t page = 0; page < pages_.size(); page++) {
      if (!pages_[page]) continue;
      for (std::size_t i = 0; i < kPage; i++) {
        visit(DatastreamId(static_cast<std::uint32_t>(page * kPage + i)), (*pages_[page])[i]);
      }
    }
  }
  std::size_t memory_bytes() const {
    std::size_t bytes = pages_.capacity() * sizeof(void*) + memories_.capacity() * sizeof(Memory);
    for (const auto& page : pages_) bytes += page ? sizeof(Page) : 0;
    return bytes;
  }

 private:
  static constexpr std::size_t kPage = 1024;
  using Page = std::array<Stream, kPage>;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<Memory> memories_;
};

}  // namespace qala::alarms
