#include <gtest/gtest.h>

#include <filesystem>

#include "access/test_gate.h"
#include "access/totp.h"

namespace qala::access {
namespace {

using test::Gate;

/// What an authenticator app holds.
struct App {
  explicit App(const std::string& base32_secret) {
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : base32_secret) {
      held = held << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      bits += 5;
      if (bits >= 8) secret.push_back(std::byte(held >> (bits -= 8) & 0xff));
    }
  }
  std::string code(const Gate& gate, int away = 0) const {
    return totp_code(secret, totp_step(gate.clock.now().ms() / 1000) + away);
  }
  std::vector<std::byte> secret;
};

class SecondFactor : public ::testing::Test {
 protected:
  App enrol(UserId user, std::uint64_t keep = 0) {
    const auto offered = gate.access->offer_second_factor(user, "Üshözek");
    EXPECT_TRUE(offered);
    App app(offered->secret);
    auto codes = gate.access->confirm_second_factor(user, app.code(gate), keep, gate.actor);
    EXPECT_TRUE(codes) << codes.error().message;
    recovery = std::move(*codes);
    gate.clock.advance(std::chrono::seconds(60));  // the code of the confirmation is used
    return app;
  }
  std::string ticket(const std::string& name = "aigul", const std::string& peer = "10.0.0.1") {
    const auto made = gate.sign_in(name, true, peer);
    EXPECT_TRUE(made);
    if (made) {
      EXPECT_TRUE(made->cookie.empty());
    }
    return made ? made->second_step : std::string();
  }
  Result<NewSession> second(const std::string& with, const std::string& code, const std::string& peer = "10.0.0.1") {
    const auto attempt = gate.access->begin_second_step(with, code, peer);
    if (attempt.retry_after.count() > 0) return fail(ErrorKind::full, "locked");
    return gate.access->finish_second_step(attempt);
  }

  Gate gate;
  UserId aigul = gate.add_user("aigul", Role::op);
  std::vector<std::string> recovery;
};

TEST_F(SecondFactor, IsAskedAfterThePassword) {
  const App app = enrol(aigul);
  const auto opened = second(ticket(), app.code(gate));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->session.method, SignInMethod::totp);
  EXPECT_TRUE(gate.access->find_session(opened->cookie));
  EXPECT_TRUE(gate.access->users()[0].second_factor);
}

TEST_F(SecondFactor, IsInForceOnlyWhenACodeOfItWasSeen) {
  const auto offered = gate.access->offer_second_factor(aigul, "Üshözek");
  EXPECT_TRUE(offered->uri.starts_with("otpauth://totp/%C3%9Csh%C3%B6zek:aigul?secret=" + offered->secret));
  EXPECT_EQ(gate.access->confirm_second_factor(aigul, "000000", 0, gate.actor).error().kind, ErrorKind::denied);
  EXPECT_FALSE(gate.sign_in("aigul", true)->cookie.empty());
}

TEST_F(SecondFactor, TakesNoCodeTwice) {
  const App app = enrol(aigul);
  const std::string code = app.code(gate);
  EXPECT_TRUE(second(ticket(), code));
  EXPECT_EQ(second(ticket(), code).error().kind, ErrorKind::denied);
  gate.clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(second(ticket(), app.code(gate)));
}

TEST_F(SecondFactor, WrongCodesLockAlsoWhoKnowsThePassword) {
  const App app = enrol(aigul);
  for (int n = 0; n < 5; n++) EXPECT_EQ(second(ticket(), "000000").error().kind, ErrorKind::denied) << n;
  const auto again = gate.access->begin_sign_in("aigul", "10.0.0.1");
  EXPECT_GT(again.retry_after.count(), 0) << "the right password does not forgive wrong codes";
  // from other places too: whoever has the password has no million tries
  const std::string elsewhere = ticket("aigul", "10.0.0.2");
  EXPECT_EQ(second(elsewhere, app.code(gate), "10.0.0.2").error().kind, ErrorKind::full);
  gate.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(second(elsewhere, app.code(gate), "10.0.0.2"));
}

