// What the town chooses about signing in, who takes whose place, and people of a provider.
#include <gtest/gtest.h>

#include "access/test_gate.h"

namespace qala::access {
namespace {

using test::Gate;

std::string code_of(std::string_view password, std::string_view user = "aigul", PasswordRules rules = {}) {
  const auto weakness = weakness_of(password, user, rules);
  return weakness ? weakness->code : "";
}

TEST(PasswordRules, AskForLengthAndNothingElse) {
  EXPECT_EQ(code_of("blue lamps", "x"), "");
  EXPECT_EQ(code_of("тоғыз әріп", "x"), "");
  EXPECT_EQ(code_of("blue lamp", "x"), "password.too_short");
  EXPECT_EQ(code_of("blue lamps by the river", "x", {.least_length = 30}), "password.too_short");
  EXPECT_EQ(code_of("lamplamp", "x", {.least_length = 8}), "");
  EXPECT_EQ(code_of(std::string(2000, 'a') + "b", "x"), "password.too_long");
}

TEST(PasswordRules, RefuseWhatEverybodyTriesFirst) {
  EXPECT_EQ(code_of("Aigul.Serik", "aigul.serik"), "password.user_name");
  EXPECT_EQ(code_of("ӘСЕМ-АЙГҮЛ-1", "әсем-айгүл"), "password.user_name") << "capitals of every alphabet";
  EXPECT_EQ(code_of("QWERTYUIOP"), "password.common");
  EXPECT_EQ(code_of("password", "x", {.least_length = 8}), "password.common");
  EXPECT_EQ(code_of("жжжжжжжжжжжж"), "password.repeated");
}

TEST(PasswordRules, RefuseLittleMoreThanTheTownsName) {
  const PasswordRules rules{.town_names = {"Үшөзек", "Ушозек", "Üshözek"}};
  EXPECT_EQ(code_of("үшөзек2026", "x", rules), "password.town_name");
  EXPECT_EQ(code_of("2026ÜSHÖZEK!", "x", rules), "password.town_name");
  EXPECT_EQ(code_of("nights in üshözek are long", "x", rules), "");
  EXPECT_EQ(code_of("үшөзек2026", "x"), "") << "another town";
}

TEST(Policy, SetsTheWaitsAndTheLivesOfSessions) {
  Gate gate;
  gate.policy.free_failures = 2;
  gate.policy.first_wait = std::chrono::seconds(10);
  gate.policy.longest_wait = std::chrono::seconds(30);
  gate.policy.idle = std::chrono::hours(1);
  gate.policy.longest = std::chrono::hours(3);
  gate.reopen();
  gate.add_user("aigul");
  for (const int wait : {0, 10, 20, 30, 30}) {
    (void)gate.sign_in("aigul", false);
    const auto asked = gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after.count();
    if (wait == 0) continue;  // the look itself was a try
    EXPECT_EQ(asked, wait);
    gate.clock.advance(std::chrono::seconds(wait));
  }
  const auto opened = gate.sign_in("aigul", true, "10.0.0.9");
  EXPECT_EQ(opened->session.expires, opened->session.created + std::chrono::hours(3));
  for (int n = 0; n < 5; n++) {
    gate.clock.advance(std::chrono::minutes(40));
    EXPECT_EQ(gate.access->find_session(opened->cookie).has_value(), n < 4) << n;
  }
}

TEST(Policy, OnlyFailuresThatMakeSomebodyWaitAreWritten) {
  Gate gate;
  gate.policy.free_failures = 3;
  gate.reopen();
  const auto written = [&] {
    auto count = *gate.db->prepare("SELECT count(*) FROM sign_in_failure");
    EXPECT_TRUE(*count.step());
    return count.integer(0);
  };
  for (int n = 0; n < 20; n++) (void)gate.sign_in("nobody-" + std::to_string(n), false);
  for (int n = 0; n < 2; n++) (void)gate.sign_in("aigul", false);
  EXPECT_EQ(written(), 0);
  (void)gate.sign_in("aigul", false);
  EXPECT_EQ(written(), 1);
  gate.reopen();
  EXPECT_GT(gate.access->begin_sign_in("aigul", "10.0.0.1").retry_after.count(), 0);
}

TEST(Sessions, KnowWhereFromAndHow) {
  Gate gate;
  gate.add_user("aigul");
  auto attempt = gate.access->begin_sign_in("aigul", "192.0.2.7");
  attempt.browser = "Firefox 128, Linux";
  ASSERT_TRUE(gate.access->finish_sign_in(attempt, true));
  gate.reopen();
  const auto all = gate.access->sessions();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].browser, "Firefox 128, Linux");
  EXPECT_EQ(all[0].peer, "192.0.2.7");
  EXPECT_EQ(all[0].method, SignInMethod::password);
}

TEST(Sessions, AllOthersEndAndThisOneStays) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  gate.add_user("berik");
  const auto mine = gate.sign_in("aigul", true), other = gate.sign_in("aigul", true), his = gate.sign_in("berik", true);
  EXPECT_EQ(*gate.access->end_other_sessions(id, mine->session.id, gate.actor), 1U);
  EXPECT_TRUE(gate.access->find_session(mine->cookie));
  EXPECT_FALSE(gate.access->find_session(other->cookie));
  EXPECT_TRUE(gate.access->find_session(his->cookie));
}

