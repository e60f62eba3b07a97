#include "base/sqlite.h"

#include <gtest/gtest.h>

#include "sqlite_disk.h"
#include "temporary_folder.h"

namespace qala::sqlite {
namespace {

TEST(Sqlite, ADiskThatIsFullOrBrokenSaysNothingOfTheFile) {
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("town.db");
  ASSERT_TRUE(Database::open(path)->exec("CREATE TABLE thing (name TEXT)"));
  {
    const tests::SqliteDiskFails full(ENOSPC);  // no room for the -shm file
    const auto opened = Database::open(path);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::full);
    EXPECT_NE(opened.error().message.find("the disk is full"), std::string::npos) << opened.error().message;
  }
  auto db = Database::open(path);
  ASSERT_TRUE(db);
  for (const auto& [why, kind] : {std::pair(ENOSPC, ErrorKind::full), std::pair(EIO, ErrorKind::unavailable)}) {
    const tests::SqliteDiskFails fails(why);
    const auto written = db->exec("INSERT INTO thing VALUES ('lamp')");
    ASSERT_FALSE(written) << why;
    EXPECT_EQ(written.error().kind, kind) << written.error().message;
  }
  EXPECT_TRUE(db->exec("INSERT INTO thing VALUES ('lamp')"));
}

}  // namespace
}  // namespace qala::sqlite
