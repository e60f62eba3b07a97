#include "rtsp/rtcp.h"

#include <algorithm>

#include "rtsp/wire.h"

namespace qala::rtsp {
namespace {

constexpr unsigned kSender = 200;
constexpr unsigned kReceiver = 201;
constexpr unsigned kDescription = 202;
constexpr unsigned kBye = 203;
constexpr std::int64_t kSecondsTo1970 = 2'208'988'800;
constexpr std::int64_t kYear2000 = 946'684'800;

std::optional<SenderReport> read_sender_report(std::string_view packet) {
  if (packet.size() < 28) return std::nullopt;
  SenderReport out;
  out.source = get32(packet, 4);
  std::int64_t seconds = get32(packet, 8);
  if (seconds < kSecondsTo1970) seconds += std::int64_t{1} << 32;  // the era that begins in 2036
  seconds -= kSecondsTo1970;
  if (seconds < kYear2000) return std::nullopt;
  const auto fraction = static_cast<std::int64_t>(std::uint64_t{get32(packet, 12)} * 1'000'000'000 >> 32);
  out.wall = Instant{seconds * Instant::kSecond + fraction};
  out.timestamp = get32(packet, 16);
  out.middle = get32(packet, 10);
  return out;
}

}  // namespace

std::optional<Rtcp> parse_rtcp(std::string_view bytes) {
  Rtcp out;
  bool any = false;
  while (bytes.size() >= 4) {
    const std::size_t size = 4 + std::size_t{4} * get16(bytes, 2);
    const auto type = byte_at(bytes, 1);
    if (byte_at(bytes, 0) >> 6 != 2 || type < 192 || size > bytes.size()) break;
    any = true;
    const auto packet = bytes.substr(0, size);
    if (type == kSender) {
      if (auto report = read_sender_report(packet)) out.report = report;
    }
    if (type == kBye) out.bye = true;
    bytes.remove_prefix(size);
  }
  if (!any) return std::nullopt;
  return out;
}

std::string write_receiver_report(std::uint32_t own, const std::optional<Reception::Report>& reception,
                                  const std::optional<SenderReport>& last, std::int64_t since_ns) {
  std::string out;
  put8(out, 0x80u | (reception ? 1u : 0u));
  put8(out, kReceiver);
  put16(out, reception ? 7 : 1);
  put32(out, own);
  if (reception) {
    const bool known = last && last->source == reception->source;
    put32(out, reception->source);
    put32(out, std::uint32_t{reception->fraction_lost} << 24 | reception->lost);
    put32(out, reception->highest);
    put32(out, reception->jitter);
    put32(out, known ? last->middle : 0);
    const auto delay = std::clamp<std::int64_t>(since_ns, 0, 3'600 * Instant::kSecond) / 1'000 * 65'536 / 1'000'000;
    put32(out, known ? static_cast<std::uint32_t>(delay) : 0);
  }
  put8(out, 0x81);
  put8(out, kDescription);
  put16(out, 3);
  put32(out, own);
  out += std::string_view("\x01\x04qala\0\0", 8);
  return out;
}

}  // namespace qala::rtsp
