#include <algorithm>

#include "access/town_access.h"
#include "base/json_writer.h"

namespace qala::access {

namespace {

std::string object_of(UserId id) { return "user " + std::to_string(id.value); }
std::string object_of(std::uint64_t session) { return "session " + std::to_string(session); }

std::string detail_of(std::string_view name, std::string_view value) {
  std::string detail;
  JsonWriter(detail).object().field(name, value).end();
  return detail;
}

}  // namespace

Digest TownAccess::who(std::string_view user, std::string_view peer) const {
  return secrets_->digest(Purpose::user, folded(user), place_of(peer));
}

/// By the highest role that the user has anywhere.
bool TownAccess::must_have_factor(const User& user) const {
  if (!policy_.totp_from) return false;
  const auto wanted = static_cast<Role>(*policy_.totp_from);
  return user.role >= wanted ||
         std::ranges::any_of(user.grants, [wanted](const RoleGrant& grant) { return grant.role >= wanted; });
}

Session TownAccess::describe(const StoredSession& row, User user) const {
  const std::string_view digest(reinterpret_cast<const char*>(row.digest.data()), row.digest.size());
  const bool must_enrol = row.method == SignInMethod::password && !user.second_factor && must_have_factor(user);
  return {.id = row.id,
          .user = std::move(user),
          .csrf = base64url(secrets_->digest(Purpose::csrf, digest)),
          .peer = row.peer,
          .browser = row.browser,
          .method = row.method,
          .must_enrol = must_enrol,
          .created = row.created,
          .last_seen = row.last_seen,
          .expires = row.created + policy_.longest};
}

std::optional<Session> TownAccess::find_session(std::string_view cookie) {
  if (cookie.empty()) return std::nullopt;
  look_for_changes(std::chrono::milliseconds(500));
  const auto row = directory_.find_session(secrets_->digest(Purpose::session, cookie), clock_.now());
  if (!row) return std::nullopt;
  auto user = directory_.user(row->user);
  if (!user) return std::nullopt;
  return describe(*row, std::move(user->user));
}

bool TownAccess::setup_open() {
  look_for_changes(std::chrono::milliseconds(500));
  return !directory_.has_admin();
}

std::vector<User> TownAccess::users() { return directory_.users(); }

std::vector<Session> TownAccess::sessions() {
  std::vector<Session> all;
  for (const auto& row : directory_.sessions(clock_.now()))
    if (auto user = directory_.user(row.user)) all.push_back(describe(row, std::move(user->user)));
  return all;
}

SignIn TownAccess::begin_sign_in(std::string_view name, std::string_view peer) {
  look_for_changes(std::chrono::milliseconds(500));
  SignIn attempt{.password_hash = kNobodysPassword, .name = std::string(name), .peer = std::string(peer)};
  const Digest pair = who(name, peer);
  auto stored = directory_.user(name);
  {
    std::lock_guard guard(lockout_lock_);
    attempt.retry_after = lockout_.wait(pair, clock_.now());
    if (attempt.retry_after.count() == 0) lockout_.fail(pair, stored ? stored->user.id : UserId(), clock_.now());
  }
  if (attempt.retry_after.count() > 0) {
    locked_++;
    return attempt;
  }
  // who signs in at the provider has no password here
  if (stored && !stored->user.provider) {
    attempt.user = stored->user.id;
    attempt.name = stored->user.name;
    attempt.password_hash = std::move(stored->password_hash);
  }
  return attempt;
}

Result<NewSession> TownAccess::finish_sign_in(const SignIn& attempt, bool password_matched) {
  const auto stored = directory_.user(attempt.user);
  const bool unchanged = stored && stored->password_hash == attempt.password_hash;
  const Digest pair = who(attempt.name, attempt.peer);
  if (!password_matched || !unchanged || attempt.retry_after.count() > 0) {
    wrong_passwords_++;
    TRY_VOID(note_failure(pair, attempt.user, attempt.peer));
    return fail(ErrorKind::denied, "wrong user name or password");
  }
  if (stored->user.second_factor) {
    // the failures before stay until the code is right too: else a known password would allow any number of codes
    std::lock_guard guard(lockout_lock_);
    lockout_.take_back(pair);
    return NewSession{.second_step = make_ticket(attempt, *stored)};
  }
  const Visit visit{.peer = attempt.peer, .browser = attempt.browser, .replaces = attempt.replaces};
  auto made = begin_session(stored->user, visit, [&] { return forget_failure(pair); });
  if (made) forgive(pair);
  return made;
}

/// `first` runs in the same transaction, before the session is there.
Result<NewSession> TownAccess::begin_session(const User& user, const Visit& visit,
                                             const std::function<Result<>()>& first) {
  std::string cookie = make_cookie(random_);
  TRY_VOID(change({"user", user.name}, "session.opened", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(first());
    TRY_VOID(end_replaced(visit.replaces, user.id));
    TRY_VOID(open_session(user.id, cookie, visit));
    Done done{object_of(user.id), {}};
    JsonWriter(done.detail).object().field("peer", visit.peer).field("method", name_of(visit.method)).end();
    return done;
  }));
  sign_ins_++;
  return session_of(std::move(cookie));
}

