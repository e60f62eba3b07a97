#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qala::media {

enum class Codec : std::uint8_t { h264, h265, aac, pcma, pcmu };
/// "h264"
std::string_view name_of(Codec codec);
constexpr bool is_video(Codec codec) { return codec == Codec::h264 || codec == Codec::h265; }

/// What a track is: enough to write its init segment, and to tell whether a player must begin anew (compare).
struct Track {
  Codec codec = Codec::h264;
  std::string config;        ///< bytes. Video: the avcC / hvcC record; AAC: AudioSpecificConfig; else empty
  std::string codec_string;  ///< RFC 6381: "avc1.64001F", "hvc1.1.6.L93.B0", "mp4a.40.2"; G.711: "alaw", "ulaw"
  std::uint32_t width = 0;   ///< video: of the picture that is shown, after cropping
  std::uint32_t height = 0;
  std::uint32_t clock = 90'000;  ///< units a second of dts, composition and duration
  std::uint32_t channels = 0;    ///< audio
  friend bool operator==(const Track&, const Track&) = default;
};

/// One access unit. Video: NAL units, each behind its length in four bytes big-endian, as in avc1/hvc1, without
/// parameter sets and access unit delimiters. AAC: one raw frame. G.711: any number of samples.
struct Sample {
  std::int64_t dts = 0;          ///< in Track::clock, unwrapped, never decreasing within a run
  std::int32_t composition = 0;  ///< pts - dts
  /// Of live samples a guess (the distance to the one before); the next one's dts is the truth, and fragment() uses it.
  std::uint32_t duration = 0;
  bool key = false;
  std::string data;
};

/// What a sequence parameter set says of the pictures that follow.
struct Sequence {
  std::uint32_t width = 0;  ///< after cropping
  std::uint32_t height = 0;
  std::uint8_t profile = 0;
  std::uint8_t level = 0;  ///< H.264: ten times the level; H.265: thirty times
  std::uint8_t chroma_format = 1;  ///< 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
  std::uint8_t bit_depth_luma = 8;
  std::uint8_t bit_depth_chroma = 8;
  double fps = 0;  ///< by the VUI's timing; 0: not said
  /// How many pictures may be decoded before one that is shown earlier; -1: not said.
  int reorder = -1;
};
/// `nal`: with its header, without a start code, emulation prevention bytes still in. Pictures of more than 16,384 a
/// side are refused.
Result<Sequence> parse_h264_sps(std::string_view nal);
Result<Sequence> parse_h265_sps(std::string_view nal);

/// Parameter sets of one stream, several of each kind allowed (some cameras use two PPS). The first SPS is described.
Result<Track> h264_track(std::span<const std::string_view> sps, std::span<const std::string_view> pps);
Result<Track> h265_track(std::span<const std::string_view> vps, std::span<const std::string_view> sps,
                         std::span<const std::string_view> pps);
Result<Track> h264_track(std::span<const std::byte> sps, std::span<const std::byte> pps);
Result<Track> h265_track(std::span<const std::byte> vps, std::span<const std::byte> sps,
                         std::span<const std::byte> pps);
/// AudioSpecificConfig. Clock is the sampling rate.
Result<Track> aac_track(std::string_view config);
Track g711_track(Codec codec, std::uint32_t clock = 8'000, std::uint32_t channels = 1);

/// The parameter sets of a config record in the order in which a decoder wants them: put a start code or a length
/// before each. Errors on a record that is no avcC / hvcC.
Result<std::vector<std::string>> parameter_sets(const Track& track);
/// The same behind start codes (00 00 00 01), for decoders that eat Annex B.
Result<std::string> annex_b_parameter_sets(const Track& track);
/// A video sample's data with start codes instead of lengths. Errors when the lengths do not add up.
Result<std::string> annex_b(std::string_view sample);

}  // namespace qala::media
