#include "audit/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include "audit/about.h"
#include "audit/chain.h"
#include "base/hex.h"
#include "base/sqlite.h"
#include "temporary_folder.h"

namespace qala::audit {
namespace {

/// A log in a folder of its own.
class AuditTest : public ::testing::Test {
 protected:
  AuditTest() { open(); }
  void open() {
    log.reset();
    auto opened = Log::open(folder, clock, random);
    ASSERT_TRUE(opened) << opened.error().message;
    log = std::move(*opened);
  }
  void add(const std::string& who, const std::string& object, const std::string& detail = "{}") {
    ASSERT_TRUE(log->append({.actor = {"user", who}, .action = "thing.changed", .object = object, .detail = detail}));
  }
  /// Changes the file behind the log's back, as somebody with a shell would.
  void tamper(const std::string& sql) {
    log.reset();
    auto db = sqlite::Database::open(folder + "/audit.db");
    ASSERT_TRUE(db);
    ASSERT_TRUE(
        db->exec("DROP TRIGGER IF EXISTS entry_is_never_changed; DROP TRIGGER IF EXISTS entry_is_never_removed; "
                 "PRAGMA foreign_keys=OFF;" +
                 sql));
  }
  std::string all_bytes() const {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ostringstream content;
      content << std::ifstream(file.path(), std::ios::binary).rdbuf();
      bytes += content.str();
    }
    return bytes;
  }

  tests::TemporaryFolder own_folder;
  const std::string folder = own_folder.path();
  FakeClock clock;
  SeededRandom random{7};
  std::unique_ptr<Log> log;
};

TEST_F(AuditTest, HoldsTogetherAcrossRestarts) {
  add("aigul", "thing A");
  open();
  add("aigul", "thing B");
  const auto verdict = verify(folder, log->head());
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->ok) << verdict->problem;
  EXPECT_EQ(verdict->entries, 3U);
  EXPECT_EQ(verdict->head, log->head());
}

TEST_F(AuditTest, FindsWhatIsAboutAnObjectAndItsParts) {
  add("aigul", "thing A");
  add("aigul", "thing AB");
  add("aigul", "datastream A/power");
  add("aigul", "datastream AB/power");
  const auto many = [&](const std::string& detail) {
    ASSERT_TRUE(log->append(
        {.actor = {"user", "aigul"}, .action = "registry.changed", .object = "2 entities", .detail = detail}));
  };
  many(R"({"thing A":{},"thing C":{}})");
  many(R"({"datastream A/heat":{},"thing C":{}})");
  many(R"({"thing AB":{},"thing C":{"name":["thing A"]}})");
  About what{.object = "thing A", .part = "datastream A/", .many = "registry.changed"};
  std::vector<std::uint64_t> found;
  for (const auto& entry : *about(folder, what)) found.push_back(entry.sequence);
  EXPECT_EQ(found, (std::vector<std::uint64_t>{7, 6, 4, 2}));
  what.limit = 2;
  what.before = 6;
  EXPECT_EQ(about(folder, what)->front().sequence, 4U);
}

TEST_F(AuditTest, TellsWhoDidWhatNewestFirst) {
  add("aigul", "thing A", "{\"street\":\"Abai\"}");
  const auto entries = recent(folder, 10);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].actor->subject, "aigul");
  EXPECT_EQ((*entries)[0].object, "thing A");
  EXPECT_EQ((*entries)[0].detail, "{\"street\":\"Abai\"}");
  EXPECT_EQ((*entries)[1].action, "audit.begun");
  EXPECT_EQ(recent(folder, 10, 2)->size(), 1U);
}

TEST_F(AuditTest, RecordsAllOfABatchOrNothing) {
  const std::vector<Event> events = {{.actor = {"user", "a"}, .action = "x", .object = "1"},
                                     {.actor = {"user", "a"}, .action = "", .object = "2"}};
  const std::string head = log->head();
  EXPECT_FALSE(log->append(events));
  EXPECT_EQ(log->head(), head);
  EXPECT_EQ(verify(folder)->entries, 1U);
  add("aigul", "thing A");
  EXPECT_TRUE(verify(folder)->ok);
}

TEST_F(AuditTest, NamesTheFirstEntryThatWasChanged) {
  for (const char* object : {"A", "B", "C"}) add("aigul", object);
  tamper("UPDATE entry SET object='X' WHERE sequence=3");
  const auto verdict = verify(folder);
  EXPECT_FALSE(verdict->ok);
  EXPECT_EQ(verdict->first_bad, 3U);
  EXPECT_EQ(verdict->entries, 2U);
}