void TownAccess::forgive(const Digest& pair) {
  std::lock_guard guard(lockout_lock_);
  lockout_.forgive(pair);
}

Result<NewSession> TownAccess::session_of(std::string cookie) {
  auto session = find_session(cookie);
  if (!session) return fail(ErrorKind::internal, "the session that was just stored is not there");
  return NewSession{.cookie = std::move(cookie), .session = std::move(*session)};
}

Result<> TownAccess::open_session(UserId user, std::string_view cookie, const Visit& visit) {
  TRY(auto insert, db_.prepare("INSERT INTO session (digest, user, peer, created, last_seen, browser, method) "
                               "VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)"));
  const std::int64_t now = clock_.now().ms();
  insert.bind_blob(1, secrets_->digest(Purpose::session, cookie)).bind(2, static_cast<std::int64_t>(user.value));
  insert.bind(3, place_of(visit.peer)).bind(4, now).bind(5, visit.browser).bind(6, name_of(visit.method));
  TRY_VOID(insert.run());
  TRY(auto mark, db_.prepare("UPDATE user SET last_sign_in=?2 WHERE id=?1"));
  TRY_VOID(mark.bind(1, static_cast<std::int64_t>(user.value)).bind(2, now).run());
  // nobody has fifty browsers: the oldest go
  TRY(auto trim, db_.prepare("DELETE FROM session WHERE user=?1 AND id NOT IN "
                             "(SELECT id FROM session WHERE user=?1 ORDER BY last_seen DESC, id DESC LIMIT 50)"));
  return trim.bind(1, static_cast<std::int64_t>(user.value)).run();
}

/// One browser, one person: whoever signs in where somebody was signed in takes the place over.
Result<> TownAccess::end_replaced(std::uint64_t replaced, UserId by) {
  if (replaced == 0) return {};
  TRY(auto remove, db_.prepare("DELETE FROM session WHERE id=? RETURNING user"));
  TRY(const bool was, remove.bind(1, static_cast<std::int64_t>(replaced)).step());
  if (!was) return {};
  const auto before = directory_.user(UserId(static_cast<std::uint32_t>(remove.integer(0))));
  TRY([[maybe_unused]] const bool more, remove.step());
  std::string detail;
  JsonWriter(detail).object().field("replaced_by", object_of(by)).end();
  const Actor actor{"user", before ? before->user.name : "unknown"};
  return audit_.record(actor, "session.ended", object_of(replaced), detail);
}

Result<> TownAccess::end_session(std::uint64_t id, const Actor& actor) {
  return change(actor, "session.ended", [&](std::int64_t) -> Result<Done> {
    TRY(auto remove, db_.prepare("DELETE FROM session WHERE id=?"));
    TRY_VOID(remove.bind(1, static_cast<std::int64_t>(id)).run());
    if (db_.changes() == 0) return fail(ErrorKind::not_found, "there is no session " + std::to_string(id));
    return Done{object_of(id)};
  });
}

