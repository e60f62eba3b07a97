#include "app/data_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace qala::app {
namespace {

struct Folder {
  Folder() {
    std::string pattern = ::testing::TempDir() + "qala-data-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

TEST(DataFolder, IsMadeOnlyWhenAsked) {
  const Folder folder;
  const auto missing = DataFolder::open(folder.path + "/town", false);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder.path + "/town"));
  EXPECT_TRUE(DataFolder::open(folder.path + "/town", true));
  EXPECT_TRUE(DataFolder::open(folder.path + "/town", false));
}

TEST(DataFolder, OfANewerVersionIsRefusedAndNotTouched) {
  const Folder folder;
  ASSERT_TRUE(DataFolder::open(folder.path, true));
  for (const char* room : {"registry", "access"}) {
    auto db = sqlite::Database::open(folder.path + "/town.db");
    ASSERT_TRUE(db);
    const std::string where = std::string(" WHERE room = '") + room + "'";
    ASSERT_TRUE(db->exec("UPDATE room_version SET version = version + 1000" + where));
    ASSERT_EQ(db->changes(), 1) << room;
    const auto opened = DataFolder::open(folder.path, true);
    ASSERT_FALSE(opened) << room;
    EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
    EXPECT_NE(opened.error().message.find("newer"), std::string::npos) << opened.error().message;
    ASSERT_TRUE(db->exec("UPDATE room_version SET version = version - 1000" + where));
  }
  EXPECT_TRUE(DataFolder::open(folder.path, true));
}

TEST(DataFolder, AFileInItsPlaceIsRefused) {
  const Folder folder;
  FILE* file = std::fopen((folder.path + "/town").c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fclose(file);
  EXPECT_EQ(DataFolder::open(folder.path + "/town", true).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace qala::app
