#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/rights.h"
#include "access/sign_in_policy.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace qala::access {

using audit::Actor;
using audit::AuditSink;

/// What a token is for. device and gateway belong to a thing.
enum class Scope : std::uint8_t { ingest, read, bus, admin, device, gateway, provisioning };
std::string_view name_of(Scope scope);
std::optional<Scope> scope_from(std::string_view name);

struct User {
  UserId id = {};
  std::string name = {};
  Role role = Role::viewer;     ///< everywhere
  std::string language = "kk";  ///< "kk", "ru", "en"
  Instant created = {};
  std::vector<RoleGrant> grants = {};        ///< beyond it, for parts of the town
  std::optional<Instant> last_sign_in = {};  ///< none: never
  std::optional<Instant> link_expires = {};  ///< a one-time link is out; may be over
  bool second_factor = false;  ///< has one (TOTP)
  bool provider = false;       ///< signs in at the provider (OpenID Connect), has no password here
};

struct NewUser {
  std::string name = {};
  Role role = Role::viewer;
  std::string language = "kk";
  std::string password_hash = {};  ///< of hash_password(); empty: nobody signs in before a one-time link was used
  std::vector<RoleGrant> grants = {};
};

/// With which a person chooses a password of his own, once. The code is shown this once.
struct Link {
  std::string code = {};
  Instant expires = {};
};

/// Somebody has to wait before he may try this user's password again from there; others need not.
struct Waiting {
  UserId user = {};
  std::chrono::seconds left{0};
};

/// How a machine shows who it is.
enum class CredentialKind : std::uint8_t {
  token,        ///< one secret text
  login,        ///< MQTT user name and password
  certificate,  ///< SHA-256 fingerprint of a client certificate
};
std::string_view name_of(CredentialKind kind);

struct NewToken {
  std::string name = {};
  Scope scope = Scope::ingest;
  ThingId thing = {};                   ///< device and gateway
  std::optional<Instant> expires = {};  ///< none: never
  std::string text = {};                ///< a device's own token (8 to 256 characters), empty: one is made
};

/// A stored credential; never its secret.
struct Token {
  TokenId id = {};
  CredentialKind kind = CredentialKind::token;
  std::string name = {};
  Scope scope = Scope::ingest;
  ThingId thing = {};
  Instant created = {};
  std::optional<Instant> expires = {};
  std::optional<Instant> last_used = {};  ///< to the minute
};

/// The secret is shown this once.
struct CreatedToken {
  TokenId id = {};
  std::string text = {};
};

/// A machine that showed a valid credential.
struct Grant {
  TokenId token = {};
  Scope scope = Scope::ingest;
  ThingId thing = {};
  std::string name = {};
};

/// How a person showed who it is.
enum class SignInMethod : std::uint8_t { password, totp, provider };
std::string_view name_of(SignInMethod method);

/// A person who is signed in.
struct Session {
  std::uint64_t id = 0;
  User user = {};
  std::string csrf = {};     ///< what X-Qala-CSRF must carry
  std::string peer = {};     ///< where it was opened from
  std::string browser = {};  ///< in words
  SignInMethod method = SignInMethod::password;
  /// The policy wants a second factor of this user, who has none yet: until there is one, nothing else is open.
  bool must_enrol = false;
  Instant created = {};
  Instant last_seen = {};
  Instant expires = {};  ///< at the latest; idle time ends it before (SignInPolicy)
};

struct NewSession {
  std::string cookie = {};  ///< value of qala_session; shown this once. Empty: not signed in yet, see `second_step`
  Session session = {};
  std::string second_step = {};  ///< ticket for begin_second_step(), valid for 5 minutes
};

/// First half of a sign-in: either wait, or compare the password with `password_hash` (on the pool) and finish.
struct SignIn {
  std::chrono::seconds retry_after{0};  ///< > 0: locked, try again then
  std::string password_hash = {};       ///< of an invented password if there is no such user: costs the same time
  UserId user = {};                     ///< none: no such user
  std::string name = {};
  std::string peer = {};
  std::string browser = {};     ///< set by the caller: in words, kept with the session
  std::uint64_t replaces = 0;   ///< set by the caller: session of this browser that ends when the new one begins
};

/// The second half for who has a second factor.
struct SecondStep {
  std::chrono::seconds retry_after{0};  ///< > 0: locked, try again then
  std::string ticket = {}, code = {};
  std::string peer = {};
};

/// A second factor on its way: shown once, in force when confirm_second_factor() sees a code of it.
struct OfferedFactor {
  std::string secret = {};  ///< base32
  std::string uri = {};     ///< otpauth:, for a QR code
};

