#include "footage/library.h"

#include <gtest/gtest.h>

#include "footage/finder.h"
#include "footage/testbed.h"
#include "media/fragments.h"
#include "media/mp4.h"

namespace qala::footage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Exported {
  Covered covered;
  std::string mp4;
};
Result<Exported> exported(Bench& bench, Instant from, Instant to) {
  std::string mp4;
  TRY(auto covered, bench.library->export_mp4(bench.id, from, to, [&](std::string_view bytes) -> Result<> {
    mp4 += bytes;
    return {};
  }));
  return Exported{std::move(covered), std::move(mp4)};
}

std::vector<std::string> data_of(const std::vector<media::Sample>& samples) {
  std::vector<std::string> list;
  for (const auto& one : samples) list.push_back(one.data);
  return list;
}

TEST(Library, AFolderThatIsNotThereIsAnEmptyLibrary) {
  auto library = *Library::open("/nowhere/at/all");
  EXPECT_TRUE(library->spans({1, kMain}, Instant{0}, Instant::from_ms(5))->empty());
  EXPECT_TRUE(pieces(*library, {1, kMain}).empty());
  EXPECT_FALSE(library->key_frame({1, kMain}, Instant{0})->has_value());
  EXPECT_EQ(library->totals(Instant{0})->files, 0u);
}

TEST(Library, ASecondIsFoundFromTheKeyFrameBeforeIt) {
  Bench bench;
  bench.begin();
  for (int at = 0; at < 400; at++) ASSERT_TRUE(bench.second(false, at % 4 == 0));
  for (const int wanted : {0, 1, 7, 8, 299, 301, 302, 303, 304, 399}) {
    const auto from = bench.start + seconds(wanted) + milliseconds(500);
    const auto found = pieces(*bench.library, bench.id, from, from + milliseconds(100), true);
    ASSERT_GE(found.size(), 2u) << wanted;
    EXPECT_TRUE(found[0].init);
    EXPECT_TRUE(found[1].key) << wanted;
    EXPECT_EQ(found[1].at, bench.start + seconds(wanted / 4 * 4)) << wanted;
    EXPECT_EQ(found.back().at, bench.start + seconds(wanted)) << wanted;
  }
}

TEST(Library, InAGapItGoesOnWithWhatComesAfter) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.clock.advance(minutes(20));
  const auto later = bench.clock.now();
  bench.seconds(2);
  const auto found = pieces(*bench.library, bench.id, bench.start + minutes(5), Instant::from_ms(Bench::kFar), true);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(found[0].init);
  EXPECT_EQ(found[1].at, later);
  EXPECT_TRUE(pieces(*bench.library, bench.id, bench.start + minutes(5), bench.start + minutes(6)).empty());
}

