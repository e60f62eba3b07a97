#pragma once

#include <cstdint>
#include <vector>

#include "readings/store.h"

namespace qala::readings {

/// The calendar buckets of a window, the zone's rules applied once. Immutable: any number of threads.
class CalendarGrid {
 public:
  CalendarGrid(const Zone& zone, const Calendar& calendar, Window window);

  struct Span {
    std::int64_t start = 0;
    std::int64_t end = 0;
  };
  /// The bucket that holds `time`, which lies in the window.
  Span bucket_of(std::int64_t time) const;
  /// Every bucket is a whole number of calendar days.
  bool of_days() const { return width_ == 0; }
  /// First and last day of the window (days since 1970-01-01) with their bounds, for day summaries.
  const std::vector<std::int64_t>& day_starts() const { return days_; }
  std::int32_t first_day() const { return first_day_; }

 private:
  std::int64_t width_ = 0;            ///< of minutes or hours, counted from midnight; 0: days and longer
  std::vector<std::int64_t> anchors_;  ///< midnights, or starts of buckets; the last ends the window
  std::vector<std::int64_t> days_;
  std::int32_t first_day_ = 0;
};

}  // namespace qala::readings
