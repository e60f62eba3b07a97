#include <gtest/gtest.h>

#include "access/test_gate.h"

namespace qala::access {
namespace {

using test::Gate;

TEST(Links, LetAPersonChooseAPasswordOnce) {
  Gate gate;
  const UserId id = *gate.access->create_user({.name = "aigul", .role = Role::op}, gate.actor);
  const auto link = gate.access->make_link(id, gate.actor);
  ASSERT_TRUE(link) << link.error().message;
  ASSERT_TRUE(gate.access->find_link(link->code));
  EXPECT_EQ(gate.access->find_link(link->code)->name, "aigul");
  ASSERT_TRUE(gate.access->use_link(link->code, test::kOtherHash));
  EXPECT_EQ(gate.access->begin_sign_in("aigul", "10.0.0.1").password_hash, test::kOtherHash);
  EXPECT_FALSE(gate.access->find_link(link->code));
  const auto again = gate.access->use_link(link->code, test::kHash);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::denied);
}

TEST(Links, AreOverAfterThreeDays) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const auto link = gate.access->make_link(id, gate.actor);
  gate.clock.advance(std::chrono::hours(71));
  EXPECT_TRUE(gate.access->find_link(link->code));
  gate.clock.advance(std::chrono::hours(2));
  EXPECT_FALSE(gate.access->find_link(link->code));
  EXPECT_FALSE(gate.access->use_link(link->code, test::kHash));
}

TEST(Links, ANewOneVoidsTheOneBefore) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const auto first = gate.access->make_link(id, gate.actor);
  const auto second = gate.access->make_link(id, gate.actor);
  EXPECT_FALSE(gate.access->find_link(first->code));
  EXPECT_TRUE(gate.access->find_link(second->code));
  gate.reopen();
  EXPECT_TRUE(gate.access->find_link(second->code));
}

TEST(Links, PutWhoeverKnewTheOldPasswordOut) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const auto session = gate.sign_in("aigul", true);
  ASSERT_TRUE(gate.access->make_link(id, gate.actor));
  EXPECT_FALSE(gate.access->find_session(session->cookie));
  EXPECT_NE(gate.access->begin_sign_in("aigul", "10.0.0.1").password_hash, test::kHash);
}

TEST(Links, AreVoidOnceAPasswordWasSet) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  const auto link = gate.access->make_link(id, gate.actor);
  ASSERT_TRUE(gate.access->set_password(id, test::kHash, gate.actor));
  EXPECT_FALSE(gate.access->find_link(link->code));
}

TEST(Links, AreNeitherStoredNorRecorded) {
  Gate gate;
  const auto link = gate.access->make_link(gate.add_user("aigul"), gate.actor);
  EXPECT_FALSE(gate.database_contains(link->code));
  for (const auto& line : gate.audit.lines) EXPECT_EQ(line.find(link->code), std::string::npos);
}

TEST(Locks, AreSeenAndTakenBackByAnAdmin) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  EXPECT_TRUE(gate.access->waiting().empty());
  for (int n = 0; n < 5; n++) (void)gate.sign_in("aigul", false);
  for (int n = 0; n < 5; n++) (void)gate.sign_in("nobody-like-that", false);
  ASSERT_EQ(gate.access->waiting().size(), 1U);
  EXPECT_EQ(gate.access->waiting().at(0).user, id);
  EXPECT_GT(gate.access->waiting().at(0).left.count(), 0);
  gate.reopen();
  ASSERT_EQ(gate.access->waiting().size(), 1U) << "also after a restart";
  ASSERT_TRUE(gate.access->unlock(id, gate.actor));
  EXPECT_TRUE(gate.access->waiting().empty());
  EXPECT_TRUE(gate.sign_in("aigul", true));
  gate.reopen();
  EXPECT_TRUE(gate.access->waiting().empty());
}

TEST(Users, TellWhenTheyLastSignedIn) {
  Gate gate;
  gate.add_user("aigul");
  EXPECT_FALSE(gate.access->users().at(0).last_sign_in);
  ASSERT_TRUE(gate.sign_in("aigul", true));
  gate.reopen();
  ASSERT_TRUE(gate.access->users().at(0).last_sign_in);
  EXPECT_EQ(gate.access->users().at(0).last_sign_in->ms(), gate.clock.now().ms());
}

}  // namespace
}  // namespace qala::access