TEST(Library, FindsKeyFramesForStillsAndThumbnails) {
  Bench bench;
  bench.begin();
  std::vector<media::Sample> wanted;
  for (int at = 0; at < 10; at++) {
    auto group = bench.camera.group(25, at % 2 == 0);
    if (at == 4) wanted = group;
    ASSERT_TRUE(bench.recorder->append(bench.id, bench.start + seconds(at), group, false));
  }
  const auto still = bench.library->key_frame(bench.id, bench.start + milliseconds(5'900));
  ASSERT_TRUE(still && still->has_value());
  EXPECT_EQ((*still)->at, bench.start + seconds(4));
  EXPECT_EQ((*still)->sample.data, wanted.front().data);
  EXPECT_EQ((*still)->track.codec_string, bench.camera.video.codec_string);
  EXPECT_EQ((*bench.library->key_frame(bench.id, bench.start - minutes(5)))->at, bench.start) << "the first one after";
  EXPECT_FALSE(bench.library->key_frame(bench.id, bench.start + hours(1))->has_value());
  EXPECT_EQ(*bench.library->key_times(bench.id, bench.start + seconds(1), bench.start + seconds(9), seconds(3)),
            (std::vector<Instant>{bench.start + seconds(2), bench.start + seconds(6)}));
}

TEST(Library, KeepsNothingOfFilesThatHaveEnded) {
  Bench bench;
  Finder finder(bench.folder);
  for (int at = 0; at < 20; at++) {
    bench.begin();
    bench.seconds(2);
    ASSERT_TRUE(finder.days());
    ASSERT_EQ(finder.growing(), 1u) << "of the one that is written";
    bench.recorder->end(bench.id);
    ASSERT_TRUE(bench.recorder->sync());
  }
  ASSERT_TRUE(finder.days());
  EXPECT_EQ(finder.growing(), 0u);
}

TEST(Export, HoldsEveryPictureFromTheKeyFrameOnAndSaysWhatItCovers) {
  Bench bench;
  bench.begin();
  std::vector<std::string> wanted;
  for (int at = 0; at < 8; at++) {
    const auto group = bench.camera.group(25, at % 2 == 0);
    ASSERT_TRUE(bench.recorder->append(bench.id, bench.start + seconds(at), group, false));
    const auto data = data_of(group);
    if (at >= 2 && at < 5) wanted.insert(wanted.end(), data.begin(), data.end());
    if (at == 5) wanted.insert(wanted.end(), data.begin(), data.begin() + 10);  // 400 ms
  }
  const auto out = exported(bench, bench.start + seconds(3), bench.start + milliseconds(5'400));
  ASSERT_TRUE(out) << out.error().message;
  const auto clip = tests::clip_of(out->mp4, media::Codec::h264);
  EXPECT_EQ(data_of(clip.samples), wanted);
  EXPECT_EQ(clip.track, bench.camera.video);
  EXPECT_EQ(clip.samples.back().dts - clip.samples.front().dts, static_cast<std::int64_t>(wanted.size() - 1) * 3'600);
  EXPECT_EQ(out->covered.from, bench.start + seconds(2));
  EXPECT_EQ(out->covered.to, bench.start + milliseconds(5'400));
  EXPECT_EQ(out->covered.bytes, out->mp4.size());
  EXPECT_EQ(out->covered.sources.size(), 4u);
  std::uint64_t bytes = 0;
  for (const auto& part : out->covered.parts) bytes += part.bytes;
  EXPECT_EQ(bytes, out->mp4.size()) << "the parts are the whole";
  EXPECT_EQ(out->covered.parts.front().source, Part::kHead);
}

TEST(Export, AcrossAGapTheLaterPicturesComeAfterIt) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.clock.advance(seconds(4));
  bench.begin();
  bench.seconds(2);
  bench.clock.advance(hours(8));
  bench.begin();
  bench.seconds(1);
  const auto out = exported(bench, bench.start, bench.clock.now());
  ASSERT_TRUE(out) << out.error().message;
  const auto clip = tests::clip_of(out->mp4, media::Codec::h264);
  ASSERT_EQ(clip.samples.size(), 125u);
  EXPECT_EQ(clip.samples[50].dts - clip.samples[49].dts, 3'600 + 4 * 90'000) << "where it was";
  EXPECT_EQ(clip.samples[100].dts - clip.samples[99].dts, 3'600 + 10 * 90'000) << "ten seconds stand for eight hours";
  EXPECT_EQ(out->covered.spans.size(), 3u);
}

TEST(Export, HasSoundInStepWithThePicture) {
  Bench bench;
  ASSERT_TRUE(bench.recorder->begin(bench.id, bench.camera.video, bench.start, &bench.camera.audio));
  std::vector<std::string> wanted;
  for (int at = 0; at < 4; at++) {
    const auto sound = bench.camera.sound(at * 1'000, 1'000);
    if (at > 0) wanted.push_back(sound.front().data);
    ASSERT_TRUE(bench.recorder->append(bench.id, bench.start + seconds(at), bench.camera.group(), false, sound));
  }
  const auto out = exported(bench, bench.start + seconds(1), bench.start + seconds(4));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_TRUE(out->covered.sound);
  const auto sound = tests::clip_of(out->mp4, media::Codec::pcma);
  std::string all, all_wanted;
  for (const auto& one : sound.samples) all += one.data;
  for (const auto& one : wanted) all_wanted += one;
  EXPECT_EQ(all, all_wanted);
  EXPECT_EQ(tests::clip_of(out->mp4, media::Codec::h264).samples.size(), 75u);
}

TEST(Export, IsWithoutSoundWhereNoneWasSent) {
  Bench bench;
  ASSERT_TRUE(bench.recorder->begin(bench.id, bench.camera.video, bench.start, &bench.camera.audio));
  for (int at = 0; at < 4; at++) {
    const auto sound = at == 0 ? bench.camera.sound(0, 500) : std::vector<media::Sample>();
    ASSERT_TRUE(bench.recorder->append(bench.id, bench.start + seconds(at), bench.camera.group(), false, sound));
  }
  const auto out = exported(bench, bench.start + seconds(2), bench.start + seconds(4));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_FALSE(out->covered.sound);
  EXPECT_EQ(tests::clip_of(out->mp4, media::Codec::h264).samples.size(), 50u);
}

TEST(Export, SaysWhyItCannotBe) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  auto other = bench.camera.video;
  other.width = 64;
  other.config = tests::clip_of(tests::small_clip("h265.mp4"), media::Codec::h265).track.config;
  other.codec = media::Codec::h265;
  other.codec_string = "hvc1.1.6.L60.90";
  const auto change = bench.clock.now();
  bench.camera.restart();
  ASSERT_TRUE(bench.recorder->begin(bench.id, other, change));
  bench.seconds(2);
  const auto both = exported(bench, bench.start, bench.clock.now());
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().kind, ErrorKind::conflict);
  EXPECT_NE(both.error().message.find(to_iso(change)), std::string::npos) << both.error().message;
  EXPECT_TRUE(exported(bench, bench.start, change));
  EXPECT_EQ(exported(bench, bench.start - hours(2), bench.start - hours(1)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(exported(bench, bench.start, bench.start + hours(25)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(exported(bench, bench.start, bench.start).error().kind, ErrorKind::invalid);
  const auto full = bench.library->export_mp4(
      bench.id, bench.start, change, [](std::string_view) -> Result<> { return fail(ErrorKind::full, "disk"); });
  EXPECT_EQ(full.error().kind, ErrorKind::full);
}

TEST(Library, ForetellsHowLongTheDiskLasts) {
  Bench bench;
  bench.begin();
  bench.seconds(1'000);
  ASSERT_TRUE(bench.recorder->sync());
  const auto totals = bench.library->totals(bench.clock.now());
  ASSERT_TRUE(totals);
  ASSERT_EQ(totals->streams.size(), 1u);
  const auto& stream = totals->streams.front();
  std::uint64_t bytes = 0;
  for (const auto& file : files_in(bench.folder)) bytes += std::filesystem::file_size(bench.folder + "/" + file);
  EXPECT_EQ(stream.bytes, bytes) << "files being written count, too";
  EXPECT_EQ(stream.files, 4u);
  EXPECT_EQ(stream.oldest, bench.start);
  EXPECT_EQ(stream.newest, bench.clock.now());
  EXPECT_NEAR(stream.bytes_per_day, static_cast<double>(bytes) * 86.4, static_cast<double>(bytes));
  ASSERT_TRUE(totals->days_until_full);
  EXPECT_NEAR(*totals->days_until_full, static_cast<double>(totals->disk_free) / stream.bytes_per_day, 1);
}

TEST(Library, RealClipsGoInAndComeOutAsTheyAre) {
  const auto file = tests::real_clip("car-detection.mp4");
  if (file.empty()) GTEST_SKIP() << "no shared test data";
  Bench bench;
  const auto clip = tests::clip_of(file, media::Codec::h264);
  ASSERT_TRUE(bench.recorder->begin(bench.id, clip.track, bench.start));
  const auto at_of = [&](std::size_t sample) {
    return bench.start + milliseconds(clip.samples[sample].dts * 1'000 / clip.track.clock);
  };
  for (std::size_t first = 0; first < clip.samples.size();) {
    auto end = first + 1;
    while (end < clip.samples.size() && !clip.samples[end].key) end++;
    ASSERT_TRUE(
        bench.recorder->append(bench.id, at_of(first), std::span(clip.samples).subspan(first, end - first), false));
    first = end;
  }
  const auto out = exported(bench, bench.start, bench.start + hours(1));
  ASSERT_TRUE(out) << out.error().message;
  const auto back = tests::clip_of(out->mp4, media::Codec::h264);
  EXPECT_EQ(data_of(back.samples), data_of(clip.samples));
  EXPECT_EQ(back.track, clip.track);
}

}  // namespace
}  // namespace qala::footage
