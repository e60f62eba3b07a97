#include "access/town_access.h"
#include "base/json_writer.h"

namespace qala::access {

namespace {

std::string object_of(UserId id) { return "user " + std::to_string(id.value); }
std::int64_t number_of(UserId id) { return static_cast<std::int64_t>(id.value); }

}  // namespace

/// By what the provider promises never to give anybody else (issuer and subject); by name only who was announced here
/// and has never come.
Result<UserId> TownAccess::user_of(const ProvidedIdentity& identity) {
  TRY(auto known, db_.prepare("SELECT user FROM provider_user WHERE issuer=? AND subject=?"));
  TRY(const bool is_known, known.bind(1, identity.issuer).bind(2, identity.subject).step());
  if (is_known) return UserId(static_cast<std::uint32_t>(known.integer(0)));
  TRY(auto announced, db_.prepare("SELECT u.id, p.user IS NOT NULL AND p.subject IS NULL AND p.issuer IN ('', ?2) "
                                  "FROM user u LEFT JOIN provider_user p ON p.user = u.id WHERE u.name=?1"));
  TRY(const bool named, announced.bind(1, identity.name).bind(2, identity.issuer).step());
  if (!named) return make_provided(identity);
  if (announced.integer(1) == 0)
    return fail(ErrorKind::conflict, "the user name of this person at the provider is somebody else's here");
  const UserId id(static_cast<std::uint32_t>(announced.integer(0)));
  announced.reset();
  TRY(auto bind, db_.prepare("UPDATE provider_user SET issuer=?2, subject=?3 WHERE user=?1"));
  TRY_VOID(bind.bind(1, number_of(id)).bind(2, identity.issuer).bind(3, identity.subject).run());
  return id;
}

Result<UserId> TownAccess::make_provided(const ProvidedIdentity& identity) {
  if (!identity.may_create) return fail(ErrorKind::not_found, "this person is not known here");
  if (!identity.role) return fail(ErrorKind::denied, "the provider gives this person no role here");
  TRY(const UserId id, insert_user({.name = identity.name,
                                    .role = *identity.role,
                                    .language = identity.language,
                                    .password_hash = kNobodysPassword}));
  TRY(auto insert, db_.prepare("INSERT INTO provider_user VALUES (?, ?, ?)"));
  TRY_VOID(insert.bind(1, number_of(id)).bind(2, identity.issuer).bind(3, identity.subject).run());
  std::string detail;
  JsonWriter(detail).object().field("name", identity.name).field("role", name_of(*identity.role)).end();
  TRY_VOID(audit_.record({"system", "provider"}, "user.created", object_of(id), detail));
  return id;
}

Result<NewSession> TownAccess::sign_in_provided(const ProvidedIdentity& identity) {
  std::string cookie = make_cookie(random_);
  TRY_VOID(change({"user", identity.name}, "session.opened", [&](std::int64_t) -> Result<Done> {
    TRY(const UserId id, user_of(identity));
    TRY(auto find, db_.prepare("SELECT role FROM user WHERE id=?"));
    TRY([[maybe_unused]] const bool any, find.bind(1, number_of(id)).step());
    const auto role = role_from(find.text(0));
    find.reset();
    if (identity.role && role != identity.role) {
      if (auto set = set_role_inside(id, *identity.role); !set) {
        if (set.error().kind == ErrorKind::conflict)
          return fail(ErrorKind::denied, "the provider takes the role of the last admin away: make another one first");
        return set.error();
      }
      std::string detail;
      JsonWriter(detail).object().field("role", name_of(*identity.role)).end();
      TRY_VOID(audit_.record({"system", "provider"}, "user.role_changed", object_of(id), detail));
    }
    TRY_VOID(end_replaced(identity.replaces, id));
    TRY_VOID(open_session(id, cookie,
                          Visit{.peer = identity.peer, .browser = identity.browser, .method = SignInMethod::provider}));
    Done done{object_of(id), {}};
    JsonWriter(done.detail).object().field("peer", identity.peer).field("method", "provider").end();
    return done;
  }));
  sign_ins_++;
  return session_of(std::move(cookie));
}

Result<> TownAccess::hand_to_provider(UserId id, const Actor& actor) {
  return change(actor, "user.handed_to_provider", [&](std::int64_t) -> Result<Done> {
    TRY(auto update, db_.prepare("UPDATE user SET password_hash=?2 WHERE id=?1"));
    TRY_VOID(update.bind(1, number_of(id)).bind(2, kNobodysPassword).run());
    if (db_.changes() == 0) return fail(ErrorKind::not_found, "there is no " + object_of(id));
    for (const char* table : {"recovery_code", "second_factor", "provider_user", "user_link"}) {
      TRY(auto remove, db_.prepare(std::string("DELETE FROM ") + table + " WHERE user=?"));
      TRY_VOID(remove.bind(1, number_of(id)).run());
    }
    TRY(auto insert, db_.prepare("INSERT INTO provider_user VALUES (?, '', NULL)"));
    TRY_VOID(insert.bind(1, number_of(id)).run());
    TRY_VOID(end_all_but(id, 0));
    return Done{object_of(id)};
  });
}

}  // namespace qala::access