/// Who comes from the provider, all of it checked by oidc/.
struct ProvidedIdentity {
  std::string issuer = {}, subject = {};
  std::string name = {};              ///< user name here
  std::optional<Role> role = {};      ///< by the provider's groups; none: a known user keeps what he has
  std::string language = "kk";        ///< of a new user
  bool may_create = false;
  std::string peer = {}, browser = {};
  std::uint64_t replaces = 0;
};

struct Counters {
  std::uint64_t sign_ins = 0, wrong_passwords = 0, locked = 0;
  std::uint64_t unreadable_factors = 0;  ///< second factors that the key did not open: it is lost or another one
  std::uint64_t refused_tokens = 0;  ///< unknown, expired or revoked credentials
};

// Pure functions. The two of argon2id take 25 ms and 19 MiB: on the pool, at most two at a time.
Result<std::string> hash_password(std::string_view password);
bool password_matches(const std::string& hash, std::string_view password);
/// Why this password will not do ("session.weak_password" to the screens), or nothing.
std::optional<std::string> password_problem(std::string_view password, std::string_view user_name);
/// Does it look like a token of ours: prefix, length, check characters? Tells a typing error from a revoked token.
bool is_token_shape(std::string_view text);

constexpr std::chrono::hours kLinkLasts{72};

/// Users, sessions, tokens and device credentials, in memory and in town.db.
/// Lookups (find_*, begin_sign_in) from any thread; they take a short lock, and twice a second one of them looks
/// whether town.db has changes of another process (`qala token create`), which takes effect within a second. Everything
/// else on the writer thread, or in another process that has opened the same folder. Callers have authorised. A change
/// that cannot be recorded by `audit` or stored does not happen.
class Access {
 public:
  /// `path` is the file behind `db` (lookups read it by a connection of their own); empty for ":memory:". All
  /// references must outlive this.
  static Result<std::unique_ptr<Access>> open(sqlite::Database& db, const std::string& path, const Clock& clock,
                                              Random& random, AuditSink& audit);
  virtual ~Access() = default;

  // Machines: any thread.
  virtual std::optional<Grant> find_token(std::string_view text) = 0;
  virtual std::optional<Grant> find_login(std::string_view user, std::string_view password) = 0;
  virtual std::optional<Grant> find_certificate(std::string_view sha256_hex) = 0;
  /// Credentials that were withdrawn or have expired since the last call, also by another process: whoever keeps a
  /// connection open for one ends it.
  virtual std::vector<TokenId> take_withdrawn() = 0;
  /// All that open something now: what a program finds at its start for others is of credentials withdrawn before it.
  virtual std::vector<TokenId> good_credentials() = 0;

  /// Before the first use by another thread. Without it: SignInPolicy's defaults, a key in memory only.
  virtual void set_policy(SignInPolicy policy) = 0;
  virtual const SignInPolicy& policy() const = 0;

  // People: any thread.
  virtual std::optional<Session> find_session(std::string_view cookie) = 0;
  /// Counts as a failure until finish_sign_in() says otherwise, so that many at once do not slip through.
  virtual SignIn begin_sign_in(std::string_view user, std::string_view peer) = 0;
  /// As begin_sign_in(): counts as a failure, of this place and, for whoever has the password, of the user everywhere.
  virtual SecondStep begin_second_step(std::string_view ticket, std::string_view code, std::string_view peer) = 0;
  /// True while there is no admin.
  virtual bool setup_open() = 0;
  virtual std::vector<User> users() = 0;
  virtual std::vector<Session> sessions() = 0;
  /// Users for whom some place has to wait now, with the longest wait.
  virtual std::vector<Waiting> waiting() = 0;
  /// Whose link this is, while it is good.
  virtual std::optional<User> find_link(std::string_view code) = 0;
  virtual Counters counters() const = 0;

  // Writer thread.
  /// `denied`: wrong password (or the user was changed meanwhile). Who has a second factor gets a ticket, no session.
  virtual Result<NewSession> finish_sign_in(const SignIn& attempt, bool password_matched) = 0;
  /// `denied`: wrong or used code; `not_found`: the ticket is unknown or too old; `unavailable`: the key is lost.
  virtual Result<NewSession> finish_second_step(const SecondStep& attempt) = 0;
  /// `not_found`: nobody of that name may come in; `conflict`: the name is a local user's; `denied`: no role, or the
  /// last admin would be none; `invalid`: not a name.
  virtual Result<NewSession> sign_in_provided(const ProvidedIdentity& identity) = 0;
  virtual Result<> end_session(std::uint64_t id, const Actor& actor) = 0;
  virtual Result<> end_sessions_of(UserId user, const Actor& actor) = 0;
  /// All of the user but this one; how many.
  virtual Result<std::uint64_t> end_other_sessions(UserId user, std::uint64_t keep, const Actor& actor) = 0;

