#include "access/rights.h"

#include <algorithm>

#include "access/access.h"

namespace qala::access {

bool Part::contains(const Part& other) const { return (!zone || zone == other.zone) && (!kind || kind == other.kind); }

bool may(const User& user, Role role, const Part& part) {
  if (user.role >= role) return true;
  return std::ranges::any_of(user.grants,
                             [&](const RoleGrant& grant) { return grant.role >= role && grant.part.contains(part); });
}

bool may_somewhere(const User& user, Role role) {
  if (user.role >= role) return true;
  return std::ranges::any_of(user.grants, [role](const RoleGrant& grant) { return grant.role >= role; });
}

Result<> check_grants(std::span<const RoleGrant> grants) {
  if (grants.size() > kMostGrants) {
    return fail(ErrorKind::invalid, "grants: are more than " + std::to_string(kMostGrants));
  }
  for (std::size_t at = 0; at < grants.size(); at++) {
    const RoleGrant& grant = grants[at];
    const std::string where = "grants[" + std::to_string(at) + "]";
    if (grant.role != Role::op && grant.role != Role::engineer) {
      return fail(ErrorKind::invalid, where + ".role: operator or engineer; the others are for the whole town");
    }
    if (!grant.part.zone && !grant.part.kind) {
      return fail(ErrorKind::invalid, where + ": needs a zone, a kind or both; the whole town is the user's role");
    }
    if (std::ranges::count(grants, grant) > 1) return fail(ErrorKind::invalid, where + ": is there twice");
  }
  return {};
}

}  // namespace qala::access