TEST(Sessions, AChangedPasswordEndsTheOthers) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const auto mine = gate.sign_in("aigul", true), other = gate.sign_in("aigul", true);
  ASSERT_TRUE(gate.access->change_password(id, test::kOtherHash, mine->session.id, gate.actor));
  EXPECT_TRUE(gate.access->find_session(mine->cookie));
  EXPECT_FALSE(gate.access->find_session(other->cookie));
}

TEST(Sessions, TheNextOperatorAtThisBrowserEndsTheSessionBefore) {
  Gate gate;
  gate.add_user("aigul");
  gate.add_user("berik");
  const auto before = gate.sign_in("aigul", true), elsewhere = gate.sign_in("aigul", true);
  auto attempt = gate.access->begin_sign_in("berik", "10.0.0.1");
  attempt.replaces = before->session.id;
  gate.audit.lines.clear();
  ASSERT_TRUE(gate.access->finish_sign_in(attempt, true));
  EXPECT_FALSE(gate.access->find_session(before->cookie));
  EXPECT_TRUE(gate.access->find_session(elsewhere->cookie));
  ASSERT_EQ(gate.audit.lines.size(), 2U);
  EXPECT_TRUE(gate.audit.lines[0].starts_with("aigul session.ended session ")) << gate.audit.lines[0];
  EXPECT_TRUE(gate.audit.lines[1].starts_with("berik session.opened user ")) << gate.audit.lines[1];
}

TEST(Sessions, AWrongPasswordOfTheNextOperatorEndsNothing) {
  Gate gate;
  gate.add_user("aigul");
  gate.add_user("berik");
  const auto before = gate.sign_in("aigul", true);
  auto attempt = gate.access->begin_sign_in("berik", "10.0.0.1");
  attempt.replaces = before->session.id;
  EXPECT_FALSE(gate.access->finish_sign_in(attempt, false));
  EXPECT_TRUE(gate.access->find_session(before->cookie));
}

class Provided : public ::testing::Test {
 protected:
  ProvidedIdentity identity(const std::string& name = "aigul", std::optional<Role> role = Role::op) {
    return {.issuer = "https://id.example",
            .subject = "s-" + name,
            .name = name,
            .role = role,
            .may_create = true,
            .peer = "10.0.0.1",
            .browser = "Firefox 128, Linux"};
  }
  Gate gate;
};

TEST_F(Provided, PeopleAreMadeOnceAndKnownBySubject) {
  const auto first = gate.access->sign_in_provided(identity());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->session.method, SignInMethod::provider);
  EXPECT_TRUE(first->session.user.provider);
  auto renamed = identity("aigul.new", Role::engineer);
  renamed.subject = "s-aigul";
  const auto second = gate.access->sign_in_provided(renamed);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->session.user.id, first->session.user.id);
  EXPECT_EQ(second->session.user.role, Role::engineer) << "the provider's role counts at each sign-in";
  EXPECT_EQ(gate.access->users().size(), 1U);
}

TEST_F(Provided, PeopleHaveNoPasswordHere) {
  ASSERT_TRUE(gate.access->sign_in_provided(identity()));
  const auto attempt = gate.access->begin_sign_in("aigul", "10.0.0.1");
  EXPECT_FALSE(attempt.user);
  EXPECT_FALSE(gate.access->finish_sign_in(attempt, true));
  EXPECT_EQ(gate.access->offer_second_factor(gate.access->users()[0].id, "x").error().kind, ErrorKind::conflict);
}

TEST_F(Provided, ANameOfALocalUserIsNotTakenOver) {
  gate.add_user("aigul", Role::admin);
  EXPECT_EQ(gate.access->sign_in_provided(identity()).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(gate.sign_in("aigul", true));
}

TEST_F(Provided, StrangersAreMadeOnlyIfTheTownWantsItAndTheyHaveARole) {
  auto stranger = identity();
  stranger.may_create = false;
  EXPECT_EQ(gate.access->sign_in_provided(stranger).error().kind, ErrorKind::not_found);
  EXPECT_EQ(gate.access->sign_in_provided(identity("berik", std::nullopt)).error().kind, ErrorKind::denied);
  EXPECT_EQ(gate.access->sign_in_provided(identity("two words")).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(gate.access->users().empty());
}

TEST_F(Provided, SomebodyAnnouncedIsBoundToWhoComesFirst) {
  const UserId id = gate.add_user("aigul", Role::engineer);
  gate.add_user("boss", Role::admin);
  ASSERT_TRUE(gate.access->hand_to_provider(id, gate.actor));
  auto first = identity("aigul", std::nullopt);
  first.may_create = false;
  const auto opened = gate.access->sign_in_provided(first);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->session.user.id, id);
  EXPECT_EQ(opened->session.user.role, Role::engineer) << "the provider says nothing: it stays";
  auto other = first;
  other.subject = "s-impostor";
  EXPECT_EQ(gate.access->sign_in_provided(other).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(gate.access->set_password(id, test::kOtherHash, gate.actor));
  EXPECT_FALSE(gate.access->users()[0].provider);
  EXPECT_EQ(gate.access->sign_in_provided(first).error().kind, ErrorKind::conflict);
}

TEST_F(Provided, TheLastAdminIsNotTakenAway) {
  ASSERT_TRUE(gate.access->sign_in_provided(identity("boss", Role::admin)));
  EXPECT_EQ(gate.access->sign_in_provided(identity("boss", Role::viewer)).error().kind, ErrorKind::denied);
  gate.add_user("local", Role::admin);
  EXPECT_TRUE(gate.access->sign_in_provided(identity("boss", Role::viewer)));
}

}  // namespace
}  // namespace qala::access