TEST_F(SecondFactor, ATicketIsGoodForFiveMinutesAndOneSession) {
  const App app = enrol(aigul);
  const std::string late = ticket();
  gate.clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(second(late, app.code(gate)).error().kind, ErrorKind::not_found);
  const std::string used = ticket();
  EXPECT_TRUE(second(used, app.code(gate)));
  gate.clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(second(used, app.code(gate)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(second("invented", app.code(gate)).error().kind, ErrorKind::not_found);
  const std::string stale = ticket();
  ASSERT_TRUE(gate.access->set_password(aigul, test::kOtherHash, gate.actor));
  EXPECT_EQ(second(stale, app.code(gate)).error().kind, ErrorKind::not_found) << "the password is another one now";
}

TEST_F(SecondFactor, RecoveryCodesAreTakenOnceEach) {
  enrol(aigul);
  ASSERT_EQ(recovery.size(), 10U);
  EXPECT_TRUE(second(ticket(), recovery[3]));
  EXPECT_EQ(second(ticket(), recovery[3]).error().kind, ErrorKind::denied);
  EXPECT_TRUE(second(ticket(), recovery[4]));
  const auto fresh = gate.access->renew_recovery_codes(aigul, gate.actor);
  ASSERT_TRUE(fresh);
  EXPECT_EQ(second(ticket(), recovery[5]).error().kind, ErrorKind::denied);
  EXPECT_TRUE(second(ticket(), (*fresh)[0]));
}

TEST_F(SecondFactor, NeitherSecretNorRecoveryCodesLieInTheTownsDatabase) {
  const App app = enrol(aigul);
  ASSERT_TRUE(std::filesystem::exists(gate.policy.key_file));
  std::string secret(reinterpret_cast<const char*>(app.secret.data()), app.secret.size());
  EXPECT_FALSE(gate.database_contains(secret));
  EXPECT_FALSE(gate.database_contains(base32(app.secret)));
  for (const auto& code : recovery) {
    EXPECT_FALSE(gate.database_contains(code));
    EXPECT_FALSE(gate.database_contains(plain_recovery_code(code)));
  }
  using std::filesystem::perms;
  const auto mode = std::filesystem::status(gate.policy.key_file).permissions();
  EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none);
}

TEST_F(SecondFactor, SurvivesARestartAndALostKeyIsSaid) {
  const App app = enrol(aigul);
  gate.reopen();
  EXPECT_TRUE(second(ticket(), app.code(gate)));
  std::filesystem::remove(gate.policy.key_file);
  gate.reopen();
  gate.clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(second(ticket(), app.code(gate)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(gate.access->counters().unreadable_factors, 1U);
  EXPECT_TRUE(second(ticket(), recovery[0])) << "recovery codes need no key";
  const UserId berik = gate.add_user("berik");
  const auto offered = gate.access->offer_second_factor(berik, "x");
  EXPECT_EQ(gate.access->confirm_second_factor(berik, App(offered->secret).code(gate), 0, gate.actor).error().kind,
            ErrorKind::unavailable)
      << "no fresh key beside factors of the lost one";
}

TEST_F(SecondFactor, EndsTheSessionsThatWereOpenedWithoutIt) {
  const auto mine = gate.sign_in("aigul", true), other = gate.sign_in("aigul", true);
  enrol(aigul, mine->session.id);
  EXPECT_TRUE(gate.access->find_session(mine->cookie));
  EXPECT_FALSE(gate.access->find_session(other->cookie));
}

TEST_F(SecondFactor, RequiredByThePolicyNothingElseIsOpenUntilItIsThere) {
  const UserId boss = gate.add_user("boss", Role::admin);
  gate.policy.totp_from = static_cast<int>(Role::engineer);
  gate.reopen();
  EXPECT_FALSE(gate.sign_in("aigul", true)->session.must_enrol);
  const auto opened = gate.sign_in("boss", true);
  EXPECT_TRUE(opened->session.must_enrol);
  enrol(boss, opened->session.id);
  EXPECT_FALSE(gate.access->find_session(opened->cookie)->must_enrol);
  EXPECT_EQ(gate.access->remove_second_factor(boss, gate.actor).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(gate.access->reset_second_factor(boss, gate.actor));
  EXPECT_FALSE(gate.access->find_session(opened->cookie)) << "an admin's reset ends the sessions";
  EXPECT_TRUE(gate.sign_in("boss", true)->session.must_enrol);
}

TEST_F(SecondFactor, APersonIsConfirmedByPasswordAndCode) {
  const App app = enrol(aigul);
  const auto confirm = [&](bool matched, const std::string& code) {
    return gate.access->confirm_person(gate.access->begin_sign_in("aigul", "10.0.0.1"), matched, true, code);
  };
  EXPECT_EQ(confirm(false, app.code(gate)).error().kind, ErrorKind::denied);
  EXPECT_EQ(confirm(true, "000000").error().kind, ErrorKind::denied);
  EXPECT_TRUE(confirm(true, app.code(gate)));
  EXPECT_FALSE(confirm(true, app.code(gate))) << "used";
}

}  // namespace
}  // namespace qala::access
