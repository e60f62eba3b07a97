#include "access/directory.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <utility>

namespace qala::access {

namespace {
constexpr std::int64_t kMinuteMs = 60'000;
}

std::string folded(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lower;
}

void Directory::take_over(Snapshot snapshot) {
  std::unique_lock guard(lock_);
  users_ = std::move(snapshot.users);
  links_ = std::move(snapshot.links);
  take_sessions(std::move(snapshot.sessions));
  for (auto& credential : snapshot.changed) take_credential(std::move(credential));
}

void Directory::take_sessions(std::vector<StoredSession> sessions) {
  std::unordered_set<Digest, DigestHash> present;
  for (auto& row : sessions) {
    present.insert(row.digest);
    LiveSession& live = sessions_[row.digest];
    live.last_seen_ms = std::max(live.last_seen_ms.load(), row.last_seen.ms());
    live.row = std::move(row);
  }
  std::erase_if(sessions_, [&](const auto& entry) { return !present.contains(entry.first); });
}

void Directory::take_credential(StoredCredential credential) {
  const auto known = credentials_.find(credential.digest);
  if (credential.revoked) {
    if (known == credentials_.end() || known->second.id != credential.token.id) return;
    withdrawn_.push_back(known->second.id);
    credentials_.erase(known);
    return;
  }
  LiveCredential& live = credentials_[credential.digest];
  live.id = credential.token.id;
  live.scope = credential.token.scope;
  live.thing = credential.token.thing;
  live.expires_ms = credential.token.expires ? credential.token.expires->ms() : 0;
  live.name = std::move(credential.token.name);
  live.last_used_ms = credential.token.last_used ? credential.token.last_used->ms() : 0;
}

std::optional<Grant> Directory::find_credential(const Digest& digest, Instant now) {
  std::shared_lock guard(lock_);
  const auto found = credentials_.find(digest);
  if (found == credentials_.end()) return std::nullopt;
  LiveCredential& live = found->second;
  if (live.has_expired(now)) return std::nullopt;
  if (now.ms() - live.last_used_ms >= kMinuteMs) {
    live.last_used_ms = now.ms();
    live.used = true;
  }
  return Grant{.token = live.id, .scope = live.scope, .thing = live.thing, .name = live.name};
}

std::vector<TokenId> Directory::take_withdrawn(Instant now) {
  std::unique_lock guard(lock_);
  for (auto& [digest, live] : credentials_) {
    const bool expired = live.has_expired(now);
    if (expired && !live.told) withdrawn_.push_back(live.id);
    live.told = expired;
  }
  return std::exchange(withdrawn_, {});
}

std::vector<TokenId> Directory::good_credentials(Instant now) const {
  std::shared_lock guard(lock_);
  std::vector<TokenId> good;
  for (const auto& [digest, live] : credentials_)
    if (!live.has_expired(now)) good.push_back(live.id);
  return good;
}

bool Directory::is_alive(const LiveSession& session, Instant now) const {
  return now < session.row.created + longest_ && now < Instant::from_ms(session.last_seen_ms) + idle_;
}

std::optional<StoredSession> Directory::find_session(const Digest& digest, Instant now) {
  std::shared_lock guard(lock_);
  const auto found = sessions_.find(digest);
  if (found == sessions_.end() || !is_alive(found->second, now)) return std::nullopt;
  LiveSession& live = found->second;
  if (now.ms() > live.last_seen_ms) {
    live.last_seen_ms = now.ms();
    live.used = true;
  }
  StoredSession row = live.row;
  row.last_seen = Instant::from_ms(live.last_seen_ms);
  return row;
}

std::optional<StoredUser> Directory::user(UserId id) const {
  std::shared_lock guard(lock_);
  const auto found = std::ranges::find(users_, id, [](const StoredUser& stored) { return stored.user.id; });
  return found == users_.end() ? std::nullopt : std::optional(*found);
}

std::optional<StoredUser> Directory::user(std::string_view name) const {
  std::shared_lock guard(lock_);
  const std::string wanted = folded(name);
  for (const auto& stored : users_)
    if (folded(stored.user.name) == wanted) return stored;
  return std::nullopt;
}

std::vector<User> Directory::users() const {
  std::shared_lock guard(lock_);
  std::vector<User> all;
  for (const auto& stored : users_) all.push_back(stored.user);
  return all;
}

std::optional<User> Directory::find_link(const Digest& digest, Instant now) const {
  std::shared_lock guard(lock_);
  const auto link = std::ranges::find(links_, digest, &StoredLink::digest);
  if (link == links_.end() || now >= link->expires) return std::nullopt;
  const auto found = std::ranges::find(users_, link->user, [](const StoredUser& stored) { return stored.user.id; });
  return found == users_.end() ? std::nullopt : std::optional(found->user);
}

std::vector<StoredSession> Directory::sessions(Instant now) const {
  std::shared_lock guard(lock_);
  std::vector<StoredSession> all;
  for (const auto& [digest, live] : sessions_) {
    if (!is_alive(live, now)) continue;
    all.push_back(live.row);
    all.back().last_seen = Instant::from_ms(live.last_seen_ms);
  }
  std::ranges::sort(all, {}, &StoredSession::id);
  return all;
}

bool Directory::has_admin() const {
  std::shared_lock guard(lock_);
  return std::ranges::any_of(users_, [](const StoredUser& stored) { return stored.user.role == Role::admin; });
}

Directory::Used Directory::take_used() {
  std::shared_lock guard(lock_);
  Used used;
  for (auto& [digest, live] : sessions_)
    if (live.used.exchange(false)) used.sessions.emplace_back(live.row.id, live.last_seen_ms.load());
  for (auto& [digest, live] : credentials_)
    if (live.used.exchange(false)) used.credentials.emplace_back(live.id.value, live.last_used_ms.load());
  return used;
}

}  // namespace qala::access
