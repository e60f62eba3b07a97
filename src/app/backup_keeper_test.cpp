#include "app/backup_keeper.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <fstream>

#include "app/commands.h"
#include "app/restore.h"
#include "app/test_syncs.h"
#include "registry/photos.h"
#include "temporary_folder.h"

/// What the C library does, and a test hears of it.
extern "C" int fsync(int fd) {
  qala::app::test::syncs.heard(fd);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
  qala::app::test::syncs.heard(fd);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace qala::app {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

Zone almaty() { return *Zone::find("Asia/Almaty"); }

TEST(LastScheduled, IsTheLatestTimeThatTheTownsClocksShowedTheHour) {
  const auto at = [](const char* now, std::int64_t hour) {
    return to_iso(last_scheduled(*parse_iso(now), hour, almaty())).substr(0, 19);
  };
  EXPECT_EQ(at("2026-11-23T09:30:00Z", 3), "2026-11-22T22:00:00");  // 14:30 in the town
  EXPECT_EQ(at("2026-11-22T22:00:00Z", 3), "2026-11-22T22:00:00");
  EXPECT_EQ(at("2026-11-22T21:59:59Z", 3), "2026-11-21T22:00:00");
  EXPECT_EQ(at("2026-11-23T09:30:00Z", 23), "2026-11-22T18:00:00");
  EXPECT_EQ(at("2024-03-01T00:00:00Z", 23), "2024-02-29T18:00:00");  // the day of 25 hours: 23:00 came twice
}

/// A town of one datastream, its writer, and a folder for backups.
class Backups : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.backup_folder = folder_.file("backups");
    fs::create_directories(config_.backup_folder);
    data_ = *DataFolder::open(folder_.file("town"), true);
    store_ = *data_->open_store(config_, false);
    add(10);
  }

  void add(int n) {
    readings::Batch batch;
    for (int i = 0; i < n; i++) {
      next_ += Instant::kMinute;
      batch.rows.push_back({.datastream = DatastreamId(1), .time = next_, .bits = next_});
    }
    const readings::Batch* one[] = {&batch};
    ASSERT_TRUE(store_->append(one, ""));
  }

  std::unique_ptr<BackupKeeper> keeper() {
    return std::make_unique<BackupKeeper>(config_, almaty(), clock_, *data_, *store_, writer_,
                                          [this](const std::string&) -> Result<DiskSpace> { return space_; });
  }
  /// Runs the one that is due to its end.
  api::BackupHealth run(BackupKeeper& keeper) {
    keeper.tick();
    std::promise<void> done;
    keeper.worker().post([&done] { done.set_value(); });
    done.get_future().wait();
    return keeper.health();
  }
  std::vector<StoredBackup> there() const { return list_backups(config_.backup_folder); }
  std::string newest() const { return there().back().path; }

  TemporaryFolder folder_;
  Config config_;
  FakeClock clock_;
  std::unique_ptr<DataFolder> data_;
  std::unique_ptr<readings::ReadingStore> store_;
  std::int64_t next_ = clock_.now().ns;
  DiskSpace space_{.free = 50, .total = 100};
  Worker writer_{1, "writer"};
};

TEST_F(Backups, OneIsMadeADayAndProven) {
  const auto keeper = this->keeper();
  EXPECT_TRUE(keeper->due());
  const auto health = run(*keeper);
  EXPECT_EQ(health.problem, "");
  EXPECT_EQ(health.kept, 1U);
  EXPECT_EQ(health.last_good, clock_.now());
  ASSERT_EQ(there().size(), 1U);
  EXPECT_TRUE(there()[0].proven);
  EXPECT_FALSE(keeper->due());
  clock_.advance(std::chrono::hours(24));
  EXPECT_TRUE(keeper->due());
}

TEST_F(Backups, ItIsSaidWhereTheyLieAndWhenTheNextIsDue) {
  const auto keeper = this->keeper();
  EXPECT_EQ(keeper->health().folder, config_.backup_folder);
  EXPECT_EQ(keeper->health().next, clock_.now()) << "the first is due at once";
  const auto health = run(*keeper);
  EXPECT_GT(health.next, clock_.now());
  EXPECT_LE(health.next.ns, clock_.now().ns + Instant::kDay);
  clock_.advance(std::chrono::nanoseconds(health.next.ns - clock_.now().ns));
  EXPECT_TRUE(keeper->due());
}

