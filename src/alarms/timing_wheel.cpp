#include "alarms/timing_wheel.h"

#include <algorithm>

namespace qala::alarms {

void TimingWheel::start(std::int64_t now_s) {
  for (auto* wheel : {&seconds_, &longer_}) {
    for (auto& slot : *wheel) slot = {};
  }
  now_s_ = now_s;
  size_ = 0;
}

void TimingWheel::insert(std::uint64_t what, std::int64_t deadline_s) {
  const std::int64_t wait = std::clamp<std::int64_t>(deadline_s - now_s_, 1, kSlots * (kSlots - 1));
  const std::int64_t at = now_s_ + wait;
  auto& slot = wait < kSlots ? seconds_[static_cast<std::size_t>(at % kSlots)]
                             : longer_[static_cast<std::size_t>(at / kSlots % kSlots)];
  slot.push_back(what);
  size_++;
}

void TimingWheel::empty(Slot& slot, std::vector<std::uint64_t>& due) {
  if (slot.empty()) return;
  due.insert(due.end(), slot.begin(), slot.end());
  size_ -= slot.size();
  slot = {};
}

void TimingWheel::advance(std::int64_t now_s, std::vector<std::uint64_t>& due) {
  if (now_s - now_s_ >= kSlots * kSlots) {
    for (auto& slot : seconds_) empty(slot, due);
    for (auto& slot : longer_) empty(slot, due);
    now_s_ = now_s;
    return;
  }
  while (now_s_ < now_s) {
    now_s_++;
    empty(seconds_[static_cast<std::size_t>(now_s_ % kSlots)], due);
    if (now_s_ % kSlots == 0) empty(longer_[static_cast<std::size_t>(now_s_ / kSlots % kSlots)], due);
  }
}

std::size_t TimingWheel::memory_bytes() const {
  std::size_t bytes = sizeof(*this);
  for (const auto* wheel : {&seconds_, &longer_}) {
    for (const auto& slot : *wheel) bytes += slot.capacity() * sizeof(std::uint64_t);
  }
  return bytes;
}

}  // namespace qala::alarms
