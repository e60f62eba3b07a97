#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "rtsp/rtp.h"

namespace qala::rtsp {

/// What a sender says of its clock: `timestamp` of RTP was at `wall` of the camera.
struct SenderReport {
  std::uint32_t source = 0;
  Instant wall;
  std::uint32_t timestamp = 0;
  std::uint32_t middle = 0;  ///< the middle 32 bits of its NTP time, to be said back
};

struct Rtcp {
  std::optional<SenderReport> report;
  bool bye = false;
};
/// A compound packet (RFC 3550 6). Empty: not RTCP. Reports before the year 2000 are left out: a camera without a
/// clock.
std::optional<Rtcp> parse_rtcp(std::string_view bytes);

/// Receiver report and CNAME. `last` is the last sender report and how long ago it came.
std::string write_receiver_report(std::uint32_t own, const std::optional<Reception::Report>& reception,
                                  const std::optional<SenderReport>& last, std::int64_t since_ns);

}  // namespace qala::rtsp
