#include <cstdio>
#include <iostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/data_folder.h"
#include "app/sign_in.h"
#include "base/random.h"

namespace qala::app {

namespace {

const registry::Actor kActor{"system", "command line"};

Result<std::string> read_password() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty()) {
    return fail(ErrorKind::invalid, "give the password on standard input, one line");
  }
  return line;
}

Result<std::string> password_of(const UserOptions& options) {
  if (!options.password.empty()) return options.password;
  return read_password();
}

/// Nothing is printed: the machine already knows its secret.
Result<> add_machine(DataFolder& folder, const TokenOptions& options, const access::NewToken& token) {
  if (!options.certificate.empty()) {
    TRY([[maybe_unused]] const auto id, folder.access->add_certificate(options.certificate, token, kActor));
    return {};
  }
  TRY(const auto password, read_password());
  TRY([[maybe_unused]] const auto id, folder.access->add_login(options.user, password, token, kActor));
  return {};
}

Result<access::User> find_user(DataFolder& folder, const std::string& name) {
  for (auto& user : folder.access->users()) {
    if (user.name == name) return user;
  }
  return fail(ErrorKind::not_found, "no user \"" + name + "\"");
}

Result<std::string> hash_of(const UserOptions& options) {
  TRY(const auto password, password_of(options));
  const auto rules = sign_in_policy(options.config, options.data).passwords;
  if (const auto weak = access::weakness_of(password, options.name, rules))
    return fail(ErrorKind::invalid, "the password " + weak->text);
  return access::hash_password(password);
}

/// Below the address under which people open the control room: this command does not know it.
Result<> print_link(DataFolder& folder, UserId user) {
  TRY(const auto link, folder.access->make_link(user, kActor));
  fmt::print("/control/welcome#{}\n", link.code);
  return {};
}

Result<access::RoleGrant> grant_of(const DataFolder& folder, const UserOptions& options) {
  const auto role = access::role_from(options.role);
  if (!role) return fail(ErrorKind::invalid, "role: operator or engineer");
  access::RoleGrant grant{.role = *role};
  if (!options.kind.empty()) {
    if (!registry::kind_from(options.kind))
      return fail(ErrorKind::invalid, "kind: \"" + options.kind + "\" is unknown");
    grant.part.kind = options.kind;
  }
  if (options.zone.empty()) return grant;
  folder.registry->read([&](const registry::Registry::View& view) {
    if (const auto* zone = view.zone(options.zone)) grant.part.zone = zone->id;
  });
  if (!grant.part.zone) return fail(ErrorKind::invalid, "zone: there is no zone \"" + options.zone + "\"");
  return grant;
}

/// "zone west, kind lamp"
std::string name_of(const DataFolder& folder, const access::Part& part) {
  std::string text;
  if (part.zone) {
    text = "zone " + std::to_string(*part.zone);
    folder.registry->read([&](const registry::Registry::View& view) {
      if (const auto* zone = view.zone(*part.zone)) text = "zone " + zone->key;
    });
  }
  if (part.kind) text += (text.empty() ? "kind " : ", kind ") + *part.kind;
  return text;
}

}  // namespace

Result<> token_create(const TokenOptions& options) {
  const auto scope = access::scope_from(options.scope);
  if (!scope) return fail(ErrorKind::invalid, "scope: ingest, read, bus, admin, device, gateway or provisioning");
  TRY(auto folder, DataFolder::open(options.data, true));
  access::NewToken token{.name = options.name, .scope = *scope, .thing = {}, .expires = {}, .text = options.text};
  if (!options.thing.empty()) {
    folder->registry->read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(options.thing)) token.thing = thing->id;
    });
    if (!token.thing) return fail(ErrorKind::not_found, "no thing \"" + options.thing + "\"");
  }
  if (!options.user.empty() || !options.certificate.empty()) return add_machine(*folder, options, token);
  TRY(const auto made, folder->access->create_token(token, kActor));
  fmt::print("{}\n", made.text);
  return {};
}

Result<> token_list(const std::string& data) {
  TRY(auto folder, DataFolder::open(data, false));
  TRY(const auto tokens, folder->access->tokens());
  for (const auto& token : tokens) {
    fmt::print("{:>6}  {:<12}  {:<11}  {:<20}  {}  last used {}\n", token.id.value, access::name_of(token.scope),
               access::name_of(token.kind), to_iso(token.created), token.name,
               token.last_used ? to_iso(*token.last_used) : "never");
  }
  return {};
}

Result<> token_revoke(const std::string& data, std::uint32_t id) {
  TRY(auto folder, DataFolder::open(data, false));
  return folder->access->revoke_token(TokenId(id), kActor);
}

Result<> user_add(const UserOptions& options) {
  const auto role = access::role_from(options.role);
  if (!role) return fail(ErrorKind::invalid, "role: viewer, operator, engineer or admin");
  TRY(auto folder, DataFolder::open(options.data, true));
  access::NewUser user{.name = options.name, .role = *role, .language = options.language};
  if (!options.link && !options.provider) {
    TRY(user.password_hash, hash_of(options));
  }
  TRY(const auto id, folder->access->create_user(user, kActor));
  if (options.provider) TRY_VOID(folder->access->hand_to_provider(id, kActor));
  else if (options.link) return print_link(*folder, id);
  fmt::print("user {} {}\n", id.value, options.name);
  return {};
}

Result<> user_list(const std::string& data) {
  TRY(auto folder, DataFolder::open(data, false));
  for (const auto& user : folder->access->users()) {
    const char* how = user.provider ? ", at the provider" : user.second_factor ? ", with a second factor" : "";
    fmt::print("{:>6}  {:<10}  {}  {}  last signed in {}{}\n", user.id.value, access::name_of(user.role), user.language,
               user.name, user.last_sign_in ? to_iso(*user.last_sign_in) : "never", how);
    for (const auto& grant : user.grants) {
      fmt::print("{:>8}{:<10}  {}\n", "+ ", access::name_of(grant.role), name_of(*folder, grant.part));
    }
  }
  return {};
}

Result<> user_password(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(const auto user, find_user(*folder, options.name));
  if (options.link) return print_link(*folder, user.id);
  TRY(const auto hash, hash_of(options));
  return folder->access->set_password(user.id, hash, kActor);
}

Result<> user_grant(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(auto user, find_user(*folder, options.name));
  TRY(auto grant, grant_of(*folder, options));
  user.grants.push_back(std::move(grant));
  return folder->access->set_rights(user.id, user.role, std::move(user.grants), kActor);
}

Result<> user_revoke(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(auto user, find_user(*folder, options.name));
  TRY(const auto grant, grant_of(*folder, options));
  if (std::erase(user.grants, grant) == 0) {
    return fail(ErrorKind::not_found, options.name + " has no such role: see qala user list");
  }
  return folder->access->set_rights(user.id, user.role, std::move(user.grants), kActor);
}

Result<> user_totp_reset(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(const auto user, find_user(*folder, options.name));
  return folder->access->reset_second_factor(user.id, kActor);
}

Result<> user_to_provider(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(const auto user, find_user(*folder, options.name));
  return folder->access->hand_to_provider(user.id, kActor);
}

Result<> user_remove(const std::string& data, const std::string& name) {
  TRY(auto folder, DataFolder::open(data, false));
  TRY(const auto user, find_user(*folder, name));
  return folder->access->remove_user(user.id, kActor);
}

}  // namespace qala::app
