// H.265 7.3.2.2 (sequence parameter set), 7.3.7 (reference picture sets), E.2.1 (VUI); ISO 14496-15 8.3.3 (hvcC).
#include <array>
#include <vector>

#include <fmt/format.h>

#include "media/bits.h"
#include "media/format.h"
#include "media/records.h"

namespace qala::media {
namespace {

constexpr unsigned kVps = 32;
constexpr unsigned kSps = 33;
constexpr unsigned kPps = 34;

unsigned type_of(std::string_view nal) { return byte_at(nal, 0) >> 1 & 63u; }

/// What hvcC and the codec string repeat of the SPS.
struct Profile {
  unsigned space = 0, tier = 0, idc = 0, level = 0;
  std::uint32_t compatibility = 0;
  std::array<std::uint8_t, 6> constraints{};
  unsigned sub_layers = 1;
  bool nested = false;
};

Profile read_profile(BitReader& in, unsigned sub_layers_minus1) {
  Profile p;
  p.space = in.bits(2);
  p.tier = in.bits(1);
  p.idc = in.bits(5);
  p.compatibility = in.bits(32);
  for (auto& byte : p.constraints) byte = static_cast<std::uint8_t>(in.bits(8));
  p.level = in.bits(8);
  std::array<bool, 8> has_profile{};
  std::array<bool, 8> has_level{};
  for (unsigned i = 0; i < sub_layers_minus1; i++) {
    has_profile[i] = in.flag();
    has_level[i] = in.flag();
  }
  if (sub_layers_minus1 > 0) in.skip(std::uint64_t{2} * (8 - sub_layers_minus1));
  for (unsigned i = 0; i < sub_layers_minus1; i++) {
    if (has_profile[i]) in.skip(88);
    if (has_level[i]) in.skip(8);
  }
  return p;
}

void skip_scaling_lists(BitReader& in) {
  for (int size = 0; size < 4; size++) {
    for (int matrix = 0; matrix < 6 && !in.failed(); matrix += size == 3 ? 3 : 1) {
      if (!in.flag()) {
        in.ue();
        continue;
      }
      if (size > 1) in.se();
      const int coefficients = size == 0 ? 16 : 64;
      for (int i = 0; i < coefficients; i++) in.se();
    }
  }
}

struct PictureSet {
  std::vector<std::int64_t> before, after;  // distances, nearest first
};

/// 7.4.8, equations 7-61 and 7-62: one set predicted from the one before it.
PictureSet predicted(BitReader& in, const PictureSet& from) {
  const bool negative = in.flag();
  const auto distance = static_cast<std::int64_t>(in.ue(32'767)) + 1;
  const auto delta = negative ? -distance : distance;
  const auto count = from.before.size() + from.after.size();
  std::vector<bool> use(count + 1);
  for (std::size_t j = 0; j <= count; j++) use[j] = in.flag() || in.flag();
  PictureSet out;
  for (std::size_t j = from.after.size(); j-- > 0;) {
    const auto d = from.after[j] + delta;
    if (d < 0 && use[from.before.size() + j]) out.before.push_back(d);
  }
  if (delta < 0 && use[count]) out.before.push_back(delta);
  for (std::size_t j = 0; j < from.before.size(); j++) {
    const auto d = from.before[j] + delta;
    if (d < 0 && use[j]) out.before.push_back(d);
  }
  for (std::size_t j = from.before.size(); j-- > 0;) {
    const auto d = from.before[j] + delta;
    if (d > 0 && use[j]) out.after.push_back(d);
  }
  if (delta > 0 && use[count]) out.after.push_back(delta);
  for (std::size_t j = 0; j < from.after.size(); j++) {
    const auto d = from.after[j] + delta;
    if (d > 0 && use[from.before.size() + j]) out.after.push_back(d);
  }
  return out;
}

PictureSet explicit_set(BitReader& in) {
  PictureSet out;
  const auto before = in.ue(16);
  const auto after = in.ue(16);
  std::int64_t at = 0;
  for (std::uint32_t i = 0; i < before && !in.failed(); i++) {
    at -= static_cast<std::int64_t>(in.ue(32'767)) + 1;
    in.skip(1);
    out.before.push_back(at);
  }
  at = 0;
  for (std::uint32_t i = 0; i < after && !in.failed(); i++) {
    at += static_cast<std::int64_t>(in.ue(32'767)) + 1;
    in.skip(1);
    out.after.push_back(at);
  }
  return out;
}

void skip_picture_sets(BitReader& in) {
  const auto count = in.ue(64);
  PictureSet last;
  for (std::uint32_t i = 0; i < count && !in.failed(); i++) {
    last = i > 0 && in.flag() ? predicted(in, last) : explicit_set(in);
    if (last.before.size() + last.after.size() > 64) in.skip(~std::uint32_t{0});
  }
}

/// Everything between the sizes and the VUI's timing; nonsense there costs the frame rate only.
double read_fps(BitReader& in, unsigned log2_order) {
  for (int i = 0; i < 6; i++) in.ue();                 // block and transform sizes
  if (in.flag() && in.flag()) skip_scaling_lists(in);  // scaling lists
  in.skip(2);
  if (in.flag()) {  // pcm
    in.skip(8);
    in.ue();
    in.ue();
    in.skip(1);
  }
  skip_picture_sets(in);
  if (in.flag()) {  // long-term references
    const auto count = in.ue(32);
    in.skip(std::uint64_t{count} * (log2_order + 1));
  }
  in.skip(2);
  if (!in.flag()) return 0;                         // no VUI
  skip_vui_beginning(in);
  in.skip(3);
  if (in.flag()) {  // default display window
    for (int i = 0; i < 4; i++) in.ue();
  }
  if (!in.flag()) return 0;
  const double tick = in.bits(32);
  const double scale = in.bits(32);
  if (in.failed() || tick <= 0 || scale / tick > 1'000) return 0;
  return scale / tick;
}

Result<Sequence> parse(std::string_view nal, Profile& profile) {
  if (nal.size() < 6 || nal.size() > kLargestParameterSet || type_of(nal) != kSps) {
    return fail(ErrorKind::corrupt, "not an H.265 sequence parameter set");
  }
  const auto rbsp = unescape(nal.substr(2));
  BitReader in(rbsp);
  in.skip(4);
  const auto sub_layers_minus1 = in.bits(3);
  if (sub_layers_minus1 > 6) return fail(ErrorKind::corrupt, "H.265 sequence parameter set with 8 sub-layers");
  const bool nested = in.flag();
  profile = read_profile(in, sub_layers_minus1);
  profile.sub_layers = sub_layers_minus1 + 1;
  profile.nested = nested;
  Sequence sequence;
  sequence.profile = static_cast<std::uint8_t>(profile.idc);
  sequence.level = static_cast<std::uint8_t>(profile.level);
  in.ue(15);
  sequence.chroma_format = static_cast<std::uint8_t>(in.ue(3));
  const bool separate = sequence.chroma_format == 3 && in.flag();
  sequence.width = in.ue();
  sequence.height = in.ue();
  std::array<std::uint64_t, 4> crop{};
  if (in.flag()) {
    for (auto& side : crop) side = in.ue();
  }
  sequence.bit_depth_luma = static_cast<std::uint8_t>(8 + in.ue(8));
  sequence.bit_depth_chroma = static_cast<std::uint8_t>(8 + in.ue(8));
  const auto log2_order = in.ue(12) + 4;
  const bool each = in.flag();
  for (unsigned i = each ? 0 : sub_layers_minus1; i <= sub_layers_minus1; i++) {
    in.ue(16);
    sequence.reorder = static_cast<int>(in.ue(16));
    in.ue();
  }
  if (in.failed()) return fail(ErrorKind::corrupt, "H.265 sequence parameter set ends too early or is out of range");
  const unsigned array_type = separate ? 0 : sequence.chroma_format;
  const std::uint64_t x = array_type == 1 || array_type == 2 ? 2 : 1;
  const std::uint64_t y = array_type == 1 ? 2 : 1;
  TRY_VOID(apply_cropping(sequence, crop[0] * x, crop[1] * x, crop[2] * y, crop[3] * y));
  sequence.fps = read_fps(in, log2_order);
  return sequence;
}

/// ISO 14496-15 annex E: "hvc1.1.6.L93.B0".
std::string codec_string(const Profile& p) {
  std::uint32_t reversed = 0;
  for (unsigned i = 0; i < 32; i++) reversed |= (p.compatibility >> i & 1u) << (31 - i);
  static constexpr std::array<std::string_view, 4> kSpaces = {"", "A", "B", "C"};
  auto out = fmt::format("hvc1.{}{}.{:X}.{}{}", kSpaces[p.space], p.idc, reversed, p.tier ? 'H' : 'L', p.level);
  auto last = p.constraints.size();
  while (last > 0 && p.constraints[last - 1] == 0) last--;
  for (std::size_t i = 0; i < last; i++) out += fmt::format(".{:X}", p.constraints[i]);
  return out;
}

Result<> put_array(std::string& out, unsigned type, std::span<const std::string_view> nals) {
  put8(out, 0x80u | type);
  put16(out, static_cast<std::uint32_t>(nals.size()));
  for (const auto nal : nals) {
    if (nal.size() < 3 || nal.size() > kLargestParameterSet || type_of(nal) != type) {
      return fail(ErrorKind::corrupt, "not an H.265 parameter set of the kind it should be");
    }
    put16(out, static_cast<std::uint32_t>(nal.size()));
    out += nal;
  }
  return {};
}

}  // namespace

Result<Sequence> parse_h265_sps(std::string_view nal) {
  Profile profile;
  return parse(nal, profile);
}

Result<Track> h265_track(std::span<const std::string_view> vps, std::span<const std::string_view> sps,
                         std::span<const std::string_view> pps) {
  if (vps.empty() || sps.empty() || pps.empty() || vps.size() > 16 || sps.size() > 16 || pps.size() > 64) {
    return fail(ErrorKind::invalid, "H.265 needs video, sequence and picture parameter sets (at most 16, 16, 64)");
  }
  Profile profile;
  TRY(const auto sequence, parse(sps[0], profile));
  Track track;
  track.codec = Codec::h265;
  track.width = sequence.width;
  track.height = sequence.height;
  track.codec_string = codec_string(profile);
  auto& out = track.config;
  put8(out, 1);
  put8(out, profile.space << 6 | profile.tier << 5 | profile.idc);
  put32(out, profile.compatibility);
  for (const auto byte : profile.constraints) put8(out, byte);
  put8(out, profile.level);
  put16(out, 0xf000);  // least spatial segmentation: not said
  put8(out, 0xfc);     // parallelism: not said
  put8(out, 0xfcu | sequence.chroma_format);
  put8(out, 0xf8u | (sequence.bit_depth_luma - 8u));
  put8(out, 0xf8u | (sequence.bit_depth_chroma - 8u));
  put16(out, 0);  // average frame rate: not said
  put8(out, profile.sub_layers << 3 | (profile.nested ? 4u : 0u) | 3u);
  put8(out, 3);
  TRY_VOID(put_array(out, kVps, vps));
  TRY_VOID(put_array(out, kSps, sps));
  TRY_VOID(put_array(out, kPps, pps));
  return track;
}

}  // namespace qala::media
