#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "access/access.h"
#include "temporary_folder.h"

namespace qala::access::test {

/// Hashes of passwords that no test knows: comparing takes 25 ms, these tests say themselves what came out.
inline const std::string kHash = "$argon2id$v=19$m=19456,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA";
inline const std::string kOtherHash = "$argon2id$v=19$m=19456,t=3,p=1$BBBBBBBBBBBBBBBBBBBBBB$BBBB";

class Recorder final : public AuditSink {
 public:
  Result<> record(const Actor& actor, std::string_view action, std::string_view object,
                  std::string_view detail) override {
    if (broken) return fail(ErrorKind::full, "the audit disk is full");
    lines.push_back(actor.subject + " " + std::string(action) + " " + std::string(object) + " " + std::string(detail));
    return {};
  }
  std::vector<std::string> lines;
  bool broken = false;
};

/// Access over a town.db in a folder of its own.
struct Gate {
  Gate() { reopen(); }
  std::string path() const { return folder.file("town.db"); }
  void reopen() {
    access.reset();
    db.emplace(*sqlite::Database::open(path(), {.durable = false}));
    auto opened = Access::open(*db, path(), clock, random, audit);
    EXPECT_TRUE(opened) << opened.error().message;
    access = std::move(*opened);
    access->set_policy(policy);
  }
  UserId add_user(const std::string& name, Role role = Role::viewer) {
    return *access->create_user({.name = name, .role = role, .password_hash = kHash}, actor);
  }
  Result<NewSession> sign_in(const std::string& name, bool matched, const std::string& peer = "10.0.0.1") {
    const SignIn attempt = access->begin_sign_in(name, peer);
    if (attempt.retry_after.count() > 0) return fail(ErrorKind::unavailable, "locked");
    return access->finish_sign_in(attempt, matched);
  }
  /// Is this text in any byte of any file?
  bool database_contains(const std::string& text) const {
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      std::ostringstream content;
      content << std::ifstream(file.path(), std::ios::binary).rdbuf();
      if (content.str().find(text) != std::string::npos) return true;
    }
    return false;
  }

  tests::TemporaryFolder folder;
  SignInPolicy policy = {.key_file = folder.file("second-factor.key")};
  FakeClock clock;
  SystemRandom random;
  Recorder audit;
  Actor actor{"user", "admin"};
  std::optional<sqlite::Database> db;
  std::unique_ptr<Access> access;
};

}  // namespace qala::access::test
