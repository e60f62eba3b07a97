#include <algorithm>

#include "access/directory.h"

namespace qala::access {

namespace {

bool copy_digest(const sqlite::Statement& row, int column, Digest& digest) {
  const auto blob = row.blob(column);
  if (blob.size() != digest.size()) return false;
  std::ranges::copy(blob, digest.begin());
  return true;
}

std::optional<Instant> optional_time(const sqlite::Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(Instant::from_ms(row.integer(column)));
}

Error damaged(const char* table) {
  return fail(ErrorKind::corrupt, std::string("town.db: the table ") + table + " has a row that cannot be read");
}

CredentialKind kind_of(std::string_view name) {
  return name == "login"         ? CredentialKind::login
         : name == "certificate" ? CredentialKind::certificate
                                 : CredentialKind::token;
}

SignInMethod method_of(std::string_view name) {
  return name == "totp" ? SignInMethod::totp : name == "provider" ? SignInMethod::provider : SignInMethod::password;
}

Result<> read_users(sqlite::Database& db, Snapshot& into) {
  TRY(auto rows, db.prepare("SELECT id, name, role, language, created, password_hash, last_sign_in, "
                            "EXISTS (SELECT 1 FROM second_factor f WHERE f.user = u.id), "
                            "EXISTS (SELECT 1 FROM provider_user p WHERE p.user = u.id) FROM user u ORDER BY id"));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    const auto role = role_from(rows.text(2));
    if (!role) return damaged("user");
    into.users.push_back({.user = {.id = UserId(static_cast<std::uint32_t>(rows.integer(0))),
                                   .name = rows.text(1),
                                   .role = *role,
                                   .language = rows.text(3),
                                   .created = Instant::from_ms(rows.integer(4)),
                                   .last_sign_in = optional_time(rows, 6),
                                   .second_factor = rows.integer(7) != 0,
                                   .provider = rows.integer(8) != 0},
                          .password_hash = rows.text(5)});
  }
}

User* find(Snapshot& in, std::int64_t id) {
  const auto found = std::ranges::find(in.users, id, [](const StoredUser& stored) { return stored.user.id.value; });
  return found == in.users.end() ? nullptr : &found->user;
}

Result<> read_grants(sqlite::Database& db, Snapshot& into) {
  TRY(auto rows, db.prepare("SELECT user, role, zone, kind FROM user_grant ORDER BY user, role, zone, kind"));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    const auto role = role_from(rows.text(1));
    User* user = find(into, rows.integer(0));
    if (!role || !user) return damaged("user_grant");
    RoleGrant grant{.role = *role};
    if (!rows.is_null(2)) grant.part.zone = static_cast<std::uint32_t>(rows.integer(2));
    if (!rows.is_null(3)) grant.part.kind = rows.text(3);
    user->grants.push_back(std::move(grant));
  }
}

Result<> read_links(sqlite::Database& db, Snapshot& into) {
  TRY(auto rows, db.prepare("SELECT digest, user, expires FROM user_link"));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    StoredLink link{.user = UserId(static_cast<std::uint32_t>(rows.integer(1))),
                    .expires = Instant::from_ms(rows.integer(2))};
    User* user = find(into, rows.integer(1));
    if (!copy_digest(rows, 0, link.digest) || !user) return damaged("user_link");
    user->link_expires = link.expires;
    into.links.push_back(link);
  }
}

Result<> read_sessions(sqlite::Database& db, Snapshot& into) {
  TRY(auto rows, db.prepare("SELECT id, digest, user, peer, created, last_seen, browser, method FROM session"));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    StoredSession session{.id = static_cast<std::uint64_t>(rows.integer(0)),
                          .user = UserId(static_cast<std::uint32_t>(rows.integer(2))),
                          .peer = rows.text(3),
                          .browser = rows.text(6),
                          .method = method_of(rows.text(7)),
                          .created = Instant::from_ms(rows.integer(4)),
                          .last_seen = Instant::from_ms(rows.integer(5))};
    if (!copy_digest(rows, 1, session.digest)) return damaged("session");
    into.sessions.push_back(std::move(session));
  }
}

Result<> read_credentials(sqlite::Database& db, std::int64_t known, Snapshot& into) {
  TRY(auto rows, db.prepare("SELECT id, kind, digest, name, scope, thing, created, expires, last_used, revoked "
                            "FROM credential WHERE change > ? ORDER BY change, id"));
  rows.bind(1, known);
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    const auto scope = scope_from(rows.text(4));
    if (!scope) return damaged("credential");
    StoredCredential credential{.token = {.id = TokenId(static_cast<std::uint32_t>(rows.integer(0))),
                                          .kind = kind_of(rows.text(1)),
                                          .name = rows.text(3),
                                          .scope = *scope,
                                          .thing = ThingId(static_cast<std::uint32_t>(rows.integer(5))),
                                          .created = Instant::from_ms(rows.integer(6)),
                                          .expires = optional_time(rows, 7),
                                          .last_used = optional_time(rows, 8)},
                                .revoked = rows.integer(9) != 0};
    if (!copy_digest(rows, 2, credential.digest)) return damaged("credential");
    into.changed.push_back(std::move(credential));
  }
}

Result<Snapshot> read_inside(sqlite::Database& db, std::int64_t known) {
  Snapshot snapshot;
  TRY(auto number, db.prepare("SELECT number FROM access_change"));
  TRY(const bool any, number.step());
  if (!any) return damaged("access_change");
  snapshot.change = number.integer(0);
  number.reset();
  if (snapshot.change == known) return snapshot;
  TRY_VOID(read_users(db, snapshot));
  TRY_VOID(read_grants(db, snapshot));
  TRY_VOID(read_links(db, snapshot));
  TRY_VOID(read_sessions(db, snapshot));
  TRY_VOID(read_credentials(db, known, snapshot));
  return snapshot;
}

}  // namespace

Result<Snapshot> read_snapshot(sqlite::Database& db, std::int64_t known) {
  TRY_VOID(db.exec("BEGIN"));
  auto snapshot = read_inside(db, known);
  TRY_VOID(db.exec("COMMIT"));
  return snapshot;
}

}  // namespace qala::access
