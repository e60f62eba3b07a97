#include "video/footage_writer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "media_files.h"
#include "temporary_folder.h"

namespace qala::video {
namespace {

using namespace std::chrono_literals;

class FootageWriterTest : public ::testing::Test {
 protected:
  /// A second of a camera, all of it a key frame.
  void good(footage::StreamId id, std::size_t bytes = 100) {
    Stretch stretch{.id = id, .at = clock.now(), .video = {}, .audio = {}};
    stretch.video.push_back({.dts = dts, .duration = 90'000, .key = true, .data = std::string(bytes, 'x')});
    dts += 90'000;
    clock.advance(1s);
    writer.append(std::move(stretch));
    done();
  }
  void begin(footage::StreamId id) { writer.begin(id, track, nullptr, clock.now()); }
  /// What was asked of the writer is done: its thread has come to what nobody has begun.
  void done() {
    Stretch unknown{.id = {99, footage::kMain}, .at = clock.now(), .video = {}, .audio = {}};
    unknown.video.push_back({.data = "x"});
    writer.append(std::move(unknown));
    for (int i = 0; i < 3'000 && writer.queued() > 0; i++) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(writer.queued(), 0u);
  }
  /// Until it tells of a trouble or of none.
  bool told(bool wanted) {
    for (int i = 0; i < 3'000; i++) {
      if (writer.words().empty() != wanted) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  qala::tests::TemporaryFolder folder;
  FakeClock clock;
  media::Track track = [] {
    auto made = qala::tests::clip_of(qala::tests::small_clip("h264_b_frames.mp4"), media::Codec::h264).track;
    made.clock = 90'000;
    return made;
  }();
  footage::StreamId one{1, footage::kMain}, two{2, footage::kMain};
  FootageWriter writer{clock};
  std::int64_t dts = 0;
};

TEST_F(FootageWriterTest, ASlowMomentIsToldForAMinute) {
  writer.open(folder.path(), {.least_free = 0});
  begin(one);
  good(one, FootageWriter::kMostQueued + 1);
  EXPECT_EQ(writer.dropped(), 1u);
  EXPECT_NE(writer.words().find("too slow"), std::string::npos) << writer.words();
  good(one);
  EXPECT_FALSE(writer.words().empty()) << "long enough to be seen";
  clock.advance(1min);
  good(one);
  EXPECT_EQ(writer.words(), "");
  EXPECT_EQ(writer.errors(), 0u);
}

TEST_F(FootageWriterTest, RetentionThatFailsIsToldWhileOthersAreWritten) {
  writer.open(folder.path(), {.least_free = 1ULL << 60});
  begin(one);
  good(one);
  writer.chores();
  ASSERT_TRUE(told(true));
  for (int i = 0; i < 3; i++) good(one);
  EXPECT_NE(writer.words().find("the disk has only"), std::string::npos)
      << "not hidden by what goes well: " << writer.words();
  writer.open(folder.path(), {.least_free = 0});
  clock.advance(2min);
  writer.chores();
  good(one);
  EXPECT_TRUE(told(false)) << "and gone when it goes well again";
}

TEST_F(FootageWriterTest, WhatOneCameraCannotWriteIsNotHiddenByAnother) {
  writer.open(folder.path(), {.least_free = 0});
  begin(one);
  begin(two);
  Stretch wrong{.id = one, .at = clock.now(), .video = {}, .audio = {}};
  wrong.video.push_back({.dts = 90'000, .duration = 90'000, .key = true, .data = "x"});
  wrong.video.push_back({.dts = 0, .duration = 90'000, .key = false, .data = "y"});
  writer.append(std::move(wrong));
  ASSERT_TRUE(told(true));
  good(two);
  EXPECT_NE(writer.words().find("camera 1 main"), std::string::npos) << writer.words();
  good(one);
  EXPECT_TRUE(told(false)) << "its own success ends it";
}

}  // namespace
}  // namespace qala::video
