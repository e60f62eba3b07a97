#pragma once

#include <string_view>
#include <vector>

#include "base/sqlite.h"
#include "notify/push.h"
#include "notify/recipient.h"

namespace qala::notify {

/// The recipients and the room's own facts in town.db. Writer thread; `db` must outlive it. What a call changes is
/// durable when it returns, unless the caller has a transaction open.
class Book {
 public:
  explicit Book(sqlite::Database& db) : db_(db) {}

  Result<std::vector<Recipient>> load();
  /// With id 0 a new one; returns its id.
  Result<RecipientId> put(const Recipient& recipient);
  Result<> remove(RecipientId id);  ///< with all that waits for it

  /// How it fares; `waiting` is the outbox' to add.
  Result<Standing> standing(RecipientId id);
  Result<> note_sent(RecipientId id, Instant at);
  Result<> note_failure(RecipientId id, Instant since, std::string_view words);
  Result<> note_well(RecipientId id);
  Result<> add_left_out(RecipientId id, std::uint64_t more);
  Result<> clear_left_out(RecipientId id);

  struct Facts {
    std::uint64_t step = 0;
    std::string instance = {};
    KeyPair vapid = {};
  };
  /// None before the first save().
  Result<std::optional<Facts>> facts();
  Result<> save(const Facts& facts);
  Result<> save_step(std::uint64_t step);

 private:
  Result<> update(RecipientId id, const char* what);
  sqlite::Database& db_;
};

}  // namespace qala::notify
