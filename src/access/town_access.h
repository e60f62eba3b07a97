#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "access/directory.h"
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
  std::optional<Session> find_session(std::string_view cookie) override;
  SignIn begin_sign_in(std::string_view user, std::string_view peer) override;
  bool setup_open() override;
  std::vector<User> users() override;
  std::vector<Session> sessions() override;
  std::vector<Waiting> waiting() override;
  std::optional<User> find_link(std::string_view code) override;
  Counters counters() const override;

  Result<NewSession> finish_sign_in(const SignIn& attempt, bool password_matched) override;
  Result<> end_session(std::uint64_t id, const Actor& actor) override;
  Result<> end_sessions_of(UserId user, const Actor& actor) override;
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
  Result<> store_password(UserId id, std::string_view hash);
  Result<> open_session(UserId user, std::string_view cookie, std::string_view peer);
  Result<NewSession> session_of(std::string cookie);
  Result<> keep_an_admin(UserId without);
  Result<> note_failure(const SignIn& attempt);
  Result<> forget_failure(const Digest& who);
  Result<TokenId> add_credential(CredentialKind kind, const Digest& digest, const NewToken& token, const Actor& actor);
  Result<> flush_used();
  Result<> remove_expired();

  sqlite::Database& db_;
  const Clock& clock_;
  Random& random_;
  AuditSink& audit_;
  std::optional<Secrets> secrets_;
  Directory directory_;

  std::mutex refresh_lock_;  ///< guards reader_ and seen_; held while town.db is read
  std::optional<sqlite::Database> reader_;
  std::int64_t seen_ = 0;
  std::atomic<std::int64_t> looked_ns_{0};

  mutable std::mutex lockout_lock_;
  Lockout lockout_;
  std::atomic<std::uint64_t> sign_ins_{0}, wrong_passwords_{0}, locked_{0}, refused_tokens_{0};
};

}  // namespace qala::access
