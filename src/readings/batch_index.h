#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace qala::readings {

/// Finds rows of the commit being made by datastream and time; only filled when a commit has rows out of order.
/// Open addressing, reused without allocation.
class BatchIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  void start(std::size_t rows) {
    std::size_t size = 64;
    while (size < rows * 2) size *= 2;
    if (slots_.size() < size) slots_.assign(size, {});
    mask_ = slots_.size() - 1;
    generation_++;
    if (generation_ == 0) {
      slots_.assign(slots_.size(), {});
      generation_ = 1;
    }
  }
  /// A later row of the same key takes the place of the earlier.
  void put(DatastreamId datastream, std::int64_t time, std::uint32_t row) {
    Slot& slot = find_slot(datastream, time);
    slot = {.time = time, .datastream = datastream.value, .row = row, .generation = generation_};
  }
  std::uint32_t find(DatastreamId datastream, std::int64_t time) {
    const Slot& slot = find_slot(datastream, time);
    return slot.generation == generation_ ? slot.row : kNone;
  }

 private:
  struct Slot {
    std::int64_t time = 0;
    std::uint32_t datastream = 0;
    std::uint32_t row = 0;
    std::uint32_t generation = 0;
  };

  Slot& find_slot(DatastreamId datastream, std::int64_t time) {
    std::uint64_t hash =
        (static_cast<std::uint64_t>(time) ^ (std::uint64_t{datastream.value} << 40)) * 0x9e3779b97f4a7c15;
    for (std::size_t at = (hash >> 20) & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.generation != generation_ || (slot.time == time && slot.datastream == datastream.value)) return slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::uint32_t generation_ = 0;
};

}  // namespace qala::readings
