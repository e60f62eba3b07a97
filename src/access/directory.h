#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/access.h"
#include "access/secrets.h"

namespace qala::access {

struct StoredUser {
  User user;
  std::string password_hash;
};

/// A session as a row; the time of its last use is newer in memory than in the table.
struct StoredSession {
  std::uint64_t id = 0;
  Digest digest = {};
  UserId user = {};
  std::string peer = {}, browser = {};
  SignInMethod method = SignInMethod::password;
  Instant created = {};
  Instant last_seen = {};
};

struct StoredLink {
  Digest digest = {};
  UserId user = {};
  Instant expires = {};
};

struct StoredCredential {
  Digest digest = {};
  Token token = {};
  bool revoked = false;
};

/// What town.db held at one moment.
struct Snapshot {
  std::int64_t change = 0;
  std::vector<StoredUser> users = {};          ///< all
  std::vector<StoredSession> sessions = {};    ///< all
  std::vector<StoredLink> links = {};          ///< all
  std::vector<StoredCredential> changed = {};  ///< credentials made or revoked since the change that was asked for
};
/// Reads in one transaction. `known`: change number that the caller has; equal to the stored one: nothing else is read.
Result<Snapshot> read_snapshot(sqlite::Database& db, std::int64_t known);

/// Users, sessions and credentials in memory. Any thread; one lock, held for a lookup or for taking over a snapshot.
class Directory {
 public:
  /// Before any other thread looks.
  void set_lifetimes(std::chrono::hours idle, std::chrono::hours longest) { idle_ = idle, longest_ = longest; }
  void take_over(Snapshot snapshot);

  std::optional<Grant> find_credential(const Digest& digest, Instant now);
  /// Marks the session as used now. Expired ones are not found.
  std::optional<StoredSession> find_session(const Digest& digest, Instant now);
  std::optional<StoredUser> user(UserId id) const;
  std::optional<StoredUser> user(std::string_view name) const;  ///< capitals do not matter (ASCII)
  std::vector<User> users() const;
  /// Whose link this is, while it is good.
  std::optional<User> find_link(const Digest& digest, Instant now) const;
  std::vector<StoredSession> sessions(Instant now) const;
  bool has_admin() const;

  struct Used {
    std::vector<std::pair<std::uint64_t, std::int64_t>> sessions;  ///< id, milliseconds
    std::vector<std::pair<std::uint32_t, std::int64_t>> credentials;
  };
  /// What was used since the last call.
  Used take_used();
  /// Credentials that were revoked or have expired since the last call.
  std::vector<TokenId> take_withdrawn(Instant now);
  std::vector<TokenId> good_credentials(Instant now) const;

 private:
  struct LiveSession {
    StoredSession row = {};
    std::atomic<std::int64_t> last_seen_ms{0};
    std::atomic<bool> used{false};
  };
  struct LiveCredential {
    TokenId id = {};
    Scope scope = Scope::ingest;
    ThingId thing = {};
    std::int64_t expires_ms = 0;  ///< 0: never
    std::string name = {};
    bool has_expired(Instant now) const { return expires_ms != 0 && now.ms() >= expires_ms; }

    bool told = false;  ///< that it has expired, see take_withdrawn()
    std::atomic<std::int64_t> last_used_ms{0};
    std::atomic<bool> used{false};
  };
  bool is_alive(const LiveSession& session, Instant now) const;
  void take_sessions(std::vector<StoredSession> sessions);
  void take_credential(StoredCredential credential);

  std::chrono::hours idle_{12}, longest_{std::chrono::hours(7 * 24)};
  mutable std::shared_mutex lock_;
  std::vector<StoredUser> users_;
  std::vector<StoredLink> links_;
  std::unordered_map<Digest, LiveSession, DigestHash> sessions_;
  std::unordered_map<Digest, LiveCredential, DigestHash> credentials_;
  std::vector<TokenId> withdrawn_;
};

/// ASCII letters in lower case: user names that differ only in capitals are one name.
std::string folded(std::string_view name);

}  // namespace qala::access
