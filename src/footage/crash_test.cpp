// What a kill, a power cut and a lost index leave.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "footage/index.h"
#include "footage/rebuild.h"
#include "footage/testbed.h"
#include "footage/walk.h"

namespace qala::footage {
namespace {

using std::chrono::seconds;
namespace fs = std::filesystem;

std::vector<std::string> bytes_of(const std::vector<Piece>& list) {
  std::vector<std::string> bytes;
  for (const auto& piece : list) bytes.push_back(piece.bytes);
  return bytes;
}

TEST(Crash, AKillAtAnyByteLeavesEveryWholeFragmentAndNoTornOne) {
  Bench bench;
  bench.begin();
  bench.seconds(4);
  const auto all = pieces(*bench.library, bench.id);
  const std::string path = files_in(bench.folder).front();
  const auto size = fs::file_size(bench.folder + "/" + path);
  for (std::uint64_t cut = 0; cut <= size; cut += cut < 1'200 || cut + 1'200 > size ? 37 : 211) {
    const std::string folder = bench.killed();
    fs::resize_file(folder + "/" + path, cut);
    std::vector<std::string> whole;
    for (const auto& piece : all) {
      if (piece.offset + piece.bytes.size() <= cut) whole.push_back(piece.bytes);
    }
    EXPECT_EQ(bytes_of(pieces(folder, bench.id)), whole) << cut << ": before anybody has looked after it";
    TestDisk disk;
    auto again = Recorder::open(folder, bench.clock, disk);
    ASSERT_TRUE(again) << cut << ": " << again.error().message;
    EXPECT_EQ(bytes_of(pieces(folder, bench.id)), whole) << cut;
    const auto end = whole.empty() ? 0 : all[whole.size() - 1].offset + all[whole.size() - 1].bytes.size();
    if (!whole.empty()) EXPECT_EQ((*again)->counters().torn_tails, cut > end ? 1u : 0u) << cut;
    EXPECT_EQ(files_in(folder).size(), whole.empty() ? 0u : 1u) << cut << ": no file without a row";
    if (!whole.empty()) EXPECT_EQ(fs::file_size(folder + "/" + path), end) << cut << ": the torn end is cut off";
  }
}

TEST(Crash, NothingThatWasSyncedIsLostWhenThePowerFails) {
  for (unsigned seed = 0; seed < 15; seed++) {
    Bench bench;
    std::mt19937 random(seed);
    bench.begin();
    const int count = 6 + static_cast<int>(random() % 20);
    for (int at = 0; at < count; at++) {
      bench.seconds(1);
      ASSERT_TRUE(bench.recorder->sync());
    }
    const auto all = pieces(*bench.library, bench.id);
    const std::string folder = bench.killed();
    bench.disk.power_cut(bench.folder, folder, random);
    TestDisk disk;
    auto again = Recorder::open(folder, bench.clock, disk);
    ASSERT_TRUE(again) << again.error().message;
    const auto left = pieces(folder, bench.id);
    EXPECT_GE(left.size() + 5, all.size()) << "seed " << seed << ": five seconds at most";
    for (const auto& piece : left) {
      const auto same = std::ranges::find(all, piece.at, &Piece::at);
      ASSERT_NE(same, all.end());
      EXPECT_EQ(piece.bytes, same->bytes) << "seed " << seed;
    }
  }
}

TEST(Crash, ATornFragmentWithALaterWholeOneIsLeftOut) {
  Bench bench;
  bench.begin();
  bench.seconds(4);
  const auto all = pieces(*bench.library, bench.id);
  const std::string folder = bench.killed();
  auto file = File::open(folder + "/" + all[1].file, File::Mode::write);
  ASSERT_TRUE(file->write_at(all[1].offset + 5, std::as_bytes(std::span("torn", 4))));
  TestDisk disk;
  ASSERT_TRUE(Recorder::open(folder, bench.clock, disk));
  EXPECT_EQ(bytes_of(pieces(folder, bench.id)), (std::vector{all[0].bytes, all[2].bytes, all[3].bytes}));
}

TEST(Crash, ADamagedByteOfAnOldFileCostsOneFragment) {
  Bench bench;
  bench.begin();
  bench.seconds(4);
  bench.recorder->end(bench.id);
  ASSERT_TRUE(bench.recorder->sync());
  const auto all = pieces(*bench.library, bench.id);
  auto file = File::open(bench.folder + "/" + all[2].file, File::Mode::write);
  ASSERT_TRUE(file->write_at(all[2].offset + all[2].bytes.size() / 2, std::as_bytes(std::span("!", 1))));
  EXPECT_EQ(bytes_of(pieces(*bench.library, bench.id)), (std::vector{all[0].bytes, all[1].bytes, all[3].bytes}));
  std::uint64_t looked = 0;
  const auto damages = check(bench.folder, looked);
  ASSERT_TRUE(damages);
  EXPECT_EQ(looked, 4u);
  ASSERT_EQ(damages->size(), 1u);
  EXPECT_NE(damages->front().find("2026-01-17T14:40:02Z"), std::string::npos) << damages->front();
}

TEST(Crash, ARowWhoseFileWasNeverMadeGoes) {
  Bench bench;
  bench.recorder.reset();
  {
    auto index = Index::open(bench.folder);
    ASSERT_TRUE(index->begin_file({.stream = bench.id, .run = 1, .from_ms = 5, .to_ms = 5, .open = true}));
  }
  bench.recorder = bench.open();
  EXPECT_EQ(bench.recorder->counters().adopted, 1u);
  EXPECT_TRUE(Index::open(bench.folder)->open_files()->empty());
}

TEST(Crash, ARunAfterACrashIsAnotherRun) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  const std::string folder = bench.killed();
  bench.recorder = nullptr;
  TestDisk disk;
  auto again = *Recorder::open(folder, bench.clock, disk);
  bench.camera.restart();
  ASSERT_TRUE(again->begin(bench.id, bench.camera.video, bench.clock.now()));
  ASSERT_TRUE(again->append(bench.id, bench.clock.now(), bench.camera.group(), false));
  const auto spans = *(*Library::open(folder))->spans(bench.id, Instant{0}, Instant::from_ms(Bench::kFar));
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_NE(spans[0].run, spans[1].run);
}

/// Some minutes of everything that happens to a recording.
void live_through(Bench& bench, std::mt19937& random, int steps) {
  bench.begin();
  for (int at = 0; at < steps; at++) {
    switch (random() % 12) {
      case 0: bench.begin(); break;
      case 1: bench.clock.advance(seconds(1 + random() % 40)); break;
      case 2: bench.recorder->end(bench.id), bench.begin(); break;
      case 3: bench.id.stream ^= 1U, bench.begin(); break;
      case 4: bench.disk.room = random() % 3'000; break;
      default: {
        const bool motion = random() % 3 == 0;
        const int count = 1 + static_cast<int>(random() % 30);
        for (int one = 0; one < count; one++) {
          (void)bench.second(motion, random() % 4 != 0);
          (void)bench.recorder->sync();
        }
        bench.disk.room = UINT64_MAX;
      }
    }
  }
}

std::vector<Span> spans_of(const std::string& folder, StreamId id) {
  const auto found = (*Library::open(folder))->spans(id, Instant{0}, Instant::from_ms(Bench::kFar));
  EXPECT_TRUE(found) << found.error().message;
  return *found;
}

TEST(Rebuild, GivesTheSameSpansAndFragments) {
  for (unsigned seed = 0; seed < 4; seed++) {
    Bench bench;
    std::mt19937 random(seed);
    live_through(bench, random, 40);
    bench.recorder = nullptr;
    const StreamId streams[] = {{7, kMain}, {7, kSub}};
    std::vector<std::vector<Span>> spans;
    std::vector<std::vector<std::string>> bytes;
    for (const auto id : streams) {
      spans.push_back(spans_of(bench.folder, id));
      bytes.push_back(bytes_of(pieces(bench.folder, id)));
    }
    EXPECT_GT(spans[0].size() + spans[1].size(), 5u);
    for (const bool lost : {false, true}) {
      if (lost) fs::remove(index_path(bench.folder));
      const auto rebuilt = rebuild(bench.folder);
      ASSERT_TRUE(rebuilt) << rebuilt.error().message;
      EXPECT_EQ(rebuilt->files, files_in(bench.folder).size());
      EXPECT_EQ(rebuilt->unreadable + rebuilt->damaged + rebuilt->torn_tails, 0u);
      for (std::size_t at = 0; at < 2; at++) {
        EXPECT_EQ(spans_of(bench.folder, streams[at]), spans[at]) << "seed " << seed;
        EXPECT_EQ(bytes_of(pieces(bench.folder, streams[at])), bytes[at]) << "seed " << seed;
      }
    }
  }
}

TEST(Rebuild, AnIndexThatIsLostOrDamagedIsMadeAnewAtTheStart) {
  for (const bool damaged : {false, true}) {
    Bench bench;
    bench.begin();
    bench.seconds(3);
    bench.recorder = nullptr;
    const auto before = bench.spans();
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(index_path(bench.folder) + ending);
    if (damaged) {
      auto file = File::open(index_path(bench.folder), File::Mode::create);
      ASSERT_TRUE(file->write_at(0, std::as_bytes(std::span("this is no database, it only says so ................"))));
    }
    bench.recorder = bench.open();
    EXPECT_EQ(bench.spans(), before) << "also for a library that was open all the time";
  }
}

TEST(Rebuild, AFileUnderAWrongNameIsLeftAloneAndCounted) {
  Bench bench;
  bench.begin();
  bench.seconds(2);
  bench.recorder = nullptr;
  const std::string path = bench.folder + "/" + files_in(bench.folder).front();
  fs::copy_file(path, path.substr(0, path.rfind('/')) + "/150000.000-9.mp4");
  const auto rebuilt = rebuild(bench.folder);
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(rebuilt->files, 1u);
  EXPECT_EQ(rebuilt->unreadable, 1u);
}

RC_GTEST_PROP(FragmentList, IsReadAsItWasWritten, ()) {
  const auto from = *rc::gen::inRange<std::int64_t>(0, kLatestMs / 2);
  const auto first = *rc::gen::inRange<std::uint64_t>(0, 5'000);
  const auto count = *rc::gen::inRange<int>(0, 50);
  std::vector<Fragment> list;
  std::uint64_t offset = first;
  std::int64_t at = from;
  for (int one = 0; one < count; one++) {
    offset += *rc::gen::element<std::uint64_t>(0, 0, 0, 1'234'567);
    list.push_back({.offset = offset,
                    .bytes = *rc::gen::inRange<std::uint32_t>(0, kLargestFragment),
                    .at_ms = at,
                    .duration_ms = *rc::gen::inRange<std::uint32_t>(1, 70'000),
                    .key = *rc::gen::arbitrary<bool>(),
                    .motion = *rc::gen::arbitrary<bool>()});
    offset = list.back().end();
    at = std::max<std::int64_t>(0, at + *rc::gen::inRange<std::int64_t>(-2'000, 5'000));
  }
  const std::string text = encode_list(list, from, first);
  const auto back = decode_list(std::as_bytes(std::span(text)), from);
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == list);
  for (std::size_t cut = 0; cut < text.size(); cut++)
    RC_ASSERT(!decode_list(std::as_bytes(std::span(text).first(cut)), from).has_value());
}

}  // namespace
}  // namespace qala::footage
