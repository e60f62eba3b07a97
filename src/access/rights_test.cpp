#include "access/rights.h"

#include <gtest/gtest.h>

#include "access/test_gate.h"

namespace qala::access {
namespace {

using test::Gate;

const Part kTown;
const Part kWest{.zone = 1};
const Part kLamps{.zone = {}, .kind = "lamp"};
const Part kLampInWest{.zone = 1, .kind = "lamp"};
const Part kLampInEast{.zone = 2, .kind = "lamp"};
const Part kLampInNoZone{.zone = 0, .kind = "lamp"};
const Part kMeterInWest{.zone = 1, .kind = "meter"};

User person(Role role, std::vector<RoleGrant> grants = {}) { return {.name = "aigul", .role = role, .grants = grants}; }

TEST(Rights, OfTheRoleEverywhereHoldForEveryPart) {
  for (const auto& part : {kTown, kWest, kLamps, kLampInWest, kLampInNoZone}) {
    EXPECT_TRUE(may(person(Role::op), Role::op, part));
    EXPECT_TRUE(may(person(Role::op), Role::viewer, part));
    EXPECT_FALSE(may(person(Role::op), Role::engineer, part));
  }
}

TEST(Rights, ForAZoneHoldForWhatLiesInIt) {
  const User west = person(Role::viewer, {{Role::op, kWest}});
  EXPECT_TRUE(may(west, Role::op, kLampInWest));
  EXPECT_TRUE(may(west, Role::op, kMeterInWest));
  EXPECT_TRUE(may(west, Role::op, kWest));
  EXPECT_FALSE(may(west, Role::op, kLampInEast));
  EXPECT_FALSE(may(west, Role::op, kLampInNoZone));
  EXPECT_FALSE(may(west, Role::op, kLamps)) << "lamps are elsewhere, too";
  EXPECT_FALSE(may(west, Role::op, kTown));
  EXPECT_FALSE(may(west, Role::engineer, kLampInWest));
}

TEST(Rights, ForAKindHoldInEveryZone) {
  const User lamps = person(Role::viewer, {{Role::engineer, kLamps}});
  EXPECT_TRUE(may(lamps, Role::op, kLampInWest));
  EXPECT_TRUE(may(lamps, Role::engineer, kLampInEast));
  EXPECT_TRUE(may(lamps, Role::engineer, kLampInNoZone));
  EXPECT_FALSE(may(lamps, Role::op, kMeterInWest));
  EXPECT_FALSE(may(lamps, Role::op, kWest));
}

TEST(Rights, ForAZoneAndAKindNeedBoth) {
  const User few = person(Role::viewer, {{Role::op, kLampInWest}});
  EXPECT_TRUE(may(few, Role::op, kLampInWest));
  EXPECT_FALSE(may(few, Role::op, kMeterInWest));
  EXPECT_FALSE(may(few, Role::op, kLampInEast));
}

TEST(Rights, OfTwoGrantsAreNotAddedUp) {
  const User both = person(Role::viewer, {{Role::op, kWest}, {Role::op, Part{.zone = 2}}});
  EXPECT_FALSE(may(both, Role::op, kTown));
  EXPECT_FALSE(may(both, Role::op, kLamps));
}

TEST(Rights, GrantsOnlyAdd) {
  const User engineer = person(Role::engineer, {{Role::op, kWest}});
  EXPECT_TRUE(may(engineer, Role::engineer, kLampInWest));
  EXPECT_TRUE(may_somewhere(engineer, Role::engineer));
}

TEST(Rights, SomewhereAreThoseOfAnyGrant) {
  EXPECT_TRUE(may_somewhere(person(Role::viewer, {{Role::op, kWest}}), Role::op));
  EXPECT_FALSE(may_somewhere(person(Role::viewer, {{Role::op, kWest}}), Role::engineer));
  EXPECT_FALSE(may_somewhere(person(Role::viewer), Role::op));
}

TEST(Grants, ThatMeanNothingAreRefused) {
  const auto problem = [](std::vector<RoleGrant> grants) {
    const auto checked = check_grants(grants);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(problem({{Role::op, kWest}, {Role::engineer, kWest}}), "");
  EXPECT_TRUE(problem({{Role::admin, kWest}}).starts_with("grants[0].role"));
  EXPECT_TRUE(problem({{Role::viewer, kWest}}).starts_with("grants[0].role"));
  EXPECT_TRUE(problem({{Role::op, kWest}, {Role::op, kTown}}).starts_with("grants[1]: needs"));
  EXPECT_TRUE(problem({{Role::op, kWest}, {Role::op, kWest}}).starts_with("grants[0]: is there twice"));
  EXPECT_TRUE(problem(std::vector<RoleGrant>(kMostGrants + 1, {Role::op, kWest})).starts_with("grants: are more"));
}

TEST(Grants, AreKeptAcrossARestartAndKnownToTheSession) {
  Gate gate;
  const UserId id = *gate.access->create_user(
      {.name = "aigul", .role = Role::viewer, .password_hash = test::kHash, .grants = {{Role::op, kWest}}}, gate.actor);
  const auto signed_in = gate.sign_in("aigul", true);
  ASSERT_TRUE(
      gate.access->set_rights(id, Role::viewer, {{Role::engineer, kLampInWest}, {Role::op, kLamps}}, gate.actor));
  gate.reopen();
  const auto session = gate.access->find_session(signed_in->cookie);
  ASSERT_TRUE(session);
  EXPECT_TRUE(may(session->user, Role::engineer, kLampInWest));
  EXPECT_TRUE(may(session->user, Role::op, kLampInEast));
  EXPECT_FALSE(may(session->user, Role::op, kMeterInWest)) << "what was granted before is taken back";
}

TEST(Grants, AreInTheRecordOfWhoDidWhat) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  ASSERT_TRUE(gate.access->set_rights(id, Role::op, {{Role::engineer, kLampInWest}}, gate.actor));
  EXPECT_EQ(
      gate.audit.lines.back(),
      R"(admin user.rights_changed user 1 {"role":"operator","grants":[{"role":"engineer","zone":1,"kind":"lamp"}]})");
}

TEST(Grants, AreNotTakenHalf) {
  Gate gate;
  const UserId id = gate.add_user("aigul", Role::op);
  gate.audit.broken = true;
  EXPECT_FALSE(gate.access->set_rights(id, Role::viewer, {{Role::engineer, kWest}}, gate.actor));
  EXPECT_EQ(gate.access->users().at(0).role, Role::op);
  EXPECT_TRUE(gate.access->users().at(0).grants.empty());
}

TEST(Grants, TheLastAdminStaysOne) {
  Gate gate;
  const UserId id = gate.add_user("root", Role::admin);
  const auto done = gate.access->set_rights(id, Role::engineer, {}, gate.actor);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::conflict);
}

TEST(Grants, GoWithTheUser) {
  Gate gate;
  const UserId id = gate.add_user("aigul");
  gate.add_user("root", Role::admin);
  ASSERT_TRUE(gate.access->set_rights(id, Role::viewer, {{Role::op, kWest}}, gate.actor));
  ASSERT_TRUE(gate.access->make_link(id, gate.actor));
  ASSERT_TRUE(gate.access->remove_user(id, gate.actor));
  gate.reopen();
  EXPECT_EQ(gate.access->users().size(), 1U);
}

}  // namespace
}  // namespace qala::access
