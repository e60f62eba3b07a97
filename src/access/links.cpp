// One-time links, and who has to wait.
#include "access/town_access.h"

namespace qala::access {

namespace {
std::string object_of(UserId id) { return "user " + std::to_string(id.value); }
}  // namespace

std::optional<User> TownAccess::find_link(std::string_view code) {
  look_for_changes(std::chrono::milliseconds(0));  // it may have been made by a command this moment
  return directory_.find_link(secrets_->digest(Purpose::link, code), clock_.now());
}

Result<Link> TownAccess::make_link(UserId id, const Actor& actor) {
  Link link{.code = random_.token(18), .expires = clock_.now() + kLinkLasts};
  TRY_VOID(change(actor, "user.link_made", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(store_password(id, kNobodysPassword));
    TRY(auto insert, db_.prepare("INSERT INTO user_link (digest, user, expires) VALUES (?1, ?2, ?3)"));
    insert.bind_blob(1, secrets_->digest(Purpose::link, link.code)).bind(2, static_cast<std::int64_t>(id.value));
    TRY_VOID(insert.bind(3, link.expires.ms()).run());
    return Done{object_of(id)};
  }));
  return link;
}

Result<User> TownAccess::use_link(std::string_view code, const std::string& password_hash) {
  if (!password_hash.starts_with("$argon2id$")) return fail(ErrorKind::invalid, "password: is not hashed");
  const auto user = find_link(code);
  const auto refused = [] { return fail(ErrorKind::denied, "this link is wrong, used already, or over"); };
  if (!user) return refused();
  TRY_VOID(change({"user", user->name}, "user.link_used", [&](std::int64_t) -> Result<Done> {
    TRY(auto find, db_.prepare("DELETE FROM user_link WHERE digest=?1 AND user=?2 AND expires > ?3"));
    find.bind_blob(1, secrets_->digest(Purpose::link, code)).bind(2, static_cast<std::int64_t>(user->id.value));
    TRY_VOID(find.bind(3, clock_.now().ms()).run());
    if (db_.changes() == 0) return refused();
    TRY_VOID(store_password(user->id, password_hash));
    return Done{object_of(user->id)};
  }));
  return *user;
}

std::vector<Waiting> TownAccess::waiting() {
  std::lock_guard guard(lockout_lock_);
  std::vector<Waiting> all;
  for (const auto& [user, left] : lockout_.waiting(clock_.now())) all.push_back({.user = user, .left = left});
  return all;
}

Result<> TownAccess::unlock(UserId id, const Actor& actor) {
  if (!directory_.user(id)) return fail(ErrorKind::not_found, "there is no user " + std::to_string(id.value));
  TRY_VOID(change(actor, "user.unlocked", [&](std::int64_t) -> Result<Done> {
    TRY(auto remove, db_.prepare("DELETE FROM sign_in_failure WHERE user=?"));
    TRY_VOID(remove.bind(1, static_cast<std::int64_t>(id.value)).run());
    return Done{object_of(id)};
  }));
  std::lock_guard guard(lockout_lock_);
  lockout_.forgive(id);
  return {};
}

}  // namespace qala::access
