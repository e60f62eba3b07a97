#include "media/mp4.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>

#include "media_files.h"
#include "temporary_folder.h"

namespace qala::media {
namespace {

using tests::Clip;
using tests::clip_of;
using tests::real_clip;
using tests::small_clip;

Mp4Track heads_of(const Clip& clip, std::int64_t later_s = 0) {
  Mp4Track out{.track = clip.track, .samples = {}};
  for (const auto& s : clip.samples) {
    out.samples.push_back({.dts = s.dts + later_s * clip.track.clock,
                           .composition = s.composition,
                           .duration = s.duration,
                           .size = static_cast<std::uint32_t>(s.data.size()),
                           .key = s.key});
  }
  return out;
}

Result<std::string> written(const std::vector<Clip>& clips, std::int64_t later_s = 0) {
  std::vector<Mp4Track> tracks;
  for (const auto& clip : clips) tracks.push_back(heads_of(clip, later_s));
  std::string out;
  const auto done = write_mp4(
      tracks, [&](std::size_t t, std::size_t s) -> Result<std::string> { return clips[t].samples[s].data; },
      [&](std::string_view bytes) -> Result<> {
        out += bytes;
        return {};
      });
  if (!done) return done.error();
  return out;
}

void expect_same(const Clip& a, const Clip& b) {
  ASSERT_EQ(a.samples.size(), b.samples.size());
  EXPECT_EQ(a.track, b.track);
  for (std::size_t i = 0; i < a.samples.size(); i++) {
    EXPECT_EQ(a.samples[i].dts, b.samples[i].dts);
    EXPECT_EQ(a.samples[i].composition, b.samples[i].composition);
    EXPECT_EQ(a.samples[i].key, b.samples[i].key);
    ASSERT_EQ(a.samples[i].data, b.samples[i].data) << i;
  }
}

TEST(Mp4, WrittenAndReadBackIsTheSame) {
  const auto file = small_clip("h264_b_frames.mp4");
  const auto video = clip_of(file, Codec::h264);
  const auto audio = clip_of(file, Codec::aac);
  const auto out = written({video, audio});
  ASSERT_TRUE(out) << out.error().message;
  expect_same(clip_of(*out, Codec::h264), video);
  expect_same(clip_of(*out, Codec::aac), audio);
}

TEST(Mp4, ThePlayersIndexComesBeforeThePictures) {
  const auto out = written({clip_of(small_clip("h265.mp4"), Codec::h265)});
  ASSERT_TRUE(out);
  EXPECT_LT(out->find("moov"), out->find("mdat"));
}

TEST(Mp4, FfmpegDecodesIt) {
  if (!tests::have_ffmpeg()) GTEST_SKIP() << "no ffmpeg";
  const auto file = small_clip("h264_b_frames.mp4");
  const tests::TemporaryFolder folder;
  for (const auto& clips : std::vector<std::vector<Clip>>{{clip_of(file, Codec::h264), clip_of(file, Codec::aac)},
                                                          {clip_of(small_clip("h265.mp4"), Codec::h265)}}) {
    const auto path = folder.file("clip.mp4");
    const auto out = written(clips, 5'000);
    ASSERT_TRUE(out) << out.error().message;
    std::ofstream(path, std::ios::binary) << *out;
    EXPECT_EQ(tests::complaints_of_ffmpeg(path), "");
    EXPECT_EQ(tests::packets_by_ffprobe(path, "v"), "20 0.000000 1.900000") << "showing begins at once";
  }
}

TEST(Mp4, RealClipsAreReadWhole) {
  const auto file = real_clip("bottle-detection.mp4");
  if (file.empty()) GTEST_SKIP() << "no shared test data";
  const auto clip = clip_of(file, Codec::h264);
  EXPECT_EQ(clip.track.width, 640u);
  EXPECT_EQ(clip.samples.size(), 1189u);
  EXPECT_TRUE(clip.samples.front().key);
  for (const auto& sample : clip.samples) ASSERT_TRUE(annex_b(sample.data)) << "lengths add up";
}

TEST(Mp4, DecodeTimesThatGoBackAreRefused) {
  Clip clip = clip_of(small_clip("h265.mp4"), Codec::h265);
  clip.samples[3].dts = clip.samples[1].dts;
  const auto out = written({clip});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::invalid);
}

TEST(Mp4, AnErrorOfTheSinkEndsIt) {
  const Clip clip = clip_of(small_clip("h265.mp4"), Codec::h265);
  int calls = 0;
  const auto done = write_mp4(
      std::vector{heads_of(clip)},
      [&](std::size_t, std::size_t s) -> Result<std::string> { return clip.samples[s].data; },
      [&](std::string_view) -> Result<> {
        if (++calls == 3) return fail(ErrorKind::full, "disk full");
        return {};
      });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::full);
  EXPECT_EQ(calls, 3);
}

TEST(Mp4, AnyByteChangedIsReadOrRefused) {
  const auto good = small_clip("h265.mp4");
  const auto moov = good.find("moov");
  EXPECT_TRUE(rc::check([&] {
    auto bytes = good;
    const auto changes = *rc::gen::inRange(1, 8);
    for (int i = 0; i < changes; i++) {
      bytes[*rc::gen::inRange<std::size_t>(moov, bytes.size())] = *rc::gen::arbitrary<char>();
    }
    const auto tracks = read_mp4(bytes);
    if (!tracks) return;
    for (const auto& t : *tracks) {
      for (const auto& s : t.samples) RC_ASSERT(s.offset + s.size <= bytes.size());
    }
  }));
}

}  // namespace
}  // namespace qala::media
