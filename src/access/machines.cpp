#include <algorithm>

#include "access/town_access.h"
#include "base/json_writer.h"

namespace qala::access {

namespace {

constexpr std::size_t kShortestOwnToken = 8, kLongestSecret = 256;

std::string object_of(TokenId id) { return "token " + std::to_string(id.value); }

Result<> check_token(const NewToken& token) {
  const bool of_thing = token.scope == Scope::device || token.scope == Scope::gateway;
  if (of_thing != static_cast<bool>(token.thing))
    return fail(ErrorKind::invalid, "thing: is needed for the scopes device and gateway, and for no other");
  if (token.name.size() > 128) return fail(ErrorKind::invalid, "name: is longer than 128 bytes");
  return {};
}

Result<> check_secret(std::string_view what, std::string_view text, std::size_t shortest) {
  const bool printable =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
  if (text.size() < shortest || text.size() > kLongestSecret || !printable)
    return fail(ErrorKind::invalid, std::string(what) + ": needs " + std::to_string(shortest) + " to " +
                                        std::to_string(kLongestSecret) + " characters without spaces");
  return {};
}

bool is_fingerprint(std::string_view hex) {
  return hex.size() == 64 && std::ranges::all_of(hex, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

std::string detail_of(const NewToken& token, CredentialKind kind) {
  std::string detail;
  JsonWriter json(detail);
  json.object().field("kind", access::name_of(kind)).field("name", token.name).field("scope", name_of(token.scope));
  if (token.thing) json.field("thing", token.thing.value);
  if (token.expires) json.key("expires").time(*token.expires);
  json.end();
  return detail;
}

void bind_optional(sqlite::Statement& statement, int at, std::optional<std::int64_t> value) {
  if (value) statement.bind(at, *value);
  else statement.bind_null(at);
}

}  // namespace

Result<CreatedToken> TownAccess::create_token(NewToken token, const Actor& actor) {
  if (token.text.empty()) token.text = make_token(random_);
  else TRY_VOID(check_secret("token", token.text, kShortestOwnToken));
  TRY(const TokenId id,
      add_credential(CredentialKind::token, secrets_->digest(Purpose::token, token.text), token, actor));
  return CreatedToken{.id = id, .text = std::move(token.text)};
}

Result<TokenId> TownAccess::add_login(std::string_view user, std::string_view password, NewToken token,
                                      const Actor& actor) {
  TRY_VOID(check_secret("user", user, 1));
  TRY_VOID(check_secret("password", password, kShortestOwnToken));
  return add_credential(CredentialKind::login, secrets_->digest(Purpose::login, user, password), token, actor);
}

Result<TokenId> TownAccess::add_certificate(std::string_view sha256_hex, NewToken token, const Actor& actor) {
  if (!is_fingerprint(sha256_hex)) return fail(ErrorKind::invalid, "certificate: needs 64 hex digits of SHA-256");
  return add_credential(CredentialKind::certificate, secrets_->digest(Purpose::certificate, folded(sha256_hex)), token,
                        actor);
}

Result<TokenId> TownAccess::add_credential(CredentialKind kind, const Digest& digest, const NewToken& token,
                                           const Actor& actor) {
  TRY_VOID(check_token(token));
  TokenId id;
  TRY_VOID(change(actor, "token.created", [&](std::int64_t number) -> Result<Done> {
    // a device that was removed may come back with its old secret
    TRY(auto old, db_.prepare("DELETE FROM credential WHERE digest=? AND revoked=1"));
    TRY_VOID(old.bind_blob(1, digest).run());
    TRY(auto taken, db_.prepare("SELECT 1 FROM credential WHERE digest=?"));
    TRY(const bool exists, taken.bind_blob(1, digest).step());
    if (exists) return fail(ErrorKind::conflict, "this credential is in use already");
    TRY(auto insert, db_.prepare("INSERT INTO credential (kind, digest, name, scope, thing, created, expires, change) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    insert.bind(1, access::name_of(kind))
        .bind_blob(2, digest)
        .bind(3, token.name)
        .bind(4, access::name_of(token.scope));
    bind_optional(insert, 5, token.thing ? std::optional<std::int64_t>(token.thing.value) : std::nullopt);
    insert.bind(6, clock_.now().ms());
    bind_optional(insert, 7, token.expires ? std::optional(token.expires->ms()) : std::nullopt);
    TRY_VOID(insert.bind(8, number).run());
    id = TokenId(static_cast<std::uint32_t>(db_.last_insert_id()));
    return Done{object_of(id), detail_of(token, kind)};
  }));
  return id;
}

Result<> TownAccess::revoke_token(TokenId id, const Actor& actor) {
  return change(actor, "token.revoked", [&](std::int64_t number) -> Result<Done> {
    TRY(auto update, db_.prepare("UPDATE credential SET revoked=1, change=?2 WHERE id=?1 AND revoked=0"));
    TRY_VOID(update.bind(1, static_cast<std::int64_t>(id.value)).bind(2, number).run());
    if (db_.changes() == 0) return fail(ErrorKind::not_found, "there is no token " + std::to_string(id.value));
    return Done{object_of(id)};
  });
}

Result<> TownAccess::revoke_tokens_of(ThingId thing, const Actor& actor) {
  return change(actor, "token.revoked", [&](std::int64_t number) -> Result<Done> {
    TRY(auto update, db_.prepare("UPDATE credential SET revoked=1, change=?2 WHERE thing=?1 AND revoked=0"));
    TRY_VOID(update.bind(1, static_cast<std::int64_t>(thing.value)).bind(2, number).run());
    return Done{"tokens of thing " + std::to_string(thing.value)};
  });
}

Result<std::vector<Token>> TownAccess::tokens() {
  TRY_VOID(flush_used());
  TRY(auto snapshot, read_snapshot(db_, -1));
  std::vector<Token> all;
  for (auto& credential : snapshot.changed)
    if (!credential.revoked) all.push_back(std::move(credential.token));
  std::ranges::sort(all, {}, &Token::id);
  return all;
}

}  // namespace qala::access
