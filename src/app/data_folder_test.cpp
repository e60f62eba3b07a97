#include "app/data_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include "temporary_folder.h"

namespace qala::app {
namespace {

using tests::TemporaryFolder;

TEST(DataFolder, IsMadeOnlyWhenAsked) {
  const TemporaryFolder folder;
  const auto missing = DataFolder::open(folder.file("town"), false);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder.file("town")));
  EXPECT_TRUE(DataFolder::open(folder.file("town"), true));
  EXPECT_TRUE(DataFolder::open(folder.file("town"), false));
}

TEST(DataFolder, AnEmptyOneIsNoTownAndStaysEmpty) {
  const TemporaryFolder mount_point;
  const auto opened = DataFolder::open(mount_point.path(), false);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::not_found);
  EXPECT_NE(opened.error().message.find("there is no town in " + mount_point.path()), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(mount_point.path()));
}

TEST(DataFolder, OfANewerVersionIsRefusedAndNotTouched) {
  const TemporaryFolder folder;
  ASSERT_TRUE(DataFolder::open(folder.path(), true));
  for (const char* room : {"registry", "access"}) {
    auto db = sqlite::Database::open(folder.file("town.db"));
    ASSERT_TRUE(db);
    const std::string where = std::string(" WHERE room = '") + room + "'";
    ASSERT_TRUE(db->exec("UPDATE room_version SET version = version + 1000" + where));
    ASSERT_EQ(db->changes(), 1) << room;
    const auto opened = DataFolder::open(folder.path(), true);
    ASSERT_FALSE(opened) << room;
    EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
    EXPECT_NE(opened.error().message.find("newer"), std::string::npos) << opened.error().message;
    ASSERT_TRUE(db->exec("UPDATE room_version SET version = version - 1000" + where));
  }
  EXPECT_TRUE(DataFolder::open(folder.path(), true));
}

TEST(DataFolder, AFileInItsPlaceIsRefused) {
  const TemporaryFolder folder;
  FILE* file = std::fopen((folder.file("town")).c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fclose(file);
  EXPECT_EQ(DataFolder::open(folder.file("town"), true).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace qala::app
