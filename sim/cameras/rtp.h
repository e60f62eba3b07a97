#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qala::sim {

/// What one RTP packet carries of a picture (RFC 6184: whole units and FU-A): `prefix`, then `payload`.
struct RtpPart {
  std::array<std::uint8_t, 2> prefix{};
  std::uint8_t prefix_size = 0;
  std::string_view payload;
  bool marker = false;
};
constexpr std::size_t kMaxPayload = 1400;
void cut_into_parts(const std::vector<std::string_view>& units, std::vector<RtpPart>& parts);

/// One sender's counters, and the packets' heads.
class RtpSender {
 public:
  RtpSender(std::uint32_t ssrc, std::uint16_t sequence) : ssrc_(ssrc), sequence_(sequence) {}
  /// The next packet's twelve bytes.
  void head(std::uint32_t rtp_time, bool marker, char* out);
  void count(std::size_t payload) {
    packets_++;
    octets_ += static_cast<std::uint32_t>(payload);
  }
  /// A sender report (RFC 3550, 6.4.1) with a name: `unix_ms` by the camera's clock is `rtp_time`.
  std::string report(std::int64_t unix_ms, std::uint32_t rtp_time) const;
  std::string goodbye() const;
  std::uint16_t sequence() const { return sequence_; }
  std::uint32_t ssrc() const { return ssrc_; }

 private:
  std::uint32_t ssrc_;
  std::uint16_t sequence_;
  std::uint32_t packets_ = 0, octets_ = 0;
};

}  // namespace qala::sim
