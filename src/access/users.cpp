#include <algorithm>

#include "access/town_access.h"
#include "base/json_writer.h"

namespace qala::access {

namespace {

std::string object_of(UserId id) { return "user " + std::to_string(id.value); }

Error no_such_user(UserId id) { return fail(ErrorKind::not_found, "there is no user " + std::to_string(id.value)); }

std::int64_t number_of(UserId id) { return id.value; }

void render(JsonWriter& json, const std::vector<RoleGrant>& grants) {
  json.array();
  for (const RoleGrant& grant : grants) {
    json.object().field("role", name_of(grant.role));
    if (grant.part.zone) json.field("zone", *grant.part.zone);
    if (grant.part.kind) json.field("kind", *grant.part.kind);
    json.end();
  }
  json.end();
}

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
  const std::string hash = user.password_hash.empty() ? kNobodysPassword : user.password_hash;
  if (!hash.starts_with("$argon2id$")) return fail(ErrorKind::invalid, "password: is not hashed");
  TRY_VOID(check_grants(user.grants));
  TRY(auto taken, db_.prepare("SELECT 1 FROM user WHERE name=?"));
  TRY(const bool exists, taken.bind(1, user.name).step());
  if (exists) return fail(ErrorKind::conflict, "there is a user \"" + user.name + "\" already");
  TRY(auto insert,
      db_.prepare("INSERT INTO user (name, password_hash, role, language, created) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, user.name).bind(2, hash).bind(3, name_of(user.role)).bind(4, user.language);
  TRY_VOID(insert.bind(5, clock_.now().ms()).run());
  const UserId id(static_cast<std::uint32_t>(db_.last_insert_id()));
  TRY_VOID(put_grants(id, user.grants));
  return id;
}

Result<> TownAccess::put_grants(UserId id, const std::vector<RoleGrant>& grants) {
  TRY(auto remove, db_.prepare("DELETE FROM user_grant WHERE user=?"));
  TRY_VOID(remove.bind(1, number_of(id)).run());
  TRY(auto insert, db_.prepare("INSERT INTO user_grant (user, role, zone, kind) VALUES (?1, ?2, ?3, ?4)"));
  for (const RoleGrant& grant : grants) {
    insert.bind(1, number_of(id)).bind(2, name_of(grant.role));
    if (grant.part.zone) insert.bind(3, std::int64_t{*grant.part.zone});
    else insert.bind_null(3);
    if (grant.part.kind) insert.bind(4, *grant.part.kind);
    else insert.bind_null(4);
    TRY_VOID(insert.run());
  }
  return {};
}

Result<UserId> TownAccess::create_user(NewUser user, const Actor& actor) {
  UserId id;
  TRY_VOID(change(actor, "user.created", [&](std::int64_t) -> Result<Done> {
    TRY(id, insert_user(user));
    Done done{object_of(id), {}};
    JsonWriter json(done.detail);
    json.object().field("name", user.name).field("role", name_of(user.role)).key("grants");
    render(json, user.grants);
    json.end();
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
    for (const char* sql : {"DELETE FROM session WHERE user=?", "DELETE FROM user_grant WHERE user=?",
                            "DELETE FROM user_link WHERE user=?", "DELETE FROM user WHERE id=?"}) {
      TRY(auto remove, db_.prepare(sql));
      TRY_VOID(remove.bind(1, number_of(id)).run());
    }
    if (db_.changes() == 0) return no_such_user(id);
    return Done{object_of(id)};
  });
}

Result<> TownAccess::set_role(UserId id, Role role, const Actor& actor) {
  return change(actor, "user.role_changed", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(set_role_inside(id, role));
    Done done{object_of(id), {}};
    JsonWriter(done.detail).object().field("role", name_of(role)).end();
    return done;
  });
}

Result<> TownAccess::set_role_inside(UserId id, Role role) {
  if (role != Role::admin) TRY_VOID(keep_an_admin(id));
  TRY(auto update, db_.prepare("UPDATE user SET role=?2 WHERE id=?1"));
  TRY_VOID(update.bind(1, number_of(id)).bind(2, name_of(role)).run());
  if (db_.changes() == 0) return no_such_user(id);
  return {};
}

Result<> TownAccess::set_rights(UserId id, Role role, std::vector<RoleGrant> grants, const Actor& actor) {
  TRY_VOID(check_grants(grants));
  return change(actor, "user.rights_changed", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(set_role_inside(id, role));
    TRY_VOID(put_grants(id, grants));
    Done done{object_of(id), {}};
    JsonWriter json(done.detail);
    json.object().field("role", name_of(role)).key("grants");
    render(json, grants);
    json.end();
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
  return change_password(id, password_hash, 0, actor);
}

Result<> TownAccess::change_password(UserId id, const std::string& password_hash, std::uint64_t keep,
                                     const Actor& actor) {
  if (!password_hash.starts_with("$argon2id$")) return fail(ErrorKind::invalid, "password: is not hashed");
  return change(actor, "user.password_changed", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(store_password(id, password_hash, keep));
    return Done{object_of(id)};
  });
}

/// Whoever is signed in with the old one is out (but `keep`), a link that was to replace it is void, and who signed in
/// at the provider has a password here again.
Result<> TownAccess::store_password(UserId id, std::string_view hash, std::uint64_t keep) {
  TRY(auto update, db_.prepare("UPDATE user SET password_hash=?2 WHERE id=?1"));
  TRY_VOID(update.bind(1, number_of(id)).bind(2, hash).run());
  if (db_.changes() == 0) return no_such_user(id);
  for (const char* sql : {"DELETE FROM user_link WHERE user=?", "DELETE FROM provider_user WHERE user=?"}) {
    TRY(auto remove, db_.prepare(sql));
    TRY_VOID(remove.bind(1, number_of(id)).run());
  }
  return end_all_but(id, keep);
}

}  // namespace qala::access