TEST_F(Backups, AreKnownAgainAfterARestart) {
  run(*keeper());
  const auto again = keeper();
  EXPECT_FALSE(again->due());
  EXPECT_EQ(again->health().last_good, clock_.now());
}

TEST_F(Backups, WhatDidNotChangeIsTheSameBytesTwice) {
  ASSERT_TRUE(store_->settle());
  const auto keeper = this->keeper();
  run(*keeper);
  const std::string first = newest();
  clock_.advance(std::chrono::hours(24));
  add(5);
  run(*keeper);
  ASSERT_EQ(there().size(), 2U);
  std::size_t shared = 0;
  for (const auto& entry : fs::directory_iterator(first + "/readings")) {
    if (entry.path().extension() != ".seg") continue;
    shared += fs::hard_link_count(entry.path()) == 2;
    EXPECT_TRUE(fs::exists(newest() + "/readings/" + entry.path().filename().string()));
  }
  EXPECT_GT(shared, 0U);
  fs::remove_all(first);  // whole by itself
  const auto problems = drill(newest(), folder_.file("again"), config_);
  ASSERT_TRUE(problems);
  EXPECT_EQ(*problems, std::vector<std::string>{});
}

/// A thing with a picture.
std::string add_photo(DataFolder& data, const std::string& key, const std::string& bytes) {
  const std::string name = registry::photo_name(bytes, *registry::picture_kind(bytes));
  EXPECT_TRUE(registry::Photos(data.path).keep(name, bytes));
  registry::Thing thing{.key = key};
  thing.photo = name;
  EXPECT_TRUE(data.registry->put_thing(thing, {"user", "aigul"}));
  return name;
}

TEST_F(Backups, HoldThePicturesOfThings) {
  const std::string lamp = add_photo(*data_, "L-1", "\xff\xd8\xff\xe0 a lamp");
  const auto keeper = this->keeper();
  EXPECT_EQ(run(*keeper).problem, "");
  const std::string first = newest();
  EXPECT_EQ(read_contents(first)->photos, 1U);
  const std::string bin = add_photo(*data_, "B-1", "\xff\xd8\xff\xe0 a bin");
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(run(*keeper).problem, "");
  EXPECT_EQ(fs::hard_link_count(first + "/photos/" + lamp), 2U);  // not copied again
  ASSERT_TRUE(copy_backup(newest(), folder_.file("again"), false));
  EXPECT_TRUE(fs::exists(folder_.file("again") + "/photos/" + lamp));
  EXPECT_TRUE(fs::exists(folder_.file("again") + "/photos/" + bin));
}

TEST_F(Backups, OneWithoutAPictureThatItShouldHaveIsNotProven) {
  const std::string lamp = add_photo(*data_, "L-1", "\xff\xd8\xff\xe0 a lamp");
  run(*keeper());
  std::ofstream(newest() + "/photos/" + lamp, std::ios::app) << "!";
  EXPECT_EQ(drill(newest(), folder_.file("again"), config_)->size(), 1U);
  fs::remove(newest() + "/photos/" + lamp);
  EXPECT_EQ(*drill(newest(), folder_.file("again"), config_), std::vector<std::string>{"pictures: 0 instead of 1"});
}

TEST_F(Backups, HoldOneMomentThoughReadingsComeMeanwhile) {
  auto moment = *TownSnapshot::prepare(*data_);
  ASSERT_TRUE(moment->take(*store_, *data_->registry, clock_));
  const auto before = store_->health().observations;
  add(100);
  ASSERT_TRUE(store_->settle());
  add(100);
  ASSERT_TRUE(moment->copy_to(folder_.file("copy")));
  const auto contents = read_contents(folder_.file("copy"));
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->observations, before);
  const auto problems = drill(folder_.file("copy"), folder_.file("again"), config_);
  ASSERT_TRUE(problems) << problems.error().message;
  EXPECT_EQ(*problems, std::vector<std::string>{});
}

