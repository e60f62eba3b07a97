#include "app/folder_format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "alarms/schema.h"
#include "app/data_folder.h"
#include "app/test_syncs.h"
#include "ingest/unclaimed.h"
#include "temporary_folder.h"

namespace qala::app {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

std::map<std::string, std::int64_t> rooms_in(const std::string& file) {
  std::map<std::string, std::int64_t> out;
  auto db = *sqlite::Database::open(file);
  auto rows = *db.prepare("SELECT room, version FROM room_version");
  while (*rows.step()) out[rows.text(0)] = rows.integer(1);
  return out;
}

/// As Qala 0.1 left it: no format, the tables of unclaimed devices without a version.
void make_old(const std::string& path) {
  {
    const auto folder = *DataFolder::open(path, true);
    ASSERT_TRUE(ingest::Unclaimed::open(*folder->town, folder->clock));
    ASSERT_TRUE(folder->town->exec("DELETE FROM room_version WHERE room = 'ingest'"));
  }
  fs::remove(path + "/format");
}

// A room has a new step? Put its number here, and raise kFolderFormat if the one it has was released.
TEST(FolderFormat, StandsForTheVersionsOfAllRooms) {
  const TemporaryFolder folder;
  const auto data = DataFolder::open(folder.path(), true);
  ASSERT_TRUE(data);
  ASSERT_TRUE(alarms::upgrade_schema(*(*data)->town));
  ASSERT_TRUE(ingest::Unclaimed::open(*(*data)->town, (*data)->clock));
  auto rooms = rooms_in(folder.file("town.db"));
  EXPECT_LE(rooms["alarms"], 4);
  rooms.erase("alarms");
  EXPECT_EQ(rooms, (std::map<std::string, std::int64_t>{{"access", 3}, {"ingest", 1}, {"registry", 1}}));
  EXPECT_EQ(rooms_in(folder.file("audit.db")), (std::map<std::string, std::int64_t>{{"audit", 2}}));
  EXPECT_EQ(kFolderFormat, 2);
}

TEST(FolderFormat, ANewFolderIsOfThisFormatAndAnEmptyOneOfNone) {
  const TemporaryFolder folder;
  EXPECT_EQ(*folder_format(folder.path()), 0);
  EXPECT_EQ(*upgrade_folder(folder.path()), 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
  ASSERT_TRUE(DataFolder::open(folder.path(), true));
  EXPECT_EQ(*folder_format(folder.path()), kFolderFormat);
  EXPECT_EQ(*upgrade_folder(folder.path()), kFolderFormat);
  EXPECT_FALSE(fs::exists(kept_before_upgrade(folder.path(), kFolderFormat)));
}

TEST(FolderFormat, AnOlderFolderIsOpenedOnlyAfterItsUpgrade) {
  const TemporaryFolder folder;
  make_old(folder.path());
  const auto opened = DataFolder::open(folder.path(), true);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_NE(opened.error().message.find("qala upgrade"), std::string::npos);
  EXPECT_FALSE(rooms_in(folder.file("town.db")).contains("ingest"));
  ASSERT_TRUE(upgrade_folder(folder.path()));
  EXPECT_TRUE(DataFolder::open(folder.path(), false));
  EXPECT_EQ(rooms_in(folder.file("town.db")).at("ingest"), 1);
}

TEST(FolderFormat, WhatWasIsKeptBeforeTheFirstStep) {
  const TemporaryFolder folder;
  make_old(folder.path());
  ASSERT_TRUE(upgrade_folder(folder.path()));
  const std::string kept = kept_before_upgrade(folder.path(), 1);
  EXPECT_FALSE(rooms_in(kept + "/town.db").contains("ingest"));
  EXPECT_FALSE(fs::exists(kept + "/format"));
  EXPECT_TRUE(fs::exists(kept + "/audit.key"));
}

TEST(FolderFormat, WhatIsKeptIsOnTheDiskBeforeTheFirstStep) {
  const TemporaryFolder folder;
  make_old(folder.path());
  fs::create_directory(folder.file("rules"));
  for (const char* name : {"plan.geojson", "rules/frost.toml"}) std::ofstream(folder.file(name)) << name;
  test::syncs.forget();
  ASSERT_TRUE(upgrade_folder(folder.path()));
  const std::string kept = kept_before_upgrade(fs::canonical(folder.path()).string(), 1);
  EXPECT_EQ(test::syncs.missing(kept, kept + ".unfinished"), std::vector<std::string>());
  EXPECT_EQ(fs::file_size(kept + "/rules/frost.toml"), std::string("rules/frost.toml").size());
}

TEST(FolderFormat, PicturesAreKeptWithWhatWas) {
  const TemporaryFolder folder;
  make_old(folder.path());
  const std::string photo = std::string(64, 'a') + ".jpg";
  fs::create_directories(folder.file("photos"));
  std::ofstream(folder.file("photos/" + photo)) << "a lamp";
  ASSERT_TRUE(upgrade_folder(folder.path()));
  EXPECT_EQ(fs::hard_link_count(kept_before_upgrade(folder.path(), 1) + "/photos/" + photo), 2U);
}

TEST(FolderFormat, ANewerFolderIsRefusedWithTheCommandThatGoesBack) {
  const TemporaryFolder folder;
  make_old(folder.path());
  ASSERT_TRUE(upgrade_folder(folder.path()));
  std::ofstream(folder.file("format")) << "99 qala 9.9\n";
  for (const auto& refused : {DataFolder::open(folder.path(), true).error(), upgrade_folder(folder.path()).error()}) {
    EXPECT_EQ(refused.kind, ErrorKind::conflict);
    EXPECT_NE(refused.message.find("written by qala 9.9"), std::string::npos) << refused.message;
    EXPECT_NE(refused.message.find("qala restore --from " + kept_before_upgrade(folder.path(), 1)), std::string::npos);
  }
}

}  // namespace
}  // namespace qala::app
