#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include <map>

#include "access/directory.h"
#include "access/factor_key.h"
#include "access/lockout.h"

namespace qala::access {

/// Access over town.db. A change is written in one transaction that also raises access_change.number, recorded in the
/// audit chain and committed; then memory takes over what town.db holds, by the same road as changes of other
/// processes.
class TownAccess final : public Access {
 public:
  TownAccess(sqlite::Database& db, const Clock& clock, Random& random, AuditSink& audit)
      : db_(db), clock_(clock), random_(random), audit_(audit) {}
  Result<> load(const std::string& path);

  std::optional<Grant> find_token(std::string_view text) override;
  std::optional<Grant> find_login(std::string_view user, std::string_view password) override;
  std::optional<Grant> find_certificate(std::string_view sha256_hex) override;
  std::vector<TokenId> take_withdrawn() override;
  std::vector<TokenId> good_credentials() override;
  void set_policy(SignInPolicy policy) override;
  const SignInPolicy& policy() const override { return policy_; }
  std::optional<Session> find_session(std::string_view cookie) override;
  SignIn begin_sign_in(std::string_view user, std::string_view peer) override;
  SecondStep begin_second_step(std::string_view ticket, std::string_view code, std::string_view peer) override;
  bool setup_open() override;
  std::vector<User> users() override;
  std::vector<Session> sessions() override;
  std::vector<Waiting> waiting() override;
  std::optional<User> find_link(std::string_view code) override;
  Counters counters() const override;

  Result<NewSession> finish_sign_in(const SignIn& attempt, bool password_matched) override;
  Result<> end_session(std::uint64_t id, const Actor& actor) override;
  Result<> end_sessions_of(UserId user, const Actor& actor) override;
  Result<std::uint64_t> end_other_sessions(UserId user, std::uint64_t keep, const Actor& actor) override;
  Result<NewSession> finish_second_step(const SecondStep& attempt) override;
  Result<NewSession> sign_in_provided(const ProvidedIdentity& identity) override;
  Result<> confirm_person(const SignIn& attempt, bool password_matched, bool with_code, std::string_view code) override;
  Result<> change_password(UserId id, const std::string& password_hash, std::uint64_t keep,
                           const Actor& actor) override;
  Result<OfferedFactor> offer_second_factor(UserId id, std::string_view town) override;
  Result<std::vector<std::string>> confirm_second_factor(UserId id, std::string_view code, std::uint64_t keep,
                                                         const Actor& actor) override;
  Result<std::vector<std::string>> renew_recovery_codes(UserId id, const Actor& actor) override;
  Result<> remove_second_factor(UserId id, const Actor& actor) override;
  Result<> reset_second_factor(UserId id, const Actor& actor) override;
  Result<> hand_to_provider(UserId id, const Actor& actor) override;
  Result<std::string> make_setup_code() override;
  Result<NewSession> setup(std::string_view code, NewUser admin, std::string_view peer) override;
  Result<UserId> create_user(NewUser user, const Actor& actor) override;
  Result<> remove_user(UserId id, const Actor& actor) override;
  Result<> set_role(UserId id, Role role, const Actor& actor) override;
  Result<> set_rights(UserId id, Role role, std::vector<RoleGrant> grants, const Actor& actor) override;
  Result<Link> make_link(UserId id, const Actor& actor) override;
  Result<User> use_link(std::string_view code, const std::string& password_hash) override;
  Result<> unlock(UserId id, const Actor& actor) override;
  Result<> set_language(UserId id, std::string_view language, const Actor& actor) override;
  Result<> set_password(UserId id, const std::string& password_hash, const Actor& actor) override;
  Result<CreatedToken> create_token(NewToken token, const Actor& actor) override;
  Result<TokenId> add_login(std::string_view user, std::string_view password, NewToken token,
                            const Actor& actor) override;
  Result<TokenId> add_certificate(std::string_view sha256_hex, NewToken token, const Actor& actor) override;
  Result<> revoke_token(TokenId id, const Actor& actor) override;
  Result<> revoke_tokens_of(ThingId thing, const Actor& actor) override;
  Result<std::vector<Token>> tokens() override;
  Result<> refresh() override;
  Result<> maintain() override;

