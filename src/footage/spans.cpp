#include "footage/spans.h"

#include <algorithm>

#include "footage/fragment_list.h"

namespace qala::footage {

void SpanJoiner::add(std::uint32_t run, std::int64_t from_ms, std::int64_t to_ms, bool motion) {
  Span* last = spans_.empty() ? nullptr : &spans_.back();
  const bool goes_on = last && last->run == run && from_ms - end_ms_ <= kLongestGapMs && from_ms >= last->from.ms();
  const std::int64_t begin = std::max(from_ms, from_ms_);
  const std::int64_t end = std::min(to_ms, to_ms_);
  if (goes_on && begin < to_ms_) last->to = std::max(last->from, Instant::from_ms(begin));  // no crack between two
  if (begin >= end) return;
  end_ms_ = to_ms;
  if (goes_on && last->motion == motion) {
    last->to = Instant::from_ms(end);
    return;
  }
  spans_.push_back({.from = Instant::from_ms(begin), .to = Instant::from_ms(end), .motion = motion, .run = run});
}

}  // namespace qala::footage
