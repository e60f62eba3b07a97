#include "footage/recorder.h"

#include <gtest/gtest.h>

#include "footage/testbed.h"
#include "footage/walk.h"
#include "media/fragments.h"

namespace qala::footage {
namespace {

using std::chrono::seconds;

std::vector<std::string> data_of(const std::vector<media::Sample>& samples) {
  std::vector<std::string> list;
  for (const auto& one : samples) list.push_back(one.data);
  return list;
}

TEST(Recorder, WhatWasAppendedIsFoundWhileItRecords) {
  Bench bench;
  bench.begin();
  const auto first = bench.camera.group();
  ASSERT_TRUE(bench.recorder->append(bench.id, bench.start, first, false));
  const auto found = pieces(*bench.library, bench.id, Instant{0}, Instant::from_ms(Bench::kFar), true);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].init);
  EXPECT_EQ(media::read_init(found[0].bytes)->codec_string, bench.camera.video.codec_string);
  EXPECT_EQ(found[1].at, bench.start);
  EXPECT_EQ(found[1].duration, seconds(1));
  EXPECT_TRUE(found[1].key);
  const auto samples = media::read_fragment(found[1].bytes);
  ASSERT_TRUE(samples);
  EXPECT_EQ(data_of(*samples), data_of(first));
}

TEST(Recorder, ACursorAtTheEndGoesOnWithWhatComes) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  auto cursor = *bench.library->cursor(bench.id, bench.start, bench.start + std::chrono::hours(1));
  int seen = 0;
  const auto take = [&] {
    while (true) {
      auto piece = cursor->next();
      ASSERT_TRUE(piece) << piece.error().message;
      if (!*piece) return;
      if (!(*piece)->init) EXPECT_EQ((*piece)->at, bench.start + seconds(seen++));
    }
  };
  take();
  EXPECT_EQ(seen, 2);
  bench.seconds(1);
  take();
  EXPECT_EQ(seen, 3);
  bench.seconds(310);  // over into the next file
  ASSERT_TRUE(bench.recorder->sync());
  take();
  EXPECT_EQ(seen, 313);
}

TEST(Recorder, AFileEndsAtTheFirstKeyFrameAfterFiveMinutes) {
  Bench bench;
  bench.id = {0, kMain};  // whose first file is as long as the others
  bench.begin();
  bench.seconds(300);
  EXPECT_TRUE(bench.second(false, false));
  EXPECT_EQ(files_in(bench.folder).size(), 1u);
  bench.seconds(2);
  EXPECT_EQ(files_in(bench.folder).size(), 2u);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(bench.spans(), (std::vector<Span>{{bench.start, bench.start + seconds(303), false, 1}})) << "still one run";
  const auto all = pieces(*bench.library, bench.id, Instant{0}, Instant::from_ms(Bench::kFar), true);
  EXPECT_EQ(std::ranges::count_if(all, &Piece::init), 1) << "one init segment for the run";
}

TEST(Recorder, ItsFilesAreNamedByUtcAndRun) {
  Bench bench;  // 2026-01-17T14:40:00Z
  bench.begin();
  bench.seconds(1);
  EXPECT_EQ(files_in(bench.folder), std::vector<std::string>{"7/main/20260117/144000.000-1.mp4"});
}

TEST(Recorder, ARunBeginsWithAKeyFrame) {
  Bench bench;
  EXPECT_EQ(bench.second().error().kind, ErrorKind::conflict) << "no begin()";
  bench.begin();
  EXPECT_EQ(bench.second(false, false).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(bench.second(false, true));
  EXPECT_TRUE(bench.second(false, false));
  EXPECT_EQ(bench.recorder->counters().refused, 2u);
}

TEST(Recorder, AGapAndAClockThatIsSetBackBeginNewRuns) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.clock.advance(seconds(10));
  const auto later = bench.clock.now();
  bench.seconds(2);
  bench.clock.set(bench.start - std::chrono::hours(1));
  bench.seconds(2);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(bench.spans(), (std::vector<Span>{{bench.start - std::chrono::hours(1),
                                               bench.start - std::chrono::hours(1) + seconds(2), false, 3},
                                              {bench.start, bench.start + seconds(2), false, 1},
                                              {later, later + seconds(2), false, 2}}));
}

TEST(Recorder, MotionMakesSpansOfItsOwn) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.seconds(3, true);
  bench.seconds(1);
  const std::vector<Span> wanted{{bench.start, bench.start + seconds(2), false, 1},
                                 {bench.start + seconds(2), bench.start + seconds(5), true, 1},
                                 {bench.start + seconds(5), bench.start + seconds(6), false, 1}};
  EXPECT_EQ(bench.spans(), wanted) << "while it is written";
  bench.recorder->end(bench.id);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(bench.spans(), wanted) << "from the index";
  EXPECT_EQ(*bench.library->spans(bench.id, bench.start + seconds(3), bench.start + seconds(4)),
            (std::vector<Span>{{bench.start + seconds(3), bench.start + seconds(4), true, 1}}));
}

TEST(Recorder, AFullDiskHarmsNothingAndIsRecordedOnAgain) {
  Bench bench;
  bench.begin();
  bench.seconds(3);
  const auto before = pieces(*bench.library, bench.id);
  bench.disk.room = 700;
  const auto refused = bench.second();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::full);
  EXPECT_EQ(bench.second().error().kind, ErrorKind::full) << "not even a new file";
  EXPECT_EQ(bench.recorder->counters().full, 2u);
  EXPECT_EQ(pieces(*bench.library, bench.id).size(), before.size());
  bench.disk.room = UINT64_MAX;
  EXPECT_EQ(bench.second(false, false).error().kind, ErrorKind::unavailable);
  bench.seconds(2);
  ASSERT_TRUE(bench.recorder->sync());
  const auto after = pieces(*bench.library, bench.id);
  ASSERT_EQ(after.size(), before.size() + 2);
  for (std::size_t at = 0; at < before.size(); at++) EXPECT_EQ(after[at].bytes, before[at].bytes);
  EXPECT_EQ(files_in(bench.folder).size(), 2u) << "what could not be begun has left no file";
}

