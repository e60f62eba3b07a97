#include "readings/calendar_grid.h"

#include <algorithm>

namespace qala::readings {

CalendarGrid::CalendarGrid(const Zone& zone, const Calendar& calendar, Window window) {
  const int count = std::max(calendar.count, 1);
  const Instant last{window.to - 1};
  if (calendar.unit == CalendarUnit::minute || calendar.unit == CalendarUnit::hour) {
    width_ = (calendar.unit == CalendarUnit::minute ? Instant::kMinute : Instant::kHour) * count;
  } else {
    Instant start = zone.bucket_start({window.from}, calendar.unit, count);
    anchors_.push_back(start.ns);
    while (start <= last) {
      start = zone.next_bucket(start, calendar.unit, count);
      anchors_.push_back(start.ns);
    }
  }
  first_day_ = zone.local_day({window.from});
  const std::int32_t end = zone.local_day(last) + 1;
  for (std::int32_t day = first_day_; day <= end; day++) days_.push_back(zone.day_start(day).ns);
  if (width_ != 0) anchors_ = days_;
}

CalendarGrid::Span CalendarGrid::bucket_of(std::int64_t time) const {
  const auto after = std::ranges::upper_bound(anchors_, time);
  const std::int64_t start = *(after - 1);
  if (width_ == 0) return {start, *after};
  const std::int64_t in_day = start + (time - start) / width_ * width_;
  return {in_day, std::min(in_day + width_, *after)};
}

}  // namespace qala::readings