  /// Somebody who is signed in shows once more that it is he: password, and a code if he has a second factor and
  /// `with_code`. Counts as a sign-in does. `denied` else.
  virtual Result<> confirm_person(const SignIn& attempt, bool password_matched, bool with_code,
                                  std::string_view code) = 0;
  /// As set_password(), but the session `keep` stays.
  virtual Result<> change_password(UserId id, const std::string& password_hash, std::uint64_t keep,
                                   const Actor& actor) = 0;
  /// `conflict`: has one already, or signs in at the provider. Offered anew, the one before is forgotten.
  virtual Result<OfferedFactor> offer_second_factor(UserId id, std::string_view town) = 0;
  /// `denied`: not a code of the offered one. Gives ten recovery codes, shown this once; ends the other sessions.
  virtual Result<std::vector<std::string>> confirm_second_factor(UserId id, std::string_view code, std::uint64_t keep,
                                                                 const Actor& actor) = 0;
  /// Ten new ones; the old are void.
  virtual Result<std::vector<std::string>> renew_recovery_codes(UserId id, const Actor& actor) = 0;
  /// By the user himself. `conflict`: the policy wants him to have one.
  virtual Result<> remove_second_factor(UserId id, const Actor& actor) = 0;
  /// By an admin, for who has lost it. Ends the user's sessions.
  virtual Result<> reset_second_factor(UserId id, const Actor& actor) = 0;
  /// From now on this user signs in at the provider only. Ends his sessions. set_password() takes it back.
  virtual Result<> hand_to_provider(UserId id, const Actor& actor) = 0;

  /// A fresh code for making the first admin, valid until there is one; `conflict` once there is. Codes given out
  /// before stay valid, only hashes are stored.
  virtual Result<std::string> make_setup_code() = 0;
  /// Makes the first admin and signs in. `denied`: wrong or used code.
  virtual Result<NewSession> setup(std::string_view code, NewUser admin, std::string_view peer) = 0;

  virtual Result<UserId> create_user(NewUser user, const Actor& actor) = 0;
  /// The last admin cannot go, nor lose the role (`conflict`). Sessions end.
  virtual Result<> remove_user(UserId id, const Actor& actor) = 0;
  virtual Result<> set_role(UserId id, Role role, const Actor& actor) = 0;
  /// Role and grants in one change; `invalid` as check_grants(). Zones and kinds are the caller's to know.
  virtual Result<> set_rights(UserId id, Role role, std::vector<RoleGrant> grants, const Actor& actor) = 0;
  /// Makes a link that is good for kLinkLasts; one made before is void. The old password is, too, and all sessions end:
  /// whoever knew it is out at once.
  virtual Result<Link> make_link(UserId id, const Actor& actor) = 0;
  /// Sets the password of whose link it is; the link is used up. `denied`: wrong, used or over.
  virtual Result<User> use_link(std::string_view code, const std::string& password_hash) = 0;
  /// Forgets the failures: whoever waits may try again.
  virtual Result<> unlock(UserId id, const Actor& actor) = 0;
  virtual Result<> set_language(UserId id, std::string_view language, const Actor& actor) = 0;
  /// Ends all sessions of the user. Who signed in at the provider has a password here again.
  virtual Result<> set_password(UserId id, const std::string& password_hash, const Actor& actor) = 0;

  virtual Result<CreatedToken> create_token(NewToken token, const Actor& actor) = 0;
  virtual Result<TokenId> add_login(std::string_view user, std::string_view password, NewToken token,
                                    const Actor& actor) = 0;
  virtual Result<TokenId> add_certificate(std::string_view sha256_hex, NewToken token, const Actor& actor) = 0;
  virtual Result<> revoke_token(TokenId id, const Actor& actor) = 0;
  /// All credentials of a thing that is removed.
  virtual Result<> revoke_tokens_of(ThingId thing, const Actor& actor) = 0;
  virtual Result<std::vector<Token>> tokens() = 0;

  /// Takes over what another process changed. Called by lookups; app/ need not.
  virtual Result<> refresh() = 0;
  /// Stores when sessions and tokens were last used, removes what has expired. Once a minute.
  virtual Result<> maintain() = 0;
};

}  // namespace qala::access
