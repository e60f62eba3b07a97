#include "access/town_access.h"

namespace qala::access {

Result<> TownAccess::maintain() {
  TRY_VOID(flush_used());
  return remove_expired();
}

/// When things were used is not a change that another process must hear of: access_change stays as it is.
Result<> TownAccess::flush_used() {
  const auto used = directory_.take_used();
  if (used.sessions.empty() && used.credentials.empty()) return {};
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto session, db_.prepare("UPDATE session SET last_seen=max(last_seen, ?2) WHERE id=?1"));
  for (const auto& [id, ms] : used.sessions) TRY_VOID(session.bind(1, static_cast<std::int64_t>(id)).bind(2, ms).run());
  TRY(auto credential, db_.prepare("UPDATE credential SET last_used=?2 WHERE id=?1"));
  for (const auto& [id, ms] : used.credentials)
    TRY_VOID(credential.bind(1, static_cast<std::int64_t>(id)).bind(2, ms).run());
  return transaction.commit();
}

Result<> TownAccess::remove_expired() {
  const Instant now = clock_.now();
  TRY(auto sessions, db_.prepare("DELETE FROM session WHERE created <= ?1 OR last_seen <= ?2"));
  TRY_VOID(sessions.bind(1, (now - policy_.longest).ms()).bind(2, (now - policy_.idle).ms()).run());
  std::vector<Digest> forgotten;
  {
    std::lock_guard guard(lockout_lock_);
    forgotten = lockout_.prune(now);
  }
  if (forgotten.empty()) return {};
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const Digest& pair : forgotten) TRY_VOID(forget_failure(pair));
  return transaction.commit();
}

}  // namespace qala::access
