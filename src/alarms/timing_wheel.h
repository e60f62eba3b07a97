#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace qala::alarms {

/// Wakes owners up at about a second. 512 slots of a second, 512 of 512 seconds: an entry costs 8 bytes and a push.
/// An entry may come back early (it lay in a long slot, or the clock leapt): the owner looks at its own deadline and
/// inserts it again. So nothing is ever taken out, and a reading that moves a deadline costs nothing. Not thread-safe.
class TimingWheel {
 public:
  /// Forgets everything; time begins at `now_s`.
  void start(std::int64_t now_s);
  void insert(std::uint64_t what, std::int64_t deadline_s);
  /// Moves the time on (never back) and appends whatever is due, each entry once.
  void advance(std::int64_t now_s, std::vector<std::uint64_t>& due);
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::int64_t kSlots = 512;
  using Slot = std::vector<std::uint64_t>;
  void empty(Slot& slot, std::vector<std::uint64_t>& due);

  std::array<Slot, kSlots> seconds_;
  std::array<Slot, kSlots> longer_;
  std::int64_t now_s_ = 0;
  std::size_t size_ = 0;
};

}  // namespace qala::alarms
