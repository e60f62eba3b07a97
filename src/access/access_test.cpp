#include "access/access.h"

#include <gtest/gtest.h>

#include "access/test_gate.h"

namespace qala::access {
namespace {

using test::Gate;

TEST(Passwords, AreHashedWithArgon2idAndCompared) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=3,p=1$")) << *hash;
  EXPECT_TRUE(password_matches(*hash, "correct horse"));
  EXPECT_FALSE(password_matches(*hash, "correct hors"));
  EXPECT_FALSE(password_matches("", ""));
}

TEST(Passwords, AreRefusedWhenShortCommonOrTheUserName) {
  EXPECT_TRUE(password_problem("short", "aigul"));
  EXPECT_TRUE(password_problem("1234567890", "aigul"));
  EXPECT_TRUE(password_problem("Password123", "aigul"));
  EXPECT_TRUE(password_problem("aaaaaaaaaaaa", "aigul"));
  EXPECT_TRUE(password_problem("Aigul.Serik", "aigul.serik"));
  EXPECT_TRUE(password_problem("қысқа", "aigul")) << "ten bytes are not ten characters";
  EXPECT_FALSE(password_problem("құпиясөзім", "aigul"));
  EXPECT_FALSE(password_problem("blue lamp 17", "aigul"));
}

TEST(SignIn, OpensASessionThatIsFoundByItsCookie) {
  Gate gate;
  gate.add_user("aigul", Role::op);
  const auto opened = gate.sign_in("Aigul", true);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto session = gate.access->find_session(opened->cookie);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->user.name, "aigul");
  EXPECT_EQ(session->user.role, Role::op);
  EXPECT_EQ(session->csrf, opened->session.csrf);
  EXPECT_GE(session->csrf.size(), 43U);
  EXPECT_FALSE(gate.access->find_session(opened->cookie + "x"));
  EXPECT_FALSE(gate.access->find_session(""));
}

TEST(SignIn, StoresNeitherCookieNorCsrf) {
  Gate gate;
  gate.add_user("aigul");
  const auto opened = gate.sign_in("aigul", true);
  EXPECT_FALSE(gate.database_contains(opened->cookie));
  EXPECT_FALSE(gate.database_contains(opened->session.csrf));
}

TEST(SignIn, GivesEverySessionAnotherCsrf) {
  Gate gate;
  gate.add_user("aigul");
  EXPECT_NE(gate.sign_in("aigul", true)->session.csrf, gate.sign_in("aigul", true)->session.csrf);
}

TEST(SignIn, CostsTheSameForAnUnknownUser) {
  Gate gate;
  const SignIn attempt = gate.access->begin_sign_in("nobody", "10.0.0.1");
  EXPECT_FALSE(attempt.user);
  EXPECT_TRUE(attempt.password_hash.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"));
  EXPECT_EQ(gate.access->finish_sign_in(attempt, true).error().kind, ErrorKind::denied);
}

TEST(SignIn, FailsIfThePasswordWasChangedMeanwhile) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const SignIn attempt = gate.access->begin_sign_in("aigul", "10.0.0.1");
  ASSERT_TRUE(gate.access->set_password(id, test::kOtherHash, gate.actor));
  EXPECT_FALSE(gate.access->finish_sign_in(attempt, true));
}

TEST(Sessions, EndAfterTwelveIdleHoursAndSevenDays) {
  Gate gate;
  gate.add_user("aigul");
  const std::string idle = gate.sign_in("aigul", true)->cookie, busy = gate.sign_in("aigul", true)->cookie;
  for (int hour = 0; hour < 7 * 24; hour++) {
    EXPECT_EQ(gate.access->find_session(busy).has_value(), true) << hour;
    if (hour == 13) {
      EXPECT_FALSE(gate.access->find_session(idle));
    }
    gate.clock.advance(std::chrono::hours(1));
    ASSERT_TRUE(gate.access->maintain());
  }
  EXPECT_FALSE(gate.access->find_session(busy));
}

TEST(Sessions, SurviveARestartWithTheTimeTheyWereLastSeen) {
  Gate gate;
  gate.add_user("aigul");
  const std::string cookie = gate.sign_in("aigul", true)->cookie;
  gate.clock.advance(std::chrono::hours(11));
  ASSERT_TRUE(gate.access->find_session(cookie));
  ASSERT_TRUE(gate.access->maintain());
  gate.reopen();
  gate.clock.advance(std::chrono::hours(11));
  EXPECT_TRUE(gate.access->find_session(cookie));
}

TEST(Sessions, EndWhenRevokedOrTheirUserGoesOrChangesThePassword) {
  Gate gate;
  gate.add_user("admin", Role::admin);
  const UserId id = gate.add_user("aigul");
  const auto first = gate.sign_in("aigul", true), second = gate.sign_in("aigul", true);
  ASSERT_TRUE(gate.access->end_session(first->session.id, gate.actor));
  EXPECT_FALSE(gate.access->find_session(first->cookie));
  EXPECT_EQ(gate.access->sessions().size(), 1U);
  ASSERT_TRUE(gate.access->set_password(id, test::kOtherHash, gate.actor));
  EXPECT_FALSE(gate.access->find_session(second->cookie));
  const std::string third = gate.sign_in("aigul", true)->cookie;
  ASSERT_TRUE(gate.access->remove_user(id, gate.actor));
  EXPECT_FALSE(gate.access->find_session(third));
}

