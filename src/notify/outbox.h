#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/sqlite.h"
#include "notify/recipient.h"

namespace qala::notify {

/// One event that one recipient is to be told.
struct Item {
  std::uint64_t step = 0;  ///< its place in the order of alarms
  AlarmId alarm = {};
  Event event = Event::raised;
  Instant at = {};   ///< when it happened
  Instant due = {};  ///< told not before
};

enum class MessageState : std::uint8_t { waiting, delivered, given_up };
std::string_view name_of(MessageState state);  ///< "given_up"

/// What goes to one recipient in one piece. Made once; every attempt sends the same.
struct Message {
  std::int64_t id = 0;
  RecipientId recipient = {};
  std::string key = {};  ///< idempotency key: town, recipient, last step
  AlarmId alarm = {};    ///< none: several
  alarms::Severity severity = alarms::Severity::medium;  ///< the worst in it
  std::size_t events = 0;
  Instant made = {};
  Instant next = {};  ///< next attempt
  std::int64_t attempts = 0;
  MessageState state = MessageState::waiting;
  std::optional<Instant> done = {};
  std::string words = {};
  std::string subject = {};
  std::string body = {};
};

/// What waits to be told, in town.db: items until they are in a message, messages until they have arrived. Writer
/// thread; `db` must outlive it. The caller holds the transactions.
class Outbox {
 public:
  explicit Outbox(sqlite::Database& db) : db_(db) {}

  Result<> add(RecipientId recipient, const Item& item);
  /// Oldest first, at most `most`, due by now.
  Result<std::vector<Item>> due(RecipientId recipient, Instant now, std::size_t most);
  Result<> drop(RecipientId recipient, std::span<const std::uint64_t> steps);
  /// What waits of an alarm that is over before anybody was told.
  Result<> drop_alarm(RecipientId recipient, AlarmId alarm);
  Result<bool> holds(RecipientId recipient, AlarmId alarm);
  Result<> shift(std::int64_t ns);  ///< the times of all that waits: the clock was set by so much
  Result<> clear(RecipientId recipient);  ///< items and messages that wait
  Result<std::size_t> count(RecipientId recipient);
  /// When the next item of a recipient is due; nothing: there is none.
  Result<std::optional<Instant>> next_due(RecipientId recipient);

  Result<bool> was_told(RecipientId recipient, AlarmId alarm);
  Result<> note_told(RecipientId recipient, AlarmId alarm);
  Result<> forget_told(RecipientId recipient, AlarmId alarm);

  Result<std::int64_t> add(const Message& message);
  Result<std::vector<Message>> waiting();
  Result<> note(const Message& message);  ///< attempts, next, state, done, words
  /// Newest first; none: of all.
  Result<std::vector<Message>> list(RecipientId recipient, std::size_t limit);
  Result<std::size_t> given_up_since(Instant from);
  /// Delivered and given-up messages from before, and beyond the newest `keep`.
  Result<> forget(Instant before, std::size_t keep);

 private:
  Result<bool> exists(const char* table, RecipientId recipient, AlarmId alarm);
  sqlite::Database& db_;
};

}  // namespace qala::notify
