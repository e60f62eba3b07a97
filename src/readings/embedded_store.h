#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "readings/store.h"

namespace qala::readings {

struct EmbeddedOptions {
  std::int64_t memory_window = 26 * Instant::kHour;     ///< how much of each datastream stays in memory
  std::uint64_t memory_limit = 96ull << 20;             ///< bytes of readings in memory, at most
  std::uint64_t log_segment = 4ull << 20;               ///< bytes of one preallocated log file
  std::uint64_t flush_rows = 1'500'000;                 ///< readings not yet in files, at most; bounds the log too
  bool background = true;                               ///< merge on an own thread; false: only in settle() (tests)
  bool read_only = false;                               ///< for `qala check`
  /// Asked by check() between files; true ends it with `cancelled`.
  std::function<bool()> cancelled = {};
};

/// The store of one town: log, memory, segment files under `folder` (docs/formats/). See docs/design/readings.md.
/// Fails with `conflict` if another process has the folder open, `corrupt` naming the file if it cannot be served.
Result<std::unique_ptr<ReadingStore>> open_embedded(const std::string& folder, const Zone& zone, const Clock& clock,
                                                    EmbeddedOptions options = {});

}  // namespace qala::readings
