#include <array>

#include "access/access.h"

namespace qala::access {

namespace {

constexpr std::array<std::string_view, 4> kRoles = {"viewer", "operator", "engineer", "admin"};
constexpr std::array<std::string_view, 7> kScopes = {"ingest", "read",    "bus",         "admin",
                                                     "device", "gateway", "provisioning"};
constexpr std::array<std::string_view, 3> kMethods = {"password", "totp", "provider"};
constexpr std::array<std::string_view, 3> kCredentialKinds = {"token", "login", "certificate"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t at = 0; at < N; at++)
    if (names[at] == name) return static_cast<Enum>(at);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Role role) { return kRoles.at(static_cast<std::size_t>(role)); }
std::optional<Role> role_from(std::string_view name) { return find<Role>(kRoles, name); }
std::string_view name_of(SignInMethod method) { return kMethods.at(static_cast<std::size_t>(method)); }
std::string_view name_of(CredentialKind kind) { return kCredentialKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(Scope scope) { return kScopes.at(static_cast<std::size_t>(scope)); }
std::optional<Scope> scope_from(std::string_view name) { return find<Scope>(kScopes, name); }

}  // namespace qala::access