TEST_F(Backups, TheOldestGoBeyondTheNumberKept) {
  config_.backup_keep = 2;
  const auto keeper = this->keeper();
  for (int day = 0; day < 4; day++) {
    EXPECT_EQ(run(*keeper).problem, "");
    clock_.advance(std::chrono::hours(24));
  }
  ASSERT_EQ(there().size(), 2U);
  EXPECT_EQ(there()[1].at.ns, clock_.now().ns - Instant::kDay);
  EXPECT_EQ(keeper->health().kept, 2U);
}

TEST_F(Backups, OnAFullDiskReadingsGoFirstAndTheNewestProvenOneStays) {
  const auto keeper = this->keeper();
  for (int day = 0; day < 3; day++) {
    run(*keeper);
    clock_.advance(std::chrono::hours(24));
  }
  ASSERT_EQ(there().size(), 3U);
  const std::string last = newest();
  space_.free = 4;
  EXPECT_NE(run(*keeper).problem.find("for readings"), std::string::npos);
  ASSERT_EQ(there().size(), 1U);
  EXPECT_EQ(newest(), last);
  EXPECT_TRUE(there()[0].proven);
  clock_.advance(std::chrono::hours(2));
  space_.free = 6;
  EXPECT_EQ(run(*keeper).problem, "");
  EXPECT_EQ(there().size(), 2U);
}

TEST_F(Backups, OneWhoseDrillFailedGoesOnlyOnceANewerOneIsProven) {
  const std::string failed = config_.backup_folder + "/2026-01-01T00-00-00Z";
  const auto keeper = this->keeper();
  run(*keeper);
  fs::copy(newest(), failed, fs::copy_options::recursive);
  fs::remove(failed + "/drill.json");
  clock_.advance(std::chrono::hours(24));
  run(*keeper);
  EXPECT_FALSE(fs::exists(failed));
  EXPECT_EQ(there().size(), 2U);
}

TEST_F(Backups, AMissingFolderIsAProblemAndTriedAgainInAnHour) {
  fs::remove_all(config_.backup_folder);
  const auto keeper = this->keeper();
  const auto health = run(*keeper);
  EXPECT_NE(health.problem.find("mounted"), std::string::npos) << health.problem;
  EXPECT_FALSE(fs::exists(config_.backup_folder));
  EXPECT_FALSE(keeper->due());
  clock_.advance(std::chrono::minutes(61));
  fs::create_directories(config_.backup_folder);
  EXPECT_TRUE(keeper->due());
  EXPECT_EQ(run(*keeper).problem, "");
}

TEST_F(Backups, ACopyThatDoesNotHoldWhatWasThereIsNotProven) {
  run(*keeper());
  const std::string path = newest();
  auto contents = *read_contents(path);
  contents.observations++;
  const std::string text = contents.to_json();
  std::ofstream(path + "/" + kContentsFile) << text;
  const auto problems = drill(path, folder_.file("again"), config_);
  ASSERT_TRUE(problems);
  EXPECT_EQ(problems->size(), 1U);
}

TEST_F(Backups, ADamagedFileIsFoundByTheDrill) {
  ASSERT_TRUE(store_->settle());
  run(*keeper());
  bool damaged = false;
  for (const auto& entry : fs::directory_iterator(newest() + "/readings")) {
    if (entry.path().extension() != ".seg") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 2));
    file.put('\x5a');
    damaged = true;
  }
  ASSERT_TRUE(damaged);
  const auto problems = drill(newest(), folder_.file("again"), config_);
  EXPECT_TRUE(!problems || !problems->empty());
  EXPECT_FALSE(fs::exists(folder_.file("again")));
}

