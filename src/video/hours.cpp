#include "video/hours.h"

namespace qala::video {

bool within(const std::vector<Hours>& hours, int weekday, int minute) {
  if (hours.empty()) return true;
  const auto on = [](const Hours& h, int day) { return (h.days >> ((day + 7) % 7) & 1) != 0; };
  for (const Hours& h : hours) {
    if (h.from < h.to) {
      if (on(h, weekday) && minute >= h.from && minute < h.to) return true;
      continue;
    }
    // Over midnight: the day is that of its beginning.
    if (on(h, weekday) && minute >= h.from) return true;
    if (on(h, weekday - 1) && minute < h.to) return true;
  }
  return false;
}

}  // namespace qala::video