TEST(Recorder, StreamsThatBeganTogetherDoNotChangeFilesTogether) {
  Bench bench;
  bench.begin();
  TestCamera other(2);
  const StreamId sub{7, kSub};
  ASSERT_TRUE(bench.recorder->begin(sub, other.video, bench.start));
  int main_at = 0, sub_at = 0;
  for (int at = 0; at < 305; at++) {
    ASSERT_TRUE(bench.recorder->append(sub, bench.clock.now(), other.group(), false));
    bench.seconds(1);
    if (main_at == 0 && std::filesystem::exists(bench.folder + "/7/main") &&
        files_in(bench.folder + "/7/main").size() > 1)
      main_at = at;
    if (sub_at == 0 && files_in(bench.folder + "/7/sub").size() > 1) sub_at = at;
  }
  EXPECT_GT(main_at, 170);
  EXPECT_GT(sub_at, 170);
  EXPECT_NE(main_at, sub_at);
}

TEST(Recorder, AfterOneLostFragmentTheRunDoesNotGoOn) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.disk.room = 700;
  EXPECT_EQ(bench.second(false, false).error().kind, ErrorKind::full);
  bench.disk.room = UINT64_MAX;
  EXPECT_EQ(bench.second(false, false).error().kind, ErrorKind::unavailable) << "what refers to it cannot be decoded";
  bench.seconds(1);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(bench.spans(), (std::vector<Span>{{bench.start, bench.start + seconds(2), false, 1},
                                              {bench.start + seconds(4), bench.start + seconds(5), false, 2}}));
}

TEST(Recorder, OfAHalfWrittenFragmentThatCannotBeCutOffNothingIsServed) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.disk.room = 100;
  bench.disk.fail_truncate = true;
  EXPECT_FALSE(bench.second());
  bench.disk.room = UINT64_MAX;
  bench.seconds(1);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(pieces(*bench.library, bench.id).size(), 3u);
}

TEST(Recorder, SyncsAllFilesTogetherEveryFewSeconds) {
  Bench bench;
  const StreamId sub{7, kSub};
  bench.begin();
  TestCamera other(2);
  ASSERT_TRUE(bench.recorder->begin(sub, other.video, bench.start));
  ASSERT_TRUE(bench.recorder->append(sub, bench.start, other.group(), false));
  for (int at = 0; at < 4; at++) {
    bench.seconds(1);
    ASSERT_TRUE(bench.recorder->sync());
    if (at < 3) EXPECT_EQ(bench.disk.syncs, 0) << at;
  }
  bench.seconds(1);
  ASSERT_TRUE(bench.recorder->sync());
  EXPECT_EQ(bench.disk.syncs, 2);
  EXPECT_TRUE(bench.disk.unsynced_names().empty()) << "and their names";
}

TEST(Recorder, AFileWhoseSyncFailsIsGivenUpForANewOne) {
  Bench bench;
  bench.begin();
  bench.seconds(5);
  bench.disk.fail_sync = true;
  EXPECT_FALSE(bench.recorder->sync());
  bench.disk.fail_sync = false;
  bench.seconds(1);
  EXPECT_EQ(files_in(bench.folder).size(), 2u);
  EXPECT_TRUE(bench.recorder->sync());
}

TEST(Recorder, OnlyOneRecordsIntoAFolder) {
  Bench bench;
  const auto second = Recorder::open(bench.folder, bench.clock, bench.disk);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(rebuild(bench.folder).error().kind, ErrorKind::conflict);
}

TEST(Recorder, FragmentsThatCannotBeAreRefused) {
  Bench bench;
  bench.begin();
  EXPECT_EQ(bench.recorder->append(bench.id, bench.start, {}, false).error().kind, ErrorKind::invalid);
  auto samples = bench.camera.group(3);
  std::swap(samples[1].dts, samples[2].dts);
  EXPECT_EQ(bench.recorder->append(bench.id, bench.start, samples, false).error().kind, ErrorKind::invalid);
  EXPECT_EQ(bench.recorder->append(bench.id, Instant{-5}, bench.camera.group(), false).error().kind,
            ErrorKind::invalid);
  EXPECT_TRUE(files_in(bench.folder).empty());
}

TEST(Recorder, SoundLiesWithItsPictures) {
  Bench bench;
  ASSERT_TRUE(bench.recorder->begin(bench.id, bench.camera.video, bench.start, &bench.camera.audio));
  const auto sound = bench.camera.sound(0, 1'000);
  ASSERT_TRUE(bench.recorder->append(bench.id, bench.start, bench.camera.group(), false, sound));
  const auto found = pieces(*bench.library, bench.id, Instant{0}, Instant::from_ms(Bench::kFar), true);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(media::read_init_tracks(found[0].bytes)->size(), 2u);
  const auto head = media::read_fragment_head(found[1].bytes);
  ASSERT_TRUE(head);
  EXPECT_EQ(data_of(*media::read_fragment(found[1].bytes.substr(head->bytes))), data_of(sound));
}

}  // namespace
}  // namespace qala::footage
