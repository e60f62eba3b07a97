#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"

namespace qala::readings {

/// How often a datastream reports, as far as its readings showed. Part of its Head.
struct Pace {
  std::int64_t step = 0;    ///< nanoseconds; 0: not known yet
  std::uint8_t steady = 0;  ///< readings in a row that were a step apart, at most Places::kSteady
  std::uint8_t unused = 0;  ///< gaps in a row that nobody came to fill
};

/// Ordinals kept free for readings that others overtook.
///
/// Several connections of one sender overtake each other: 10:20 is there before 10:10. If a datastream that reports
/// steadily jumps over some of its steps, the ordinals of the steps between are kept for those who come later, so that
/// ordinals ascend with time in spite of it and cost no bytes in a chunk. What is kept is bounded and forgotten oldest
/// first; a late reading without a place is an odd row. A pure function of the rows in their order, so that replaying
/// the log gives the same ordinals. Written by the writer under the memory lock.
class Places {
 public:
  static constexpr std::uint8_t kSteady = 3;        ///< readings before anything is kept for a datastream
  static constexpr std::uint8_t kMostUnused = 4;    ///< then the pace is taken to have changed
  static constexpr std::uint64_t kMostSteps = 17;   ///< a longer jump is an outage, nobody will fill it
  static constexpr std::size_t kMostGaps = 8;       ///< of one datastream

  /// Times and ordinals between two readings, both ends taken.
  struct Gap {
    std::int64_t after = 0;
    std::int64_t before = 0;
    std::uint64_t first = 0;  ///< ordinal
    std::uint32_t count = 0;
    bool touched = false;     ///< somebody came for a part of it
  };

  /// A reading at `time`, after the newest one at `newest` whose next ordinal would be `next`. Returns how many
  /// ordinals are to be left free before it.
  std::uint32_t pass(DatastreamId datastream, Pace& pace, std::int64_t newest, std::int64_t time, std::uint64_t next) {
    const std::uint64_t apart = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(newest);
    if (apart == static_cast<std::uint64_t>(pace.step)) [[likely]] {
      if (pace.steady < kSteady) pace.steady++;
      return 0;
    }
    return pass_slowly(datastream, pace,
                       {.after = newest, .before = time, .first = next, .count = 0, .touched = false});
  }
  /// The ordinal kept for a reading at `time`, if there is one; it is taken with this call.
  std::optional<std::uint64_t> fill(DatastreamId datastream, Pace& pace, std::int64_t time);
  void forget(DatastreamId datastream) { gaps_.erase(datastream.value); }

  using Gaps = std::unordered_map<std::uint32_t, std::vector<Gap>>;
  /// By datastream id; lists may be empty. The whole state.
  const Gaps& gaps() const { return gaps_; }
  void restore(Gaps gaps) { gaps_ = std::move(gaps); }

 private:
  std::uint32_t pass_slowly(DatastreamId datastream, Pace& pace, Gap gap);
  void keep(DatastreamId datastream, Pace& pace, Gap gap);

  Gaps gaps_;
};

/// Steps between two readings `apart` nanoseconds apart, if that is near a small multiple of `step`; else 1.
std::uint64_t steps_between(std::uint64_t apart, std::int64_t step);

}  // namespace qala::readings
