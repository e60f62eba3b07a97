#include "video/recording.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>

#include "footage/library.h"
#include "media/fragments.h"
#include "media_files.h"
#include "temporary_folder.h"

namespace qala::video {
namespace {

using namespace std::chrono_literals;

/// A camera of ten pictures a second whose pictures are their own number, through Newest and Recording to the disk.
class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    writer->open(folder.path(), {});
    recording.emplace(id, *writer);
  }
  void begin(RecordPolicy policy) {
    recording->policy(policy);
    recording->begin(track, nullptr, clock.now());
  }
  bool picture(bool key) {
    media::Sample sample{.dts = dts, .composition = 0, .duration = lasts, .key = key, .data = {}};
    sample.data = std::to_string(number++) + ":" + std::string(padding, 'x');
    const auto at = clock.now();
    dts += pace.count() * 90;
    clock.advance(pace);
    recording->coming(sample, at, newest);
    return newest.push(std::move(sample), at);
  }
  /// A key frame and what needs it.
  void group(int pictures) {
    for (int i = 0; i < pictures; i++) picture(i == 0);
  }
  void motion() { recording->motion(clock.now(), {}); }
  /// The numbers of the pictures on the disk. Ends the recording.
  std::vector<int> recorded() {
    recording->finish(newest, clock.now());
    recording->end();
    writer.reset();
    std::vector<int> out;
    auto library = *footage::Library::open(folder.path());
    auto cursor = *library->cursor(id, Instant{0}, clock.now() + 1h);
    for (bool first = true;;) {
      const auto piece = cursor->next();
      EXPECT_TRUE(piece);
      if (!piece || !*piece) return out;
      if ((*piece)->init) continue;
      EXPECT_TRUE((*piece)->key || !first) << "what is before it is missing";
      first = false;
      const auto samples = media::read_fragment((*piece)->bytes);
      EXPECT_TRUE(samples);
      if (!samples) return out;
      for (const auto& sample : *samples) out.push_back(std::stoi(sample.data));
    }
  }
  static std::vector<int> numbers(int from, int to) {
    std::vector<int> out;
    for (int i = from; i < to; i++) out.push_back(i);
    return out;
  }

  qala::tests::TemporaryFolder folder;
  FakeClock clock;
  media::Track track = [] {
    auto made = qala::tests::clip_of(qala::tests::small_clip("h264_b_frames.mp4"), media::Codec::h264).track;
    made.clock = 90'000;
    return made;
  }();
  footage::StreamId id{7, footage::kMain};
  std::optional<FootageWriter> writer{std::in_place, clock};
  Newest newest;
  std::optional<Recording> recording;
  std::int64_t number = 0, dts = 0;
  std::chrono::milliseconds pace = 100ms;
  std::uint32_t lasts = 9'000;  ///< as the camera's timeline guesses
  std::size_t padding = 100;
};

TEST_F(RecordingTest, MotionLongAfterAKeyFrameIsRecordedFromThatKeyFrameOn) {
  begin({.record = Record::motion, .pre = 5s, .post = 5s});
  group(300);
  group(250);
  motion();
  for (int i = 0; i < 50; i++) picture(false);
  group(300);
  group(20);
  const auto out = recorded();
  EXPECT_EQ(out.empty() ? 0 : out.front(), 300) << "the group that moves, from its beginning";
  EXPECT_EQ(out, numbers(300, 300 + static_cast<int>(out.size()))) << "nothing is missing";
  EXPECT_GE(out.size(), 300u);
  EXPECT_LE(out.size(), 600u) << "and not everything";
}

TEST_F(RecordingTest, MotionAtTheBeginningOfAGroupHasWhatWasBefore) {
  begin({.record = Record::motion, .pre = 5s, .post = 5s});
  group(300);
  group(300);
  motion();
  group(100);
  group(20);
  const auto out = recorded();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out.front(), 300);
  EXPECT_EQ(out, numbers(300, 300 + static_cast<int>(out.size())));
}

TEST_F(RecordingTest, PicturesSecondsApartAreAllRecorded) {
  pace = 2s;
  lasts = 3'600;
  begin({.record = Record::always});
  group(50);
  group(8);
  group(1);
  EXPECT_EQ(recorded(), numbers(0, 59));
  EXPECT_EQ((*footage::Library::open(folder.path()))->spans(id, Instant{0}, clock.now() + 1h)->size(), 1u) << "one run";
}

TEST_F(RecordingTest, PicturesSecondsApartThatWaitedForMotionAreAllRecorded) {
  pace = 2s;
  lasts = 3'600;
  begin({.record = Record::motion, .pre = 30s, .post = 5s});
  group(40);
  motion();
  group(2);
  group(1);
  const auto out = recorded();
  EXPECT_GE(out.size(), 41u);
  EXPECT_EQ(out, numbers(0, static_cast<int>(out.size())));
}

TEST_F(RecordingTest, AGroupOfTooManyPicturesHasNoHole) {
  begin({.record = Record::always});
  group(4'900);
  EXPECT_FALSE(newest.has_key()) << "nobody can begin to look";
  group(100);
  EXPECT_TRUE(newest.has_key());
  EXPECT_EQ(recorded(), numbers(0, 5'000));
}

TEST_F(RecordingTest, AGroupOfTooManyBytesHasNoHole) {
  begin({.record = Record::always});
  padding = 200'000;
  group(300);
  EXPECT_FALSE(newest.has_key());
  group(10);
  EXPECT_EQ(recorded(), numbers(0, 310));
}

TEST_F(RecordingTest, MotionInAGroupOfTooManyPicturesIsRecorded) {
  begin({.record = Record::motion, .pre = 5s, .post = 5s});
  group(4'500);
  motion();
  for (int i = 0; i < 100; i++) picture(false);
  group(20);
  const auto out = recorded();
  EXPECT_EQ(out, numbers(0, static_cast<int>(out.size())));
  EXPECT_GE(out.size(), 4'550u) << "to its end";
}

TEST_F(RecordingTest, WhatWaitedOfAnotherRunIsNotMixedIntoThisOne) {
  begin({.record = Record::motion, .pre = 10s, .post = 5s});
  group(50);
  recording->finish(newest, clock.now());
  recording->begin(track, nullptr, clock.now());
  group(20);
  motion();
  group(20);
  EXPECT_EQ(recorded(), numbers(50, 90));
}

TEST_F(RecordingTest, WithoutMotionNothingIsRecordedHoweverLongAGroupIs) {
  begin({.record = Record::motion, .pre = 5s, .post = 5s});
  group(4'500);
  group(100);
  EXPECT_EQ(recorded(), std::vector<int>());
}

TEST_F(RecordingTest, WhatCannotBeWrittenBeforeAKeyFrameIsCounted) {
  begin({.record = Record::always});
  Stretch rest{.id = id, .at = clock.now(), .video = {}, .audio = {}};
  rest.video.push_back({.dts = 0, .composition = 0, .duration = 9'000, .key = false, .data = "x"});
  writer->append(std::move(rest));
  // For broken programs only.
  for (int i = 0; i < 3'000 && writer->dropped() == 0; i++) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(writer->dropped(), 1u);
}

}  // namespace
}  // namespace qala::video
