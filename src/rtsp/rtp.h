#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qala::rtsp {

/// RFC 3550 5.1. `payload` without padding, extension and contributing sources.
struct RtpPacket {
  std::uint8_t payload_type = 0;
  bool marker = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t source = 0;
  std::string_view payload;
};
std::optional<RtpPacket> parse_rtp(std::string_view bytes);

/// What came of one sender: gaps, late ones, and what a receiver report says of it.
class Reception {
 public:
  enum class Kind : std::uint8_t { in_order, gap, late, new_source };
  struct Seen {
    Kind kind = Kind::in_order;
    std::uint32_t lost = 0;
  };
  /// `late`: came already or is too late to be of use: to be ignored. A jump of 3,000 numbers or more counts as a gap
  /// of unknown length: lost 1.
  Seen packet(const RtpPacket& packet, std::int64_t arrival_ns, std::uint32_t clock);

  struct Report {
    std::uint32_t source = 0;
    std::uint8_t fraction_lost = 0;  ///< of 256, since the report before
    std::uint32_t lost = 0;  ///< 24 bits
    std::uint32_t highest = 0;
    std::uint32_t jitter = 0;
  };
  /// Empty before the first packet.
  std::optional<Report> report();

 private:
  bool known_ = false;
  std::uint32_t source_ = 0;
  std::uint16_t last_ = 0;
  std::uint32_t wraps_ = 0, first_ = 0;
  std::uint64_t received_ = 0, received_before_ = 0, expected_before_ = 0;
  std::int64_t transit_ = 0;
  double jitter_ = 0;
};

/// Puts packets that came over UDP into order: one that comes too early waits for those before it, at most `kMost` of
/// them, or until release().
class Reorder {
 public:
  static constexpr std::size_t kMost = 32;
  /// Calls `deliver(std::string_view)` for each packet whose turn it is.
  template <class Deliver>
  void push(std::uint16_t sequence, std::string_view bytes, Deliver&& deliver) {
    if (!known_) next_ = sequence;
    known_ = true;
    const auto ahead = static_cast<std::int16_t>(sequence - next_);
    if (ahead <= 0 || ahead > 1'000) {
      deliver(bytes);  // in turn, or late, or of another stream: the receiver tells
      if (ahead < 0 && ahead > -1'000) return;
      next_ = static_cast<std::uint16_t>(sequence + 1);
    } else {
      held_.emplace(ahead_of(sequence), bytes);
    }
    while (!held_.empty() && (sequence_at(held_.begin()) == next_ || held_.size() > kMost)) deliver_first(deliver);
  }
  /// Those before what waits will not come any more.
  template <class Deliver>
  void release(Deliver&& deliver) {
    while (!held_.empty()) deliver_first(deliver);
  }
  bool waiting() const { return !held_.empty(); }

 private:
  using Held = std::map<std::int64_t, std::string>;
  /// Keys that grow over the wrap of 16 bits.
  std::int64_t ahead_of(std::uint16_t sequence) {
    wide_ += static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(wide_));
    return wide_;
  }
  static std::uint16_t sequence_at(Held::const_iterator at) { return static_cast<std::uint16_t>(at->first); }
  template <class Deliver>
  void deliver_first(Deliver&& deliver) {
    const auto first = held_.begin();
    next_ = static_cast<std::uint16_t>(sequence_at(first) + 1);
    const auto bytes = std::move(first->second);
    held_.erase(first);
    deliver(std::string_view(bytes));
  }

  bool known_ = false;
  std::uint16_t next_ = 0;
  std::int64_t wide_ = 0;
  Held held_;
};

}  // namespace qala::rtsp
