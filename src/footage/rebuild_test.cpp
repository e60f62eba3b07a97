#include "footage/rebuild.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sqlite_disk.h"
#include "temporary_folder.h"

namespace qala::footage {
namespace {

TEST(FootageIndex, IsNotSetAsideForWantOfRoom) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(open_or_rebuild(folder.path(), Disk::system()));
  {
    const tests::SqliteDiskFails full(ENOSPC);
    const auto opened = open_or_rebuild(folder.path(), Disk::system());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::full) << opened.error().message;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().filename().string().find("damaged"), std::string::npos) << entry.path();
  }
  EXPECT_TRUE(open_or_rebuild(folder.path(), Disk::system()));
}

}  // namespace
}  // namespace qala::footage
