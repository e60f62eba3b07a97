#include <gtest/gtest.h>

#include <thread>

#include "access/secrets.h"
#include "access/test_gate.h"

namespace qala::access {
namespace {

using test::Gate;

TEST(Tokens, AreFoundWithTheirScopeUntilRevoked) {
  Gate gate;
  const auto token = gate.access->create_token({.name = "node-red", .scope = Scope::bus}, gate.actor);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_TRUE(is_token_shape(token->text)) << token->text;
  const auto grant = gate.access->find_token(token->text);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->scope, Scope::bus);
  EXPECT_EQ(grant->name, "node-red");
  ASSERT_TRUE(gate.access->revoke_token(token->id, gate.actor));
  EXPECT_FALSE(gate.access->find_token(token->text));
  EXPECT_EQ(gate.access->counters().refused_tokens, 1U);
  gate.reopen();
  EXPECT_FALSE(gate.access->find_token(token->text));
  EXPECT_TRUE(gate.access->tokens()->empty());
}

TEST(Tokens, AreNotStoredInClear) {
  Gate gate;
  const std::string made = gate.access->create_token({.name = "a"}, gate.actor)->text;
  ASSERT_TRUE(
      gate.access->create_token({.scope = Scope::device, .thing = ThingId(7), .text = "A1B2C3D4E5"}, gate.actor));
  ASSERT_TRUE(
      gate.access->add_login("meter-17", "password-17", {.scope = Scope::device, .thing = ThingId(8)}, gate.actor));
  for (const std::string& secret : {made, made.substr(5), std::string("A1B2C3D4E5"), std::string("password-17")}) {
    EXPECT_FALSE(gate.database_contains(secret)) << secret;
    for (const auto& line : gate.audit.lines) EXPECT_EQ(line.find(secret), std::string::npos) << line;
  }
}

TEST(Tokens, OfDevicesBelongToTheirThing) {
  Gate gate;
  ASSERT_TRUE(
      gate.access->create_token({.scope = Scope::device, .thing = ThingId(7), .text = "A1B2C3D4E5"}, gate.actor));
  EXPECT_EQ(gate.access->find_token("A1B2C3D4E5")->thing, ThingId(7));
  EXPECT_FALSE(gate.access->create_token({.scope = Scope::device}, gate.actor));
  EXPECT_FALSE(gate.access->create_token({.scope = Scope::read, .thing = ThingId(7)}, gate.actor));
  EXPECT_FALSE(gate.access->create_token({.scope = Scope::device, .thing = ThingId(7), .text = "short"}, gate.actor));
  EXPECT_EQ(gate.access->create_token({.scope = Scope::device, .thing = ThingId(9), .text = "A1B2C3D4E5"}, gate.actor)
                .error()
                .kind,
            ErrorKind::conflict);
  ASSERT_TRUE(gate.access->revoke_tokens_of(ThingId(7), gate.actor));
  EXPECT_FALSE(gate.access->find_token("A1B2C3D4E5"));
  EXPECT_TRUE(
      gate.access->create_token({.scope = Scope::device, .thing = ThingId(9), .text = "A1B2C3D4E5"}, gate.actor));
  EXPECT_EQ(gate.access->find_token("A1B2C3D4E5")->thing, ThingId(9));
}

TEST(Tokens, ExpireAndRememberWhenTheyWereUsed) {
  Gate gate;
  const auto expires = gate.clock.now() + std::chrono::hours(1);
  const auto token = gate.access->create_token({.name = "t", .expires = expires}, gate.actor);
  EXPECT_TRUE(gate.access->find_token(token->text));
  EXPECT_EQ((*gate.access->tokens())[0].last_used, gate.clock.now());
  gate.clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(gate.access->find_token(token->text));
}

TEST(Tokens, OfOneKindAreNotTakenForAnother) {
  Gate gate;
  const std::string fingerprint(64, 'a');
  ASSERT_TRUE(gate.access->add_certificate(fingerprint, {.scope = Scope::device, .thing = ThingId(1)}, gate.actor));
  ASSERT_TRUE(gate.access->add_login("user", "password", {.scope = Scope::device, .thing = ThingId(2)}, gate.actor));
  EXPECT_EQ(gate.access->find_certificate(std::string(64, 'A'))->thing, ThingId(1));
  EXPECT_EQ(gate.access->find_login("user", "password")->thing, ThingId(2));
  EXPECT_FALSE(gate.access->find_token(fingerprint));
  EXPECT_FALSE(gate.access->find_login("userpass", "word"));
  EXPECT_FALSE(gate.access->find_login("user", "Password"));
  EXPECT_FALSE(gate.access->find_certificate(""));
}

TEST(Tokens, AreNamedOnceWhenWithdrawnOrExpired) {
  Gate gate;
  const auto revoked = gate.access->create_token({.name = "revoked"}, gate.actor);
  const auto expired =
      gate.access->create_token({.name = "expired", .expires = gate.clock.now() + std::chrono::hours(1)}, gate.actor);
  const auto lasting = gate.access->create_token({.name = "lasting"}, gate.actor);
  ASSERT_TRUE(revoked && expired && lasting);
  EXPECT_TRUE(gate.access->take_withdrawn().empty());
  ASSERT_TRUE(gate.access->revoke_token(revoked->id, gate.actor));
  EXPECT_EQ(gate.access->take_withdrawn(), std::vector{revoked->id});
  gate.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(gate.access->take_withdrawn(), std::vector{expired->id});
  EXPECT_TRUE(gate.access->take_withdrawn().empty());
}

TEST(Tokens, ThatAreGoodAreNamed) {
  Gate gate;
  const auto revoked = gate.access->create_token({.name = "revoked"}, gate.actor);
  const auto expired =
      gate.access->create_token({.name = "expired", .expires = gate.clock.now() + std::chrono::hours(1)}, gate.actor);
  const auto lasting = gate.access->create_token({.name = "lasting"}, gate.actor);
  ASSERT_TRUE(revoked && expired && lasting);
  EXPECT_EQ(gate.access->good_credentials().size(), 3U);
  ASSERT_TRUE(gate.access->revoke_token(revoked->id, gate.actor));
  gate.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(gate.access->good_credentials(), std::vector{lasting->id});
  gate.reopen();
  EXPECT_EQ(gate.access->good_credentials(), std::vector{lasting->id});
}

TEST(Tokens, MadeByAnotherProcessWorkWithoutARestart) {
  Gate gate;
  EXPECT_FALSE(gate.access->find_token("unknown"));
  auto other_db = sqlite::Database::open(gate.path(), {.durable = false});
  auto other = Access::open(*other_db, gate.path(), gate.clock, gate.random, gate.audit);
  ASSERT_TRUE(other) << other.error().message;
  const auto token = (*other)->create_token({.name = "cli"}, gate.actor);
  ASSERT_TRUE(token);
  gate.clock.advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(gate.access->find_token(token->text)) << "a miss looks at once";
  ASSERT_TRUE((*other)->revoke_token(token->id, gate.actor));
  gate.clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(gate.access->find_token(token->text)) << "a revoked token must stop within a second";
}

TEST(Users, RemovedByAnotherProcessAreSignedOut) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const std::string cookie = gate.sign_in("aigul", true)->cookie;
  auto other_db = sqlite::Database::open(gate.path(), {.durable = false});
  auto other = *Access::open(*other_db, gate.path(), gate.clock, gate.random, gate.audit);
  ASSERT_TRUE(other->remove_user(id, gate.actor));
  gate.clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(gate.access->find_session(cookie));
}

TEST(Tokens, ShowATypingError) {
  Gate gate;
  std::string text = gate.access->create_token({.name = "t"}, gate.actor)->text;
  for (std::size_t at = 5; at < text.size(); at++) {
    std::string wrong = text;
    wrong[at] = wrong[at] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(is_token_shape(wrong)) << wrong;
  }
  EXPECT_FALSE(is_token_shape("qala_"));
}

TEST(Tokens, AreLookedUpByManyThreadsWhileOthersAreMade) {
  Gate gate;
  const std::string known = gate.access->create_token({.name = "known"}, gate.actor)->text;
  std::atomic<bool> stop{false};
  std::atomic<int> missed{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; n++)
    readers.emplace_back([&] {
      while (!stop) {
        if (!gate.access->find_token(known)) missed++;
        (void)gate.access->find_token("unknown");
        gate.clock.advance(std::chrono::milliseconds(20));
      }
    });
  for (int n = 0; n < 100; n++) ASSERT_TRUE(gate.access->create_token({.name = "t"}, gate.actor));
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace qala::access
