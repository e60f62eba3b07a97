#include "rtsp/rtp.h"

#include <algorithm>
#include <cstdlib>

#include "rtsp/wire.h"

namespace qala::rtsp {

std::optional<RtpPacket> parse_rtp(std::string_view bytes) {
  if (bytes.size() < 12 || byte_at(bytes, 0) >> 6 != 2) return std::nullopt;
  const unsigned first = byte_at(bytes, 0);
  RtpPacket out;
  out.marker = (byte_at(bytes, 1) & 0x80u) != 0;
  out.payload_type = byte_at(bytes, 1) & 0x7fu;
  out.sequence = static_cast<std::uint16_t>(get16(bytes, 2));
  out.timestamp = get32(bytes, 4);
  out.source = get32(bytes, 8);
  std::size_t head = 12 + 4 * (first & 15u);
  if (first & 0x10u) {
    if (bytes.size() < head + 4) return std::nullopt;
    head += 4 + std::size_t{4} * get16(bytes, head + 2);
  }
  if (bytes.size() < head) return std::nullopt;
  std::size_t padding = 0;
  if (first & 0x20u) {
    padding = byte_at(bytes, bytes.size() - 1);
    if (padding == 0 || padding > bytes.size() - head) return std::nullopt;
  }
  out.payload = bytes.substr(head, bytes.size() - head - padding);
  return out;
}

Reception::Seen Reception::packet(const RtpPacket& packet, std::int64_t arrival_ns, std::uint32_t clock) {
  constexpr int kLargestGap = 3'000;
  Seen seen;
  const auto step = static_cast<std::int16_t>(packet.sequence - last_);
  if (!known_ || packet.source != source_) {
    seen.kind = known_ ? Kind::new_source : Kind::in_order;
    *this = Reception();
    known_ = true;
    source_ = packet.source;
    first_ = packet.sequence;
  } else if (step <= 0 && step > -kLargestGap) {
    seen.kind = Kind::late;
    received_++;
    return seen;
  } else if (step > kLargestGap || step <= -kLargestGap) {
    seen = {Kind::gap, 1};
    first_ = packet.sequence;  // the sender began anew
    wraps_ = 0;
    received_ = received_before_ = expected_before_ = 0;
  } else {
    if (step > 1) seen = {Kind::gap, static_cast<std::uint32_t>(step - 1)};
    if (packet.sequence < last_) wraps_ += 0x10000;
  }
  last_ = packet.sequence;
  // RFC 3550 A.8.
  const auto arrival = static_cast<std::int64_t>(static_cast<double>(arrival_ns) * clock / 1e9);
  const auto transit = arrival - static_cast<std::int64_t>(packet.timestamp);
  if (received_ > 0) {
    const auto moved = static_cast<double>(std::abs(transit - transit_));
    if (moved < 10.0 * clock) jitter_ += (moved - jitter_) / 16;
  }
  transit_ = transit;
  received_++;
  return seen;
}

std::optional<Reception::Report> Reception::report() {
  if (!known_) return std::nullopt;
  const auto highest = wraps_ + last_;
  const auto expected = std::uint64_t{highest} - first_ + 1;
  const auto lost = expected > received_ ? expected - received_ : 0;
  const auto expected_now = expected - expected_before_;
  const auto received_now = received_ - received_before_;
  expected_before_ = expected;
  received_before_ = received_;
  Report out{.source = source_, .highest = highest, .jitter = static_cast<std::uint32_t>(jitter_)};
  out.lost = static_cast<std::uint32_t>(std::min<std::uint64_t>(lost, 0x7fffff));
  if (expected_now > received_now && expected_now > 0) {
    out.fraction_lost = static_cast<std::uint8_t>(((expected_now - received_now) << 8) / expected_now);
  }
  return out;
}

}  // namespace qala::rtsp
