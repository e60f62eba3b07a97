// H.264 7.3.2.1.1 (sequence parameter set), E.1.1 (VUI); ISO 14496-15 5.3.3 (avcC).
#include <array>

#include <fmt/format.h>

#include "media/bits.h"
#include "media/format.h"
#include "media/records.h"

namespace qala::media {
namespace {

constexpr unsigned kSps = 7;
constexpr unsigned kPps = 8;

bool has_chroma_info(unsigned profile) {
  switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135: return true;
    default: return false;
  }
}

void skip_scaling_list(BitReader& in, int size) {
  int last = 8;
  int next = 8;
  for (int i = 0; i < size && !in.failed(); i++) {
    if (next != 0) next = (last + in.se() % 256 + 256) % 256;
    if (next != 0) last = next;
  }
}

void skip_hrd(BitReader& in) {
  const auto count = in.ue(31) + 1;
  in.skip(8);
  for (std::uint32_t i = 0; i < count && !in.failed(); i++) {
    in.ue();
    in.ue();
    in.skip(1);
  }
  in.skip(20);
}

/// Some cameras cut it short or fill it with nonsense: what it says is taken only if it reads to its end.
void read_vui(BitReader& in, Sequence& sequence) {
  skip_vui_beginning(in);
  double fps = 0;
  if (in.flag()) {  // timing
    const double tick = in.bits(32);
    const double scale = in.bits(32);
    if (tick > 0) fps = scale / (2 * tick);
    in.skip(1);
  }
  const bool nal_hrd = in.flag();
  if (nal_hrd) skip_hrd(in);
  const bool vcl_hrd = in.flag();
  if (vcl_hrd) skip_hrd(in);
  if (nal_hrd || vcl_hrd) in.skip(1);
  in.skip(1);  // pic_struct
  int reorder = sequence.reorder;
  if (in.flag()) {  // bitstream restriction
    in.skip(1);
    for (int i = 0; i < 4; i++) in.ue();
    reorder = static_cast<int>(in.ue(16));
    in.ue(16);
  }
  if (in.failed()) return;
  if (fps <= 1'000) sequence.fps = fps;
  sequence.reorder = reorder;
}

}  // namespace

Result<> apply_cropping(Sequence& sequence, std::uint64_t left, std::uint64_t right, std::uint64_t top,
                        std::uint64_t bottom) {
  if (sequence.width > kLargestSide || sequence.height > kLargestSide) {
    return fail(ErrorKind::invalid, fmt::format("picture of {}x{} is larger than {} a side", sequence.width,
                                                sequence.height, kLargestSide));
  }
  if (left + right >= sequence.width || top + bottom >= sequence.height) {
    return fail(ErrorKind::corrupt, "sequence parameter set crops the whole picture away");
  }
  sequence.width -= static_cast<std::uint32_t>(left + right);
  sequence.height -= static_cast<std::uint32_t>(top + bottom);
  return {};
}

Result<Sequence> parse_h264_sps(std::string_view nal) {
  if (nal.size() < 4 || nal.size() > kLargestParameterSet || (byte_at(nal, 0) & 31u) != kSps) {
    return fail(ErrorKind::corrupt, "not an H.264 sequence parameter set");
  }
  const auto rbsp = unescape(nal.substr(1));
  BitReader in(rbsp);
  Sequence sequence;
  sequence.profile = static_cast<std::uint8_t>(in.bits(8));
  in.skip(8);
  sequence.level = static_cast<std::uint8_t>(in.bits(8));
  in.ue(31);
  bool separate = false;
  if (has_chroma_info(sequence.profile)) {
    sequence.chroma_format = static_cast<std::uint8_t>(in.ue(3));
    if (sequence.chroma_format == 3) separate = in.flag();
    sequence.bit_depth_luma = static_cast<std::uint8_t>(8 + in.ue(6));
    sequence.bit_depth_chroma = static_cast<std::uint8_t>(8 + in.ue(6));
    in.skip(1);
    if (in.flag()) {
      const int lists = sequence.chroma_format == 3 ? 12 : 8;
      for (int i = 0; i < lists; i++) {
        if (in.flag()) skip_scaling_list(in, i < 6 ? 16 : 64);
      }
    }
  }
  in.ue(12);
  const auto order = in.ue(2);
  if (order == 0) in.ue(12);
  if (order == 1) {
    in.skip(1);
    in.se();
    in.se();
    const auto count = in.ue(255);
    for (std::uint32_t i = 0; i < count; i++) in.se();
  }
  in.ue(16);
  in.skip(1);
  const auto width_blocks = in.ue(kLargestSide / 16) + 1;
  const auto height_units = in.ue(kLargestSide / 16) + 1;
  const bool frames_only = in.flag();
  if (!frames_only) in.skip(1);
  in.skip(1);
  std::array<std::uint64_t, 4> crop{};
  if (in.flag()) {
    for (auto& side : crop) side = in.ue();
  }
  const bool vui = in.flag();
  if (in.failed()) return fail(ErrorKind::corrupt, "H.264 sequence parameter set ends too early or is out of range");
  const unsigned array_type = separate ? 0 : sequence.chroma_format;
  const std::uint64_t x = array_type == 1 || array_type == 2 ? 2 : 1;
  const std::uint64_t y = (array_type == 1 ? 2u : 1u) * (frames_only ? 1u : 2u);
  sequence.width = width_blocks * 16;
  sequence.height = height_units * 16 * (frames_only ? 1 : 2);
  TRY_VOID(apply_cropping(sequence, crop[0] * x, crop[1] * x, crop[2] * y, crop[3] * y));
  // Without B pictures decoding order is showing order: Baseline has none, and order type 2 forbids it.
  if (sequence.profile == 66 || order == 2) sequence.reorder = 0;
  if (vui) read_vui(in, sequence);
  return sequence;
}

Result<Track> h264_track(std::span<const std::string_view> sps, std::span<const std::string_view> pps) {
  if (sps.empty() || pps.empty() || sps.size() > 31 || pps.size() > 255) {
    return fail(ErrorKind::invalid, "H.264 needs 1 to 31 sequence and 1 to 255 picture parameter sets");
  }
  TRY(const auto sequence, parse_h264_sps(sps[0]));
  Track track;
  track.codec = Codec::h264;
  track.width = sequence.width;
  track.height = sequence.height;
  track.codec_string =
      fmt::format("avc1.{:02X}{:02X}{:02X}", byte_at(sps[0], 1), byte_at(sps[0], 2), byte_at(sps[0], 3));
  auto& out = track.config;
  put8(out, 1);
  out += sps[0].substr(1, 3);
  put8(out, 0xff);  // lengths of 4 bytes
  put8(out, 0xe0u | static_cast<std::uint32_t>(sps.size()));
  for (const auto nal : sps) {
    if (nal.size() < 4 || nal.size() > kLargestParameterSet || (byte_at(nal, 0) & 31u) != kSps) {
      return fail(ErrorKind::corrupt, "not an H.264 sequence parameter set");
    }
    put16(out, static_cast<std::uint32_t>(nal.size()));
    out += nal;
  }
  put8(out, static_cast<std::uint32_t>(pps.size()));
  for (const auto nal : pps) {
    if (nal.size() < 2 || nal.size() > kLargestParameterSet || (byte_at(nal, 0) & 31u) != kPps) {
      return fail(ErrorKind::corrupt, "not an H.264 picture parameter set");
    }
    put16(out, static_cast<std::uint32_t>(nal.size()));
    out += nal;
  }
  if (sequence.profile == 100 || sequence.profile == 110 || sequence.profile == 122 || sequence.profile == 144 ||
      sequence.profile == 244) {
    put8(out, 0xfcu | sequence.chroma_format);
    put8(out, 0xf8u | (sequence.bit_depth_luma - 8u));
    put8(out, 0xf8u | (sequence.bit_depth_chroma - 8u));
    put8(out, 0);
  }
  return track;
}

}  // namespace qala::media