TEST_F(AuditTest, NoticesThatAnEarlierHashWasReplacedToo) {
  for (const char* object : {"A", "B", "C"}) add("aigul", object);
  // the entry's own hash is made to fit again; the next one still holds the old
  log.reset();
  Link link;
  Hash previous;
  {
    auto db = sqlite::Database::open(folder + "/audit.db");
    auto row = db->prepare(
        "SELECT at, subject, actor_commitment, detail_commitment, action, "
        "(SELECT hash FROM entry WHERE sequence=1) FROM entry WHERE sequence=2");
    ASSERT_TRUE(*row->step());
    link = {.sequence = 2, .at_ms = row->integer(0), .action = row->text(4), .object = "X"};
    std::ranges::copy(row->blob(1), link.subject.begin());
    std::ranges::copy(row->blob(2), link.actor_commitment.begin());
    std::ranges::copy(row->blob(3), link.detail_commitment.begin());
    std::ranges::copy(row->blob(5), previous.begin());
  }
  tamper("UPDATE entry SET object='X', hash=x'" + to_hex(hash_of(previous, link)) + "' WHERE sequence=2");
  EXPECT_EQ(verify(folder)->first_bad, 3U);
}

TEST_F(AuditTest, NoticesAMissingEntryAndACutEnd) {
  for (const char* object : {"A", "B", "C"}) add("aigul", object);
  const std::string published = log->head();
  tamper(
      "DELETE FROM actor_name WHERE sequence=4; DELETE FROM detail WHERE sequence=4; DELETE FROM entry WHERE "
      "sequence=4");
  EXPECT_FALSE(verify(folder)->ok);
  EXPECT_FALSE(verify(folder, published)->ok);
  EXPECT_FALSE(Log::open(folder, clock, random).has_value());
  tamper(
      "DELETE FROM actor_name WHERE sequence=2; DELETE FROM detail WHERE sequence=2; DELETE FROM entry WHERE "
      "sequence=2");
  EXPECT_EQ(verify(folder)->first_bad, 2U);
}

TEST_F(AuditTest, NoticesAnOlderCopyByAPublishedHead) {
  add("aigul", "A");
  log.reset();
  std::filesystem::copy(folder + "/audit.db", folder + "/old.db");
  open();
  add("aigul", "B");
  const std::string published = log->head();
  log.reset();
  for (const char* part : {"/audit.db", "/audit.db-wal", "/audit.db-shm"}) std::filesystem::remove(folder + part);
  std::filesystem::rename(folder + "/old.db", folder + "/audit.db");
  EXPECT_TRUE(verify(folder)->ok) << "by itself the old copy is whole";
  const auto verdict = verify(folder, published);
  EXPECT_FALSE(verdict->ok);
  EXPECT_NE(verdict->problem.find("was cut"), std::string::npos) << verdict->problem;
  open();
  add("aigul", "another B");
  EXPECT_EQ(verify(folder, published)->first_bad, 3U) << "a rewritten end does not fit the published head either";
}

TEST_F(AuditTest, NoticesAChainSignedByAnotherKey) {
  add("aigul", "A");
  const std::string published = log->head();
  log.reset();
  for (const char* part : {"/audit.db", "/audit.db-wal", "/audit.db-shm", "/audit.key"})
    std::filesystem::remove(folder + part);
  open();
  add("aigul", "A");
  EXPECT_TRUE(verify(folder)->ok);
  EXPECT_FALSE(verify(folder, published)->ok);
}

TEST_F(AuditTest, ShowsAKeyThatWasReplaced) {
  add("aigul", "A");
  const std::string published = log->head();
  log.reset();
  std::filesystem::remove(folder + "/audit.key");
  open();
  EXPECT_EQ((*recent(folder, 1))[0].action, "audit.key_replaced");
  EXPECT_TRUE(verify(folder, published)->ok) << verify(folder, published)->problem;
}

