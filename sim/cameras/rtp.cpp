#include "sim/cameras/rtp.h"

namespace qala::sim {

namespace {

constexpr std::int64_t kNtpStart = 2'208'988'800;  // 1970 in the seconds of NTP
constexpr std::string_view kName = "qala-sim";

void put16(std::string& out, std::uint32_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value));
}
void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xFFFF);
}

}  // namespace

void cut_into_parts(const std::vector<std::string_view>& units, std::vector<RtpPart>& parts) {
  parts.clear();
  for (const std::string_view unit : units) {
    if (unit.empty()) continue;
    if (unit.size() <= kMaxPayload) {
      parts.push_back({.payload = unit});
      continue;
    }
    const auto head = static_cast<std::uint8_t>(unit[0]);
    std::string_view rest = unit.substr(1);
    for (bool first = true; !rest.empty(); first = false) {
      const auto piece = rest.substr(0, kMaxPayload - 2);
      rest.remove_prefix(piece.size());
      RtpPart part{.prefix_size = 2, .payload = piece};
      part.prefix[0] = static_cast<std::uint8_t>((head & 0x60) | 28);
      part.prefix[1] = static_cast<std::uint8_t>((first ? 0x80 : 0) | (rest.empty() ? 0x40 : 0) | (head & 0x1F));
      parts.push_back(part);
    }
  }
  if (!parts.empty()) parts.back().marker = true;
}

void RtpSender::head(std::uint32_t rtp_time, bool marker, char* out) {
  const auto put = [&](std::size_t at, std::uint32_t value, int size) {
    for (int i = 0; i < size; i++)
      out[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * (size - 1 - i)));
  };
  put(0, 0x80, 1);
  put(1, (marker ? 0x80U : 0U) | 96U, 1);
  put(2, sequence_++, 2);
  put(4, rtp_time, 4);
  put(8, ssrc_, 4);
}

std::string RtpSender::report(std::int64_t unix_ms, std::uint32_t rtp_time) const {
  std::string out("\x80\xC8\0\6", 4);
  put32(out, ssrc_);
  put32(out, static_cast<std::uint32_t>(unix_ms / 1000 + kNtpStart));
  put32(out, static_cast<std::uint32_t>((static_cast<std::uint64_t>(unix_ms % 1000) << 32) / 1000));
  put32(out, rtp_time);
  put32(out, packets_);
  put32(out, octets_);
  // SDES with a CNAME: one chunk, item 1, then zeros to a multiple of four.
  std::string chunk;
  put32(chunk, ssrc_);
  chunk.push_back(1);
  chunk.push_back(static_cast<char>(kName.size()));
  chunk += kName;
  chunk.push_back(0);
  while (chunk.size() % 4 != 0) chunk.push_back(0);
  out += "\x81\xCA";
  put16(out, static_cast<std::uint32_t>(chunk.size() / 4));
  return out + chunk;
}

std::string RtpSender::goodbye() const {
  std::string out("\x81\xCB\0\1", 4);
  put32(out, ssrc_);
  return out;
}

}  // namespace qala::sim