 private:
  /// What a change did, for the audit chain.
  struct Done {
    std::string object;
    std::string detail = "{}";
  };
  /// Runs `work` (given the number of this change) in a transaction, records, commits, takes over.
  Result<> change(const Actor& actor, std::string_view action, const std::function<Result<Done>(std::int64_t)>& work);
  void look_for_changes(std::chrono::milliseconds at_most_every);
  std::optional<Grant> find_credential(const Digest& digest);
  Digest who(std::string_view user, std::string_view peer) const;
  Session describe(const StoredSession& row, User user) const;

  Result<UserId> insert_user(const NewUser& user);
  Result<> put_grants(UserId id, const std::vector<RoleGrant>& grants);
  Result<> store_password(UserId id, std::string_view hash, std::uint64_t keep = 0);
  /// How and where a session begins.
  struct Visit {
    std::string peer = {}, browser = {};
    SignInMethod method = SignInMethod::password;
    std::uint64_t replaces = 0;
  };
  Result<> open_session(UserId user, std::string_view cookie, const Visit& visit);
  Result<> end_replaced(std::uint64_t replaced, UserId by);
  Result<NewSession> begin_session(const User& user, const Visit& visit, const std::function<Result<>()>& first);
  Result<NewSession> session_of(std::string cookie);
  Result<> end_all_but(UserId user, std::uint64_t keep);
  bool must_have_factor(const User& user) const;
  std::string make_ticket(const SignIn& attempt, const StoredUser& user);
  Result<> keep_an_admin(UserId without);
  Result<> note_failure(const Digest& pair, UserId user, std::string_view peer);
  Result<> forget_failure(const Digest& who);
  void forgive(const Digest& who);
  Result<std::vector<std::byte>> secret_of(UserId user);
  /// Takes the code, of the app or for recovery: in a transaction of the caller.
  Result<> use_code(UserId user, std::string_view code);
  Result<std::vector<std::string>> put_recovery_codes(UserId user);
  Result<> drop_second_factor(UserId id, const Actor& actor, std::string_view action, bool end_sessions);
  Result<UserId> user_of(const ProvidedIdentity& identity);
  Result<UserId> make_provided(const ProvidedIdentity& identity);
  Result<> set_role_inside(UserId id, Role role);
  Result<TokenId> add_credential(CredentialKind kind, const Digest& digest, const NewToken& token, const Actor& actor);
  Result<> flush_used();
  Result<> remove_expired();

  sqlite::Database& db_;
  const Clock& clock_;
  Random& random_;
  AuditSink& audit_;
  SignInPolicy policy_;
  FactorKey factor_key_;  ///< writer thread
  std::optional<Secrets> secrets_;
  Directory directory_;

  std::mutex refresh_lock_;  ///< guards reader_ and seen_; held while town.db is read
  std::optional<sqlite::Database> reader_;
  std::int64_t seen_ = 0;
  std::atomic<std::int64_t> looked_ns_{0};

  mutable std::mutex lockout_lock_;
  Lockout lockout_;

  /// Who has shown the password and has yet to show a code.
  struct Ticket {
    UserId user = {};
    std::string name = {}, password_hash = {};
    Visit visit = {};
    Instant until = {};
  };
  static constexpr std::size_t kMostTickets = 1000;
  std::mutex tickets_lock_;
  std::map<Digest, Ticket> tickets_;
  /// Second factors that were shown and not confirmed. Writer thread.
  struct Offer {
    std::vector<std::byte> secret = {};
    Instant until = {};
  };
  std::map<std::uint32_t, Offer> offers_;
  std::atomic<std::uint64_t> unreadable_factors_{0};
  std::atomic<std::uint64_t> sign_ins_{0}, wrong_passwords_{0}, locked_{0}, refused_tokens_{0};
};

}  // namespace qala::access
