// ISO 14496-3 1.6.2.1: AudioSpecificConfig.
#include <array>

#include <fmt/format.h>

#include "media/bits.h"
#include "media/format.h"

namespace qala::media {
namespace {

constexpr std::array<std::uint32_t, 13> kRates = {96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                                  22'050, 16'000, 12'000, 11'025, 8'000,  7'350};

unsigned object_type(BitReader& in) {
  const auto type = in.bits(5);
  return type == 31 ? 32 + in.bits(6) : type;
}

std::uint32_t rate(BitReader& in) {
  const auto index = in.bits(4);
  if (index == 15) return in.bits(24);
  return index < kRates.size() ? kRates[index] : 0;
}

}  // namespace

Result<Track> aac_track(std::string_view config) {
  if (config.size() < 2 || config.size() > 64) return fail(ErrorKind::corrupt, "not an AudioSpecificConfig");
  BitReader in(config);
  const auto type = object_type(in);
  const auto sampling = rate(in);
  const auto channels = in.bits(4);
  if (in.failed() || type == 0 || sampling == 0 || channels == 0 || channels > 7) {
    return fail(ErrorKind::invalid,
                fmt::format("AAC of object type {} with {} samples/s and channel layout {}", type, sampling, channels));
  }
  Track track;
  track.codec = Codec::aac;
  track.config = config;
  track.codec_string = fmt::format("mp4a.40.{}", type);
  track.clock = sampling;
  track.channels = channels == 7 ? 8 : channels;
  return track;
}

Track g711_track(Codec codec, std::uint32_t clock, std::uint32_t channels) {
  Track track;
  track.codec = codec;
  track.codec_string = codec == Codec::pcma ? "alaw" : "ulaw";
  track.clock = clock;
  track.channels = channels;
  return track;
}

}  // namespace qala::media