TEST_F(Backups, ADrillThatKeepsFailingDoesNotFillTheDisk) {
  ASSERT_TRUE(store_->settle());
  std::string segment;
  for (const auto& entry : fs::directory_iterator(folder_.file("town/readings")))
    if (entry.path().extension() == ".seg") segment = entry.path();
  const auto whole = *read_file(segment);
  auto damaged = whole;
  damaged[damaged.size() / 2] ^= std::byte{0x5a};
  ASSERT_TRUE(write_file_atomically(segment, damaged));
  const auto keeper = this->keeper();
  for (int hour = 0; hour < 5; hour++) {
    EXPECT_NE(run(*keeper).problem, "");
    EXPECT_LE(there().size(), 2U) << hour;
    clock_.advance(std::chrono::minutes(61));
  }
  fs::remove_all(config_.backup_folder);  // no link to the damaged one
  fs::create_directories(config_.backup_folder);
  ASSERT_TRUE(write_file_atomically(segment, whole));
  EXPECT_EQ(run(*keeper).problem, "");
  EXPECT_EQ(there().size(), 1U);
}

TEST_F(Backups, ACopyWritesOverNothingElse) {
  const auto copy = [&](const std::string& to) {
    auto moment = TownSnapshot::prepare(*data_);
    EXPECT_TRUE((*moment)->take(*store_, *data_->registry, clock_));
    return (*moment)->copy_to(to);
  };
  const std::string stick = folder_.file("stick");
  fs::create_directories(stick + "/photos");
  std::ofstream(stick + "/photos/holiday.jpg") << "sea";
  const auto refused = copy(stick);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_NE(refused.error().message.find("photos"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(fs::exists(stick + "/photos/holiday.jpg"));
  EXPECT_FALSE(fs::exists(stick + "/town.db"));
  std::ofstream(data_->path + "/" + kContentsFile) << "{}";  // as a copy has that was taken for a town
  const auto itself = copy(data_->path);
  ASSERT_FALSE(itself);
  EXPECT_EQ(itself.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(fs::exists(data_->path + "/readings/log"));
  EXPECT_TRUE(copy(stick + "/new"));
  fs::rename(stick + "/new/" + kContentsFile, stick + "/new/" + kUnfinishedFile);
  EXPECT_TRUE(copy(stick + "/new")) << "one that was cut off goes on";
  EXPECT_TRUE(copy(stick + "/new")) << "and a whole one is brought up to date";
  EXPECT_FALSE(fs::exists(stick + "/new/" + kUnfinishedFile));
}

TEST_F(Backups, ACopyOfAnotherTownIsNotWrittenOver) {
  const std::string copy = folder_.file("copy");
  auto moment = TownSnapshot::prepare(*data_);
  ASSERT_TRUE((*moment)->take(*store_, *data_->registry, clock_));
  ASSERT_TRUE((*moment)->copy_to(copy));
  ASSERT_TRUE(DataFolder::open(folder_.file("other"), true));
  for (const bool whole : {true, false}) {
    if (!whole) fs::rename(copy + "/" + kContentsFile, copy + "/" + kUnfinishedFile);
    const auto refused = begin_copy(folder_.file("other"), copy);
    ASSERT_FALSE(refused) << whole;
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_NE(refused.error().message.find("another town"), std::string::npos) << refused.error().message;
    EXPECT_EQ(fs::exists(copy + "/" + kContentsFile), whole);
  }
  EXPECT_TRUE(begin_copy(data_->path, copy));
  fs::resize_file(copy + "/audit.key", 7);
  EXPECT_TRUE(begin_copy(data_->path, copy)) << "one that was cut off within the key goes on";
}

TEST_F(Backups, APictureThatWasDamagedInTheLastOneIsWholeInTheNext) {
  const std::string lamp = add_photo(*data_, "L-1", "\xff\xd8\xff\xe0 a lamp");
  const auto keeper = this->keeper();
  EXPECT_EQ(run(*keeper).problem, "");
  std::fstream(newest() + "/photos/" + lamp, std::ios::in | std::ios::out | std::ios::binary).seekp(6).put('!');
  clock_.advance(std::chrono::hours(25));
  EXPECT_EQ(run(*keeper).problem, "");
  EXPECT_EQ(there().size(), 2U);
}

TEST_F(Backups, AllOfOneIsOnTheDiskWhenItIsDoneAndOfATownThatIsRestored) {
  for (const char* folder : {"/rules", "/tls"}) fs::create_directory(data_->path + folder);
  const std::vector<std::string> small{"plan.geojson", "evidence.key", "second-factor.key", "rules/frost.toml",
                                       "tls/key.pem"};
  for (const auto& name : small) std::ofstream(data_->path + "/" + name) << name;
  fs::permissions(data_->path + "/tls/key.pem", fs::perms::owner_read | fs::perms::owner_write);
  add_photo(*data_, "L-1", "\xff\xd8\xff\xe0 a lamp");
  ASSERT_TRUE(store_->settle());
  add(5);
  test::syncs.forget();
  const std::string copy = folder_.file("a/stick/copy");
  auto moment = TownSnapshot::prepare(*data_);
  ASSERT_TRUE((*moment)->take(*store_, *data_->registry, clock_));
  ASSERT_TRUE((*moment)->copy_to(copy));
  EXPECT_EQ(test::syncs.missing(copy), std::vector<std::string>());
  const std::string restored = folder_.file("another/disk/town");
  test::syncs.forget();
  ASSERT_TRUE(copy_backup(copy, restored + "/", false));
  EXPECT_EQ(test::syncs.missing(restored), std::vector<std::string>());
  for (const char* made_in : {"another/disk", "another", ""}) {
    EXPECT_TRUE(test::syncs.contains(fs::canonical(folder_.file(made_in)).string())) << made_in;
  }
  for (const auto& name : small) {
    const std::string path = restored + "/" + name;
    EXPECT_EQ(fs::file_size(path), name.size()) << name;
    EXPECT_EQ(fs::status(path).permissions(), fs::status(data_->path + "/" + name).permissions()) << name;
  }
  EXPECT_EQ(*check(restored, config_), 0);
}

TEST_F(Backups, OneThatWasCutOffIsNotRestored) {
  EXPECT_EQ(run(*keeper()).problem, "");
  const std::string backup = newest(), unfinished = backup + "/" + kUnfinishedFile;
  std::ofstream(unfinished).flush();  // the kill came between the last two steps: it is whole
  EXPECT_TRUE(copy_backup(backup, folder_.file("whole"), false));
  EXPECT_FALSE(fs::exists(folder_.file("whole") + "/" + kUnfinishedFile));
  fs::rename(backup + "/" + kContentsFile, unfinished);
  const auto refused = copy_backup(backup, folder_.file("mixture"), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(fs::exists(folder_.file("mixture")));
}

TEST_F(Backups, ADamagedFileOfTheRadioDevicesIsFound) {
  const std::string file = data_->path + "/lorawan.db";
  ASSERT_TRUE(sqlite::Database::open(file)->exec("CREATE TABLE uplink (payload BLOB)"));
  store_.reset();
  EXPECT_EQ(*check(data_->path, config_), 0);
  std::ofstream(file) << std::string(4096, 'x');
  EXPECT_EQ(*check(data_->path, config_), 1);
}

TEST_F(Backups, OneFromAClockThatStoodAheadDoesNotStandInForThoseToCome) {
  const Instant right = clock_.now();
  clock_.set({right.ns + 365 * Instant::kDay});
  const auto keeper = this->keeper();
  run(*keeper);
  EXPECT_FALSE(keeper->due());
  clock_.set(right);
  const auto restarted = this->keeper();
  for (const auto* one : {keeper.get(), restarted.get()}) {
    EXPECT_TRUE(one->due());
    EXPECT_EQ(one->health().last_good, Instant{});
  }
  config_.backup_keep = 1;
  const auto again = this->keeper();
  EXPECT_EQ(run(*again).problem, "");
  ASSERT_EQ(there().size(), 1U);
  EXPECT_EQ(there()[0].at, right) << "it counts as the older one";
}

TEST_F(Backups, WhatAKillLeftHalfWrittenGoes) {
  const std::string left = config_.backup_folder + "/2026-01-01T00-00-00Z.unfinished";
  fs::create_directories(left + "/readings");
  fs::create_directories(config_.backup_folder + "/my own files");
  EXPECT_EQ(run(*keeper()).problem, "");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(config_.backup_folder + "/my own files"));
}

}  // namespace
}  // namespace qala::app