Result<> TownAccess::end_sessions_of(UserId user, const Actor& actor) {
  return change(actor, "session.ended", [&](std::int64_t) -> Result<Done> {
    TRY(auto remove, db_.prepare("DELETE FROM session WHERE user=?"));
    TRY_VOID(remove.bind(1, static_cast<std::int64_t>(user.value)).run());
    return Done{object_of(user)};
  });
}

Result<std::uint64_t> TownAccess::end_other_sessions(UserId user, std::uint64_t keep, const Actor& actor) {
  std::uint64_t ended = 0;
  TRY_VOID(change(actor, "session.ended", [&](std::int64_t) -> Result<Done> {
    TRY_VOID(end_all_but(user, keep));
    ended = static_cast<std::uint64_t>(db_.changes());
    return Done{"all others of " + object_of(user)};
  }));
  return ended;
}

Result<> TownAccess::end_all_but(UserId user, std::uint64_t keep) {
  TRY(auto remove, db_.prepare("DELETE FROM session WHERE user=? AND id<>?"));
  return remove.bind(1, static_cast<std::int64_t>(user.value)).bind(2, static_cast<std::int64_t>(keep)).run();
}

Result<> TownAccess::note_failure(const Digest& pair, UserId user, std::string_view peer) {
  Lockout::Row row{.who = pair, .failures = 1, .last = clock_.now(), .user = user};
  {
    std::lock_guard guard(lockout_lock_);
    if (const auto* known = lockout_.find(pair)) row = *known;
  }
  // Those before anybody waits are not worth a sync of the disk: strangers may make as many as they like.
  if (row.failures < policy_.free_failures) return {};
  TRY(auto put, db_.prepare("INSERT INTO sign_in_failure (who, failures, last, user) VALUES (?1, ?2, ?3, ?4) "
                            "ON CONFLICT (who) DO UPDATE SET failures=?2, last=?3, user=?4"));
  put.bind_blob(1, pair).bind(2, static_cast<std::int64_t>(row.failures)).bind(3, row.last.ms());
  if (user) put.bind(4, static_cast<std::int64_t>(user.value));
  else put.bind_null(4);
  TRY_VOID(put.run());
  // the first lock is worth remembering; an entry for each guess would let strangers fill the disk
  if (row.failures != policy_.free_failures) return {};
  return audit_.record({"system", "qala"}, "session.locked", user ? object_of(user) : "user unknown",
                       detail_of("peer", peer));
}

Result<> TownAccess::forget_failure(const Digest& pair) {
  TRY(auto remove, db_.prepare("DELETE FROM sign_in_failure WHERE who=?"));
  return remove.bind_blob(1, pair).run();
}

Result<std::string> TownAccess::make_setup_code() {
  std::string code = random_.token(18);
  TRY_VOID(refresh());
  if (directory_.has_admin()) return fail(ErrorKind::conflict, "there is an admin already");
  TRY(auto insert, db_.prepare("INSERT INTO setup_code VALUES (?1, ?2)"));
  TRY_VOID(insert.bind_blob(1, secrets_->digest(Purpose::setup, code)).bind(2, clock_.now().ms()).run());
  return code;
}

Result<NewSession> TownAccess::setup(std::string_view code, NewUser admin, std::string_view peer) {
  admin.role = Role::admin;
  std::string cookie = make_cookie(random_);
  TRY_VOID(change({"user", admin.name}, "setup.done", [&](std::int64_t) -> Result<Done> {
    TRY(auto find, db_.prepare("SELECT (SELECT count(*) FROM user WHERE role='admin'), "
                               "(SELECT count(*) FROM setup_code WHERE digest=?)"));
    TRY([[maybe_unused]] const bool any, find.bind_blob(1, secrets_->digest(Purpose::setup, code)).step());
    if (find.integer(0) > 0 || find.integer(1) == 0) return fail(ErrorKind::denied, "the setup code is wrong or used");
    find.reset();
    TRY(const UserId id, insert_user(admin));
    TRY_VOID(db_.exec("DELETE FROM setup_code"));
    TRY_VOID(open_session(id, cookie, Visit{.peer = std::string(peer)}));
    return Done{object_of(id), detail_of("name", admin.name)};
  }));
  return session_of(std::move(cookie));
}

}  // namespace qala::access
