#include "media/format.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "media/bits.h"
#include "media_files.h"

namespace qala::media {
namespace {

using tests::clip_of;
using tests::real_clip;
using tests::small_clip;

TEST(ParameterSets, SizeIsWhatRemainsAfterCropping) {
  const auto h264 = clip_of(small_clip("h264_b_frames.mp4"), Codec::h264).track;
  EXPECT_EQ(h264.width, 318u);
  EXPECT_EQ(h264.height, 182u);
  const auto h265 = clip_of(small_clip("h265.mp4"), Codec::h265).track;
  EXPECT_EQ(h265.width, 322u);
  EXPECT_EQ(h265.height, 178u);
}

TEST(ParameterSets, SayProfileFrameRateAndReordering) {
  const auto h264 = clip_of(small_clip("h264_b_frames.mp4"), Codec::h264).track;
  const auto sets = parameter_sets(h264);
  ASSERT_TRUE(sets && sets->size() == 2);
  const auto sequence = parse_h264_sps((*sets)[0]);
  ASSERT_TRUE(sequence);
  EXPECT_EQ(sequence->profile, 100);
  EXPECT_DOUBLE_EQ(sequence->fps, 10);
  EXPECT_EQ(sequence->reorder, 2);
  EXPECT_EQ(h264.codec_string.substr(0, 7), "avc1.64");

  const auto h265 = clip_of(small_clip("h265.mp4"), Codec::h265).track;
  const auto sets5 = parameter_sets(h265);
  ASSERT_TRUE(sets5 && sets5->size() >= 3);
  const auto sequence5 = parse_h265_sps((*sets5)[1]);
  ASSERT_TRUE(sequence5);
  EXPECT_EQ(sequence5->profile, 1);
  EXPECT_DOUBLE_EQ(sequence5->fps, 10);
  EXPECT_GE(sequence5->reorder, 1);
  EXPECT_EQ(h265.codec_string, "hvc1.1.6.L60.90");
}

TEST(ParameterSets, OfRealCamerasClips) {
  const auto file = real_clip("car-detection.mp4");
  if (file.empty()) GTEST_SKIP() << "no shared test data";
  const auto track = clip_of(file, Codec::h264).track;
  EXPECT_EQ(track.width, 768u);
  EXPECT_EQ(track.height, 432u);
  EXPECT_EQ(track.codec_string, "avc1.428016");
  const auto sound = clip_of(file, Codec::aac).track;
  EXPECT_EQ(sound.clock, 48'000u);
  EXPECT_EQ(sound.channels, 2u);
  EXPECT_EQ(sound.codec_string, "mp4a.40.2");
}

TEST(ParameterSets, MakeTheRecordTheyCameFrom) {
  for (const auto codec : {Codec::h264, Codec::h265}) {
    const auto track = clip_of(small_clip(codec == Codec::h264 ? "h264_b_frames.mp4" : "h265.mp4"), codec).track;
    const auto sets = parameter_sets(track);
    ASSERT_TRUE(sets);
    const auto bytes = [&](std::size_t i) { return std::as_bytes(std::span((*sets)[i])); };
    const auto again = codec == Codec::h264 ? h264_track(bytes(0), bytes(1)) : h265_track(bytes(0), bytes(1), bytes(2));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->width, track.width);
    EXPECT_EQ(again->codec_string, track.codec_string);
    const auto sets_again = parameter_sets(*again);
    ASSERT_TRUE(sets_again);
    EXPECT_EQ(std::vector(sets->begin(), sets->begin() + static_cast<std::ptrdiff_t>(sets_again->size())), *sets_again);
    if (codec == Codec::h264) EXPECT_EQ(again->config, track.config);
  }
}

TEST(ParameterSets, InterlacedPicturesHaveTwiceTheHeight) {
  // 1920x1080 of two fields: 120 blocks wide, 34 pairs of rows high, bottom cropped by 2 of 4 lines.
  const std::string sps("\x67\x4d\x40\x28\xda\x01\xe0\x08\x9f\x96", 10);
  const auto plain = parse_h264_sps(sps);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->width, 1920u);
  EXPECT_EQ(plain->height, 1080u);
}

TEST(ParameterSets, CutAnywhereAreRefusedOrGiveTheSameSize) {
  for (const auto codec : {Codec::h264, Codec::h265}) {
    const auto track = clip_of(small_clip(codec == Codec::h264 ? "h264_b_frames.mp4" : "h265.mp4"), codec).track;
    const auto sets = parameter_sets(track);
    ASSERT_TRUE(sets);
    const auto& sps = (*sets)[codec == Codec::h264 ? 0 : 1];
    for (std::size_t size = 0; size < sps.size(); size++) {
      const auto parse = codec == Codec::h264 ? parse_h264_sps : parse_h265_sps;
      const auto sequence = parse(std::string_view(sps).substr(0, size));
      if (!sequence) continue;
      EXPECT_EQ(sequence->width, track.width);
      EXPECT_EQ(sequence->height, track.height);
    }
  }
}

TEST(ParameterSets, AnyBytesAreReadOrRefused) {
  EXPECT_TRUE(rc::check([] {
    auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    for (const char head : {'\x67', '\x42'}) {
      const auto nal = std::string(1, head) + bytes;
      for (const auto& sequence : {parse_h264_sps(nal), parse_h265_sps(nal)}) {
        if (sequence) RC_ASSERT(sequence->width > 0 && sequence->width <= 16'384 && sequence->height > 0);
      }
    }
  }));
}

TEST(ParameterSets, AWrongKindIsNamed) {
  const std::string pps("\x68\xce\x3c\x80", 4);
  const auto track = h264_track(std::as_bytes(std::span(pps)), std::as_bytes(std::span(pps)));
  ASSERT_FALSE(track);
  EXPECT_EQ(track.error().kind, ErrorKind::corrupt);
}

TEST(Bits, EmulationPreventionBytesAreTakenOut) {
  EXPECT_EQ(unescape(std::string_view("\0\0\3\1\0\0\3\0\0\3", 10)), std::string("\0\0\1\0\0\0\0", 7));
}

TEST(Bits, ReadingBeyondTheEndFailsAndGivesZero) {
  BitReader in(std::string_view("\x40", 1));
  EXPECT_EQ(in.ue(), 1u);
  in.bits(5);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.bits(8), 0u);
  EXPECT_TRUE(in.failed());
}

TEST(AnnexB, PutsStartCodesInPlaceOfLengths) {
  const auto out = annex_b(std::string_view("\0\0\0\2ab\0\0\0\1c", 11));
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, std::string("\0\0\0\1ab\0\0\0\1c", 11));
  EXPECT_FALSE(annex_b(std::string_view("\0\0\0\3ab", 6)));
  EXPECT_FALSE(annex_b(std::string_view("\0\0", 2)));
}

TEST(Audio, ConfigSaysRateAndChannels) {
  const auto track = aac_track(std::string_view("\x14\x08", 2));
  ASSERT_TRUE(track);
  EXPECT_EQ(track->clock, 16'000u);
  EXPECT_EQ(track->channels, 1u);
  EXPECT_FALSE(aac_track("\x14"));
  EXPECT_FALSE(aac_track(std::string_view("\x14\x00", 2))) << "no channels";
}

}  // namespace
}  // namespace qala::media
