#include "video/mask.h"

#include <gtest/gtest.h>

#include "video/decoder.h"
#include "video/encoder.h"
#include "video/masked_engine.h"
#include "video/test_camera.h"

namespace qala::video {
namespace {

using tests::textured;

const Polygon kSquare{{0.25, 0.25}, {0.5, 0.25}, {0.5, 0.5}, {0.25, 0.5}};

TEST(VideoMask, CoversThePolygonAndOneMacroblockAroundIt) {
  const Mask mask({kSquare}, 320, 240);
  EXPECT_TRUE(mask.covers(80, 60));
  EXPECT_TRUE(mask.covers(159, 119));
  EXPECT_TRUE(mask.covers(80 - 16, 60 - 16)) << "the margin";
  EXPECT_TRUE(mask.covers(159 + 16, 119 + 16));
  EXPECT_FALSE(mask.covers(80 - 20, 60));
  EXPECT_FALSE(mask.covers(200, 200));
}

TEST(VideoMask, CoversAPolygonThinnerThanAPixel) {
  const Mask mask({{{0.1, 0.5001}, {0.9, 0.5001}, {0.9, 0.5002}}}, 320, 240);
  for (std::uint32_t x = 32; x < 288; x++) EXPECT_TRUE(mask.covers(x, 120)) << x;
}

TEST(VideoMask, CoversWhereAPolygonCrossesItself) {
  // A pentagram: its middle belongs to it.
  const Polygon star{{0.5, 0.05}, {0.8, 0.95}, {0.05, 0.35}, {0.95, 0.35}, {0.2, 0.95}};
  EXPECT_TRUE(Mask({star}, 640, 480).covers(320, 260));
}

TEST(VideoMask, LeavesNothingOfTheColourEither) {
  Picture picture = textured(320, 240);
  const Mask mask({kSquare}, 320, 240);
  mask.fill(picture);
  for (std::uint32_t y = 60; y < 120; y++) {
    for (std::uint32_t x = 80; x < 160; x++) {
      ASSERT_EQ(picture.y[y * 320 + x], Mask::kY);
      ASSERT_EQ(picture.u[y / 2 * 160 + x / 2], Mask::kU);
      ASSERT_EQ(picture.v[y / 2 * 160 + x / 2], Mask::kV);
    }
  }
}

/// Pictures of a camera, encoded as it does.
std::vector<MaskedEngine::In> camera_pictures(media::Track& track, std::uint32_t width, std::uint32_t height,
                                              int count) {
  auto encoder = Encoder::make({.width = width, .height = height, .fps = 10, .kbit = 2000});
  EXPECT_TRUE(encoder);
  std::vector<MaskedEngine::In> out;
  for (int i = 0; i < count; i++) {
    auto sample = (*encoder)->encode(textured(width, height, i * 8), i % 10 == 0, i * 100);
    EXPECT_TRUE(sample);
    out.push_back({*sample, Instant::from_ms(1'000'000 + i * 100), true});
  }
  track = *(*encoder)->track();
  return out;
}

/// How far what a viewer decodes is from flat behind the mask, and the smallest spread of what is beside it.
struct Judged {
  int worst = 0;
  int spread_beside = 0;
};
Judged judge(const Picture& picture, const Polygon& polygon) {
  int least = 255, most = 0, beside_least = 255, beside_most = 0;
  const auto left = static_cast<std::uint32_t>(polygon[0].x * picture.width),
             right = static_cast<std::uint32_t>(polygon[2].x * picture.width);
  const auto top = static_cast<std::uint32_t>(polygon[0].y * picture.height),
             bottom = static_cast<std::uint32_t>(polygon[2].y * picture.height);
  for (std::uint32_t y = 0; y < picture.height; y++) {
    for (std::uint32_t x = 0; x < picture.width; x++) {
      const int value = picture.y[y * std::size_t{picture.width} + x];
      if (x >= left && x < right && y >= top && y < bottom) {
        least = std::min(least, value);
        most = std::max(most, value);
      } else if (x > right + 40) {
        beside_least = std::min(beside_least, value);
        beside_most = std::max(beside_most, value);
      }
    }
  }
  return {most - least, beside_most - beside_least};
}

TEST(VideoMask, WhatIsEncodedShowsNothingOfWhatIsBehindIt) {
  for (const auto& [width, height] : {std::pair{320U, 240U}, std::pair{1280U, 720U}}) {
    media::Track track;
    const auto pictures = camera_pictures(track, width, height, 15);
    MaskedEngine engine(track, {kSquare});
    const auto ran = engine.run(pictures);
    EXPECT_EQ(ran.damaged, 0U) << ran.words;
    ASSERT_EQ(ran.out.size(), 15U);
    auto decoder = Decoder::make(ran.out[0].track);
    ASSERT_TRUE(decoder);
    for (const auto& out : ran.out) {
      const auto picture = (*decoder)->decode(out.sample);
      ASSERT_TRUE(picture && *picture);
      EXPECT_LE((*picture)->width, 704U);
      const Judged judged = judge(**picture, kSquare);
      EXPECT_LE(judged.worst, 4);
      EXPECT_GT(judged.spread_beside, 60) << "the rest of the picture is there";
    }
  }
}

TEST(VideoMask, AKeyFrameComesEachSecond) {
  media::Track track;
  const auto pictures = camera_pictures(track, 320, 240, 25);
  MaskedEngine engine(track, {kSquare});
  const auto ran = engine.run(pictures);
  int keys = 0;
  for (const auto& out : ran.out) keys += out.sample.key ? 1 : 0;
  EXPECT_EQ(keys, 3);
}

TEST(VideoMask, AStillShowsNothingEither) {
  const Picture picture = masked(textured(640, 480), {kSquare}, {320, 240});
  EXPECT_EQ(picture.width, 320U);
  EXPECT_EQ(judge(picture, kSquare).worst, 0);
  const auto jpeg = to_jpeg(picture);
  ASSERT_TRUE(jpeg);
  EXPECT_TRUE(jpeg->starts_with("\xff\xd8"));
}

TEST(VideoDecoder, LeavesOutWhatIsDamagedUntilAKeyFrame) {
  media::Track track;
  auto pictures = camera_pictures(track, 320, 240, 12);
  auto decoder = Decoder::make(track);
  ASSERT_TRUE(decoder);
  const auto early = (*decoder)->decode(pictures[3].sample);
  ASSERT_TRUE(early);
  EXPECT_FALSE(early->has_value()) << "it begins with a key frame";
  ASSERT_TRUE((*decoder)->decode(pictures[0].sample)->has_value());
  pictures[1].sample.data = "nonsense";
  EXPECT_FALSE((*decoder)->decode(pictures[1].sample));
  EXPECT_TRUE((*decoder)->decode(pictures[10].sample)->has_value()) << "the next key frame";
}

TEST(VideoDecoder, SaysThatItCannotDecodeH265) {
  media::Track track;
  track.codec = media::Codec::h265;
  const auto made = Decoder::make(track);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace qala::video
