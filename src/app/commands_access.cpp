#include <cstdio>
#include <iostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/data_folder.h"

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
  if (const auto problem = access::password_problem(password, options.name)) return fail(ErrorKind::invalid, *problem);
  return access::hash_password(password);
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
  TRY(const auto hash, hash_of(options));
  TRY(const auto id,
      folder->access->create_user(
          {.name = options.name, .role = *role, .language = options.language, .password_hash = hash}, kActor));
  fmt::print("user {} {}\n", id.value, options.name);
  return {};
}

Result<> user_list(const std::string& data) {
  TRY(auto folder, DataFolder::open(data, false));
  for (const auto& user : folder->access->users()) {
    fmt::print("{:>6}  {:<10}  {}  {}\n", user.id.value, access::name_of(user.role), user.language, user.name);
  }
  return {};
}

Result<> user_password(const UserOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  TRY(const auto user, find_user(*folder, options.name));
  TRY(const auto hash, hash_of(options));
  return folder->access->set_password(user.id, hash, kActor);
}

Result<> user_remove(const std::string& data, const std::string& name) {
  TRY(auto folder, DataFolder::open(data, false));
  TRY(const auto user, find_user(*folder, name));
  return folder->access->remove_user(user.id, kActor);
}

}  // namespace qala::app
