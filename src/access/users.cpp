#include <algorithm>

#include "access/town_access.h"
#include "base/json_writer.h"

namespace qala::access {

namespace {

std::string object_of(UserId id) { return "user " + std::to_string(id.value); }

Error no_such_user(UserId id) { return fail(ErrorKind::not_found, "there is no user " + std::to_string(id.value)); }

bool is_language(std::string_view language) { return language == "kk" || language == "ru" || language == "en"; }

Result<> check_name(std::string_view name) {
  const bool plain =
      std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > 64 || !plain)
    return fail(ErrorKind::invalid, "name: is empty, longer than 64 bytes, or has spaces");
  return {};
}

}  // namespace

Result<UserId> TownAccess::insert_user(const NewUser& user) {
  TRY_VOID(check_name(user.name));
  if (!is_language(user.language)) return fail(ErrorKind::invalid, "language: is not kk, ru or en");
  if (!user.password_hash.starts_with("$argon2id$")) return fail(ErrorKind::invalid, "password: is not hashed");
  TRY(auto taken, db_.prepare("SELECT 1 FROM user WHERE name=?"));
  TRY(const bool exists, taken.bind(1, user.name).step());
  if (exists) return fail(ErrorKind::conflict, "there is a user \"" + user.name + "\" already");
  TRY(auto insert,
      db_.prepare("INSERT INTO user (name, password_hash, role, language, created) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, user.name).bind(2, user.password_hash).bind(3, name_of(user.role)).bind(4, user.language);
  TRY_VOID(insert.bind(5, clock_.now().ms()).run());
  return UserId(static_cast<std::uint32_t>(db_.last_insert_id()));
}

Result<UserId> TownAccess::create_user(NewUser user, const Actor& actor) {
  UserId id;
  TRY_VOID(change(actor, "user.created", [&](std::int64_t) -> Result<Done> {
    TRY(id, insert_user(user));
    Done done{object_of(id), {}};
    JsonWriter(done.detail).object().field("name", user.name).field("role", name_of(user.role)).end();
    return done;
  }));
  return id;
}

Result<> TownAccess::keep_an_admin(UserId without) {
  TRY(auto count, db_.prepare("SELECT (SELECT count(*) FROM user WHERE role='admin' AND id<>?1), "
                              "(SELECT count(*) FROM user WHERE role='admin' AND id=?1)"));
  TRY([[maybe_unused]] const bool any, count.bind(1, static_cast<std::int64_t>(without.value)).step());
  if (count.integer(0) == 0 && count.integer(1) > 0) return fail(ErrorKind::conflict, "this is the last admin");
  return {};
}

Result<> TownAccess::remove_user(UserId id, const Actor& actor) {
  return change(actor, "user.removed", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(keep_an_admin(id));
    TRY(auto sessions, db_.prepare("DELETE FROM session WHERE user=?"));
    TRY_VOID(sessions.bind(1, static_cast<std::int64_t>(id.value)).run());
    TRY(auto remove, db_.prepare("DELETE FROM user WHERE id=?"));
    TRY_VOID(remove.bind(1, static_cast<std::int64_t>(id.value)).run());
    if (db_.changes() == 0) return no_such_user(id);
    return Done{object_of(id)};
  });
}

Result<> TownAccess::set_role(UserId id, Role role, const Actor& actor) {
  return change(actor, "user.role_changed", [&](std::int64_t) -> Result<Done> {
    if (role != Role::admin) TRY_VOID(keep_an_admin(id));
    TRY(auto update, db_.prepare("UPDATE user SET role=?2 WHERE id=?1"));
    TRY_VOID(update.bind(1, static_cast<std::int64_t>(id.value)).bind(2, name_of(role)).run());
    if (db_.changes() == 0) return no_such_user(id);
    Done done{object_of(id), {}};
    JsonWriter(done.detail).object().field("role", name_of(role)).end();
    return done;
  });
}

Result<> TownAccess::set_language(UserId id, std::string_view language, const Actor& actor) {
  if (!is_language(language)) return fail(ErrorKind::invalid, "language: is not kk, ru or en");
  return change(actor, "user.language_changed", [&](std::int64_t) -> Result<Done> {
    TRY(auto update, db_.prepare("UPDATE user SET language=?2 WHERE id=?1"));
    TRY_VOID(update.bind(1, static_cast<std::int64_t>(id.value)).bind(2, language).run());
    if (db_.changes() == 0) return no_such_user(id);
    return Done{object_of(id)};
  });
}

Result<> TownAccess::set_password(UserId id, const std::string& password_hash, const Actor& actor) {
  if (!password_hash.starts_with("$argon2id$")) return fail(ErrorKind::invalid, "password: is not hashed");
  return change(actor, "user.password_changed", [&](std::int64_t) -> Result<Done> {
    TRY(auto update, db_.prepare("UPDATE user SET password_hash=?2 WHERE id=?1"));
    TRY_VOID(update.bind(1, static_cast<std::int64_t>(id.value)).bind(2, password_hash).run());
    if (db_.changes() == 0) return no_such_user(id);
    TRY(auto sessions, db_.prepare("DELETE FROM session WHERE user=?"));
    TRY_VOID(sessions.bind(1, static_cast<std::int64_t>(id.value)).run());
    return Done{object_of(id)};
  });
}

}  // namespace qala::access