TEST(LockOut, SlowsDownAfterFiveFailuresDoublingToAQuarterOfAnHour) {
  Gate gate;
  gate.add_user("aigul");
  for (int n = 0; n < 5; n++) EXPECT_EQ(gate.sign_in("aigul", false).error().kind, ErrorKind::denied) << n;
  std::chrono::seconds expected(2);
  for (int n = 0; n < 15; n++) {
    EXPECT_EQ(gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after, expected) << n;
    gate.clock.advance(expected - std::chrono::seconds(1));
    EXPECT_EQ(gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after, std::chrono::seconds(1)) << n;
    gate.clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(gate.sign_in("aigul", false).error().kind, ErrorKind::denied) << n;
    expected = std::min<std::chrono::seconds>(expected * 2, std::chrono::minutes(15));
  }
  EXPECT_EQ(gate.access->counters().locked, 30U);
}

TEST(LockOut, LocksNeitherOtherUsersNorThisOneFromElsewhere) {
  Gate gate;
  gate.add_user("aigul");
  gate.add_user("berik");
  for (int n = 0; n < 8; n++) (void)gate.sign_in("aigul", false, "10.0.0.66");
  EXPECT_GT(gate.access->begin_sign_in("aigul", "10.0.0.66").retry_after.count(), 0);
  EXPECT_TRUE(gate.sign_in("aigul", true, "10.0.0.1"));
  EXPECT_TRUE(gate.sign_in("berik", true, "10.0.0.66"));
}

TEST(LockOut, CountsTriesThatRunAtTheSameTime) {
  Gate gate;
  gate.add_user("aigul");
  int let_in = 0;
  for (int n = 0; n < 50; n++) let_in += gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after.count() == 0;
  EXPECT_EQ(let_in, 5);
}

TEST(LockOut, SurvivesARestartAndEndsWithASuccess) {
  Gate gate;
  gate.add_user("aigul");
  for (int n = 0; n < 5; n++) (void)gate.sign_in("aigul", false);
  gate.reopen();
  EXPECT_GT(gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after.count(), 0);
  gate.clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(gate.sign_in("aigul", true));
  EXPECT_EQ(gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after.count(), 0);
}

TEST(LockOut, NeverWritesDownTheNameThatWasTyped) {
  Gate gate;
  for (int n = 0; n < 5; n++) (void)gate.sign_in("my-secret-password", false);
  EXPECT_FALSE(gate.database_contains("my-secret-password"));
  for (const auto& line : gate.audit.lines) EXPECT_EQ(line.find("my-secret"), std::string::npos);
}

TEST(LockOut, TakesAHouseholdsIpv6NetworkForOnePlace) {
  Gate gate;
  for (int n = 0; n < 5; n++) (void)gate.sign_in("x", false, "[2001:db8:1:2::" + std::to_string(n + 1) + "]:443");
  EXPECT_GT(gate.access->begin_sign_in("x", "2001:db8:1:2:ffff::9").retry_after.count(), 0);
  EXPECT_EQ(gate.access->begin_sign_in("x", "2001:db8:1:3::1").retry_after.count(), 0);
}

TEST(Setup, MakesTheFirstAdminOnceWithACodeThatIsNotStored) {
  Gate gate;
  EXPECT_TRUE(gate.access->setup_open());
  const std::string code = *gate.access->make_setup_code(), second = *gate.access->make_setup_code();
  EXPECT_FALSE(gate.database_contains(code));
  gate.reopen();
  const NewUser admin{.name = "aigul", .password_hash = test::kHash};
  EXPECT_EQ(gate.access->setup("wrong", admin, "10.0.0.1").error().kind, ErrorKind::denied);
  const auto opened = gate.access->setup(code, admin, "10.0.0.1");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->session.user.role, Role::admin);
  EXPECT_FALSE(gate.access->setup_open());
  EXPECT_EQ(gate.access->setup(second, {.name = "b", .password_hash = test::kHash}, "").error().kind,
            ErrorKind::denied);
  EXPECT_EQ(gate.access->make_setup_code().error().kind, ErrorKind::conflict);
}

TEST(Users, KeepTheLastAdmin) {
  Gate gate;
  const UserId admin = gate.add_user("admin", Role::admin);
  EXPECT_EQ(gate.access->remove_user(admin, gate.actor).error().kind, ErrorKind::conflict);
  EXPECT_EQ(gate.access->set_role(admin, Role::viewer, gate.actor).error().kind, ErrorKind::conflict);
  gate.add_user("second", Role::admin);
  EXPECT_TRUE(gate.access->remove_user(admin, gate.actor));
}

TEST(Users, HaveNamesThatDifferByMoreThanCapitals) {
  Gate gate;
  gate.add_user("aigul");
  EXPECT_EQ(gate.access->create_user({.name = "AIGUL", .password_hash = test::kHash}, gate.actor).error().kind,
            ErrorKind::conflict);
  EXPECT_EQ(gate.access->create_user({.name = "two words", .password_hash = test::kHash}, gate.actor).error().kind,
            ErrorKind::invalid);
}

TEST(Users, KeepTheirLanguage) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  ASSERT_TRUE(gate.access->set_language(id, "ru", gate.actor));
  gate.reopen();
  EXPECT_EQ(gate.access->users()[0].language, "ru");
  EXPECT_FALSE(gate.access->set_language(id, "xx", gate.actor));
}

TEST(Changes, DoNotHappenIfTheyCannotBeAudited) {
  Gate gate;
  gate.audit.broken = true;
  EXPECT_FALSE(gate.access->create_token({.name = "t"}, gate.actor));
  EXPECT_FALSE(gate.access->create_user({.name = "u", .password_hash = test::kHash}, gate.actor));
  gate.audit.broken = false;
  EXPECT_TRUE(gate.access->tokens()->empty());
  EXPECT_TRUE(gate.access->users().empty());
}

}  // namespace
}  // namespace qala::access