TEST_F(AuditTest, ForgetsANameAndTheChainStillHolds) {
  add("Aigul-Serikova", "A", "{\"note\":\"private-words\"}");
  add("berik", "B");
  const std::string published = log->head();
  EXPECT_EQ(*log->erase_actor({"user", "Aigul-Serikova"}, {"user", "berik"}), 1U);
  EXPECT_EQ(*log->erase_details(std::vector<std::uint64_t>{2}, {"user", "berik"}), 1U);
  const auto verdict = verify(folder, published);
  EXPECT_TRUE(verdict->ok) << verdict->problem;
  EXPECT_EQ(verdict->erased, 2U);
  EXPECT_EQ(all_bytes().find("Serikova"), std::string::npos) << "the name is still in a file";
  EXPECT_EQ(all_bytes().find("private-words"), std::string::npos) << "the text is still in a file";
  const auto entries = *recent(folder, 10);
  EXPECT_FALSE(entries[3].actor);
  EXPECT_FALSE(entries[3].detail);
  EXPECT_EQ(entries[3].object, "A");
  EXPECT_EQ(entries[2].actor->subject, "berik");
}

TEST_F(AuditTest, ANameIsFoundWhereItStandsForAPersonOnly) {
  for (const char* detail : {R"({"name":"berik","role":"admin"})",                 // 2
                             R"({"name":"admin","role":"viewer"})",                // 3
                             R"({"shift":{"left":["aigul","admin"]}})",            // 4
                             R"({"admin":"berik"})",                               // 5
                             R"({"kind":["lamp","admin"],"scope":"admin"})",       // 6
                             R"({"note":"the admin was there"})",                  // 7
                             R"({"words":"say \"admin\""})"}) {                    // 8
    add("root", "thing", detail);
  }
  EXPECT_EQ(*naming(folder, "admin"), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(*naming(folder, "name"), std::vector<std::uint64_t>{});
  EXPECT_EQ(*naming(folder, "berik"), (std::vector<std::uint64_t>{2, 5}));
}

TEST_F(AuditTest, NoticesAnotherNameOrDetailPutInPlace) {
  add("aigul", "A");
  tamper("UPDATE actor_name SET name='berik' WHERE sequence=2");
  EXPECT_EQ(verify(folder)->first_bad, 2U);
  tamper("UPDATE actor_name SET name='aigul' WHERE sequence=2; UPDATE detail SET text='[]' WHERE sequence=2");
  EXPECT_EQ(verify(folder)->first_bad, 2U);
}

TEST_F(AuditTest, SaltsSoThatANameCannotBeGuessedFromTheChain) {
  add("aigul", "A");
  add("aigul", "A");
  auto db = sqlite::Database::open(folder + "/audit.db", {.read_only = true});
  auto row =
      db->prepare("SELECT count(DISTINCT actor_commitment), count(DISTINCT subject) FROM entry WHERE sequence > 1");
  ASSERT_TRUE(*row->step());
  EXPECT_EQ(row->integer(0), 2);
  EXPECT_EQ(row->integer(1), 1) << "the same person has the same random id";
}

TEST_F(AuditTest, KeepsItsKeyFromOthers) {
  struct stat info;
  ASSERT_EQ(::stat((folder + "/audit.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(AuditTest, RefusesAHeadThatIsNone) {
  EXPECT_EQ(verify(folder, "nonsense").error().kind, ErrorKind::invalid);
  std::string forged = log->head();
  forged[70] = forged[70] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify(folder, forged)->ok);
}

/// docs/formats/audit.md shows this entry with its numbers; the page is read and compared.
TEST(AuditFormat, GivesTheNumbersOfTheDocumentedExample) {
  Salt actor_salt, detail_salt;
  actor_salt.fill(std::byte{0x11});
  detail_salt.fill(std::byte{0x22});
  Link link{.sequence = 1, .at_ms = 1'768'660'812'345, .action = "thing.changed", .object = "thing F-12"};
  link.subject.fill(std::byte{0x33});
  link.actor_commitment = commit_actor(actor_salt, {"user", "aigul"});
  link.detail_commitment = commit_detail(detail_salt, "{}");
  std::ostringstream page;
  page << std::ifstream("docs/formats/audit.md").rdbuf();
  for (const Hash& hash : {link.actor_commitment, link.detail_commitment, hash_of(Hash{}, link)})
    EXPECT_NE(page.str().find(to_hex(hash)), std::string::npos) << to_hex(hash);
}

TEST_F(AuditTest, TwoProcessesAppendToOneChain) {
  add("first", "thing A");
  auto other = Log::open(folder, clock, random);
  ASSERT_TRUE(other) << other.error().message;
  ASSERT_TRUE(
      (*other)->append({.actor = {"user", "second"}, .action = "thing.changed", .object = "thing B", .detail = "{}"}));
  add("first", "thing C");
  const auto verdict = verify(folder, log->head());
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->ok) << verdict->problem;
  EXPECT_EQ(verdict->entries, 4U);
}

}  // namespace
}  // namespace qala::audit
