#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "media/format.h"
#include "rtsp/wire.h"

/// The sending side, for tests and corpora: access units to RTP packets (RFC 6184, 7798, 3640).
namespace qala::rtsp::testing {

class Packetiser {
 public:
  explicit Packetiser(media::Codec codec, std::uint8_t payload_type = 96, std::size_t mtu = 1'400)
      : codec_(codec), payload_type_(payload_type), mtu_(mtu) {}

  std::uint32_t source = 0x1234;
  std::uint16_t sequence = 65'500;  // wraps soon
  bool pack_small = false;          // small NAL units together (STAP-A, AP)
  bool markers = true;

  /// `sample`: NAL units behind their lengths. `sets`: parameter sets to go before them.
  std::vector<std::string> video(std::string_view sample, std::uint32_t timestamp,
                                 const std::vector<std::string>& sets = {}) {
    std::vector<std::string_view> nals(sets.begin(), sets.end());
    while (sample.size() >= 4) {
      const std::size_t size = get32(sample, 0);
      nals.push_back(sample.substr(4, size));
      sample.remove_prefix(4 + size);
    }
    std::vector<std::string> payloads;
    std::vector<std::string_view> small;
    const auto put_small = [&] {
      if (small.size() == 1) payloads.emplace_back(small[0]);
      if (small.size() > 1) payloads.push_back(together(small));
      small.clear();
    };
    for (const auto nal : nals) {
      if (nal.size() > mtu_) {
        put_small();
        in_parts(nal, payloads);
        continue;
      }
      std::size_t size = nal.size() + 2;
      for (const auto other : small) size += other.size() + 2;
      if (!pack_small || size > mtu_) put_small();
      small.push_back(nal);
    }
    put_small();
    std::vector<std::string> out;
    for (std::size_t i = 0; i < payloads.size(); i++) {
      out.push_back(rtp(payloads[i], timestamp, markers && i + 1 == payloads.size()));
    }
    return out;
  }

  /// One AAC frame or a piece of G.711 in a packet.
  std::string audio(std::string_view frame, std::uint32_t timestamp) {
    std::string payload;
    if (codec_ == media::Codec::aac) {
      put16(payload, 16);
      put16(payload, static_cast<std::uint32_t>(frame.size()) << 3);
    }
    payload += frame;
    return rtp(payload, timestamp, true);
  }

  std::string rtp(std::string_view payload, std::uint32_t timestamp, bool marker) {
    std::string out;
    put8(out, 0x80);
    put8(out, payload_type_ | (marker ? 0x80u : 0u));
    put16(out, sequence++);
    put32(out, timestamp);
    put32(out, source);
    return out.append(payload);
  }

 private:
  std::string together(const std::vector<std::string_view>& nals) const {
    std::string out = codec_ == media::Codec::h264 ? std::string(1, 24) : std::string("\x60\x01", 2);
    for (const auto nal : nals) {
      put16(out, static_cast<std::uint32_t>(nal.size()));
      out += nal;
    }
    return out;
  }
  void in_parts(std::string_view nal, std::vector<std::string>& out) const {
    const bool h264 = codec_ == media::Codec::h264;
    const auto first = byte_at(nal, 0);
    const unsigned type = h264 ? first & 31u : first >> 1 & 63u;
    const std::string head = h264 ? std::string(1, static_cast<char>((first & 0xe0u) | 28))
                                  : std::string{static_cast<char>((first & 0x81u) | 49 << 1), nal[1]};
    nal.remove_prefix(h264 ? 1 : 2);
    for (bool start = true; !nal.empty(); start = false) {
      const auto part = nal.substr(0, mtu_ > 3 ? mtu_ - 3 : 1);
      nal.remove_prefix(part.size());
      out.push_back(head + static_cast<char>((start ? 0x80u : 0u) | (nal.empty() ? 0x40u : 0u) | type) +
                    std::string(part));
    }
  }

  const media::Codec codec_;
  const std::uint8_t payload_type_;
  const std::size_t mtu_;
};

inline std::string interleaved(unsigned channel, std::string_view packet) {
  std::string out = "$";
  put8(out, channel);
  put16(out, static_cast<std::uint32_t>(packet.size()));
  return out.append(packet);
}

inline std::string sender_report(std::uint32_t source, std::int64_t unix_ms, std::uint32_t timestamp) {
  std::string out;
  put8(out, 0x80);
  put8(out, 200);
  put16(out, 6);
  put32(out, source);
  put32(out, static_cast<std::uint32_t>(unix_ms / 1'000 + 2'208'988'800));
  put32(out, static_cast<std::uint32_t>((static_cast<std::uint64_t>(unix_ms % 1'000) << 32) / 1'000));
  put32(out, timestamp);
  put32(out, 0);
  put32(out, 0);
  return out;
}

}  // namespace qala::rtsp::testing
