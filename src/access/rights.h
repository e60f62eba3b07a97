#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::access {

struct User;

/// What a person may do; each may do all that the ones before may. `op` is the operator ("operator" is a C++ word).
enum class Role : std::uint8_t { viewer, op, engineer, admin };
std::string_view name_of(Role role);  ///< "operator"
std::optional<Role> role_from(std::string_view name);

/// A part of the town: what lies in a zone, what is of a kind, or both. Nothing given: the whole town. A thing is the
/// part with both given; zone 0: it lies in none.
struct Part {
  std::optional<std::uint32_t> zone = {};  ///< registry::ZoneArea::id
  std::optional<std::string> kind = {};    ///< registry::name_of(Kind)
  /// All of `other` lies within this one.
  bool contains(const Part& other) const;
  friend bool operator==(const Part&, const Part&) = default;
};

/// A role for a part of the town. Grants only add: the role that a user has everywhere is the least he has anywhere.
struct RoleGrant {
  Role role = Role::op;  ///< op or engineer: all may read, and users and tokens lie in no part
  Part part = {};
  friend bool operator==(const RoleGrant&, const RoleGrant&) = default;
};

constexpr std::size_t kMostGrants = 100;  ///< of one user

/// Has the user this role for all of `part`? By the role everywhere, or by one grant; two grants do not add up to more
/// than each of them, since a zone or kind may be added tomorrow that neither speaks of.
bool may(const User& user, Role role, const Part& part);
/// For some part at least.
bool may_somewhere(const User& user, Role role);

/// `invalid` with what is wrong: a role that cannot be had for a part, no part, the same grant twice, too many.
Result<> check_grants(std::span<const RoleGrant> grants);

}  // namespace qala::access
