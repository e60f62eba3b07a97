#include "notify/outbox.h"

#include <array>

namespace qala::notify {

namespace {

constexpr const char* kColumns =
    "id, recipient, key, alarm, severity, events, made, next, attempts, state, done, words, subject, body";

std::int64_t whole(RecipientId id) { return std::int64_t{id.value}; }
std::int64_t whole(AlarmId id) { return static_cast<std::int64_t>(id.value); }

Message message_of(const sqlite::Statement& row) {
  Message out{.id = row.integer(0),
              .recipient = RecipientId(static_cast<std::uint32_t>(row.integer(1))),
              .key = row.text(2),
              .alarm = AlarmId(static_cast<std::uint64_t>(row.integer(3))),
              .severity = static_cast<alarms::Severity>(row.integer(4)),
              .events = static_cast<std::size_t>(row.integer(5)),
              .made = {row.integer(6)},
              .next = {row.integer(7)},
              .attempts = row.integer(8),
              .state = static_cast<MessageState>(row.integer(9)),
              .words = row.text(11),
              .subject = row.text(12),
              .body = row.text(13)};
  if (!row.is_null(10)) out.done = Instant{row.integer(10)};
  return out;
}

Result<std::vector<Message>> messages(sqlite::Statement rows) {
  std::vector<Message> out;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return out;
    out.push_back(message_of(rows));
  }
}

}  // namespace

std::string_view name_of(MessageState state) {
  constexpr std::array<std::string_view, 3> kNames{"waiting", "delivered", "given_up"};
  return kNames[static_cast<std::size_t>(state)];
}

Result<> Outbox::add(RecipientId recipient, const Item& item) {
  TRY(auto row, db_.prepare("INSERT OR IGNORE INTO notify_item (recipient, step, alarm, event, at, due) VALUES "
                            "(?,?,?,?,?,?)"));
  row.bind(1, whole(recipient)).bind(2, static_cast<std::int64_t>(item.step)).bind(3, whole(item.alarm));
  return row.bind(4, name_of(item.event)).bind(5, item.at.ns).bind(6, item.due.ns).run();
}

Result<std::vector<Item>> Outbox::due(RecipientId recipient, Instant now, std::size_t most) {
  TRY(auto rows, db_.prepare("SELECT step, alarm, event, at, due FROM notify_item WHERE recipient = ? AND due <= ? "
                             "ORDER BY step LIMIT ?"));
  rows.bind(1, whole(recipient)).bind(2, now.ns).bind(3, static_cast<std::int64_t>(most));
  std::vector<Item> out;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return out;
    out.push_back({.step = static_cast<std::uint64_t>(rows.integer(0)),
                   .alarm = AlarmId(static_cast<std::uint64_t>(rows.integer(1))),
                   .event = event_from(rows.text(2)).value_or(Event::raised),
                   .at = {rows.integer(3)},
                   .due = {rows.integer(4)}});
  }
}

Result<> Outbox::drop(RecipientId recipient, std::span<const std::uint64_t> steps) {
  TRY(auto row, db_.prepare("DELETE FROM notify_item WHERE recipient = ? AND step = ?"));
  for (const auto step : steps) {
    TRY_VOID(row.bind(1, whole(recipient)).bind(2, static_cast<std::int64_t>(step)).run());
  }
  return {};
}

Result<> Outbox::drop_alarm(RecipientId recipient, AlarmId alarm) {
  TRY(auto row, db_.prepare("DELETE FROM notify_item WHERE recipient = ? AND alarm = ?"));
  return row.bind(1, whole(recipient)).bind(2, whole(alarm)).run();
}

Result<bool> Outbox::exists(const char* table, RecipientId recipient, AlarmId alarm) {
  TRY(auto row, db_.prepare(std::string("SELECT 1 FROM ") + table + " WHERE recipient = ? AND alarm = ? LIMIT 1"));
  return row.bind(1, whole(recipient)).bind(2, whole(alarm)).step();
}

Result<bool> Outbox::holds(RecipientId recipient, AlarmId alarm) { return exists("notify_item", recipient, alarm); }
Result<bool> Outbox::was_told(RecipientId recipient, AlarmId alarm) { return exists("notify_told", recipient, alarm); }

Result<> Outbox::shift(std::int64_t ns) {
  for (const char* sql : {"UPDATE notify_item SET due = due + ?",
                          "UPDATE notify_message SET made = made + ?1, next = next + ?1 WHERE state = 0"}) {
    TRY(auto row, db_.prepare(sql));
    TRY_VOID(row.bind(1, ns).run());
  }
  return {};
}

Result<> Outbox::clear(RecipientId recipient) {
  for (const char* sql : {"DELETE FROM notify_item WHERE recipient = ?", "DELETE FROM notify_told WHERE recipient = ?",
                          "DELETE FROM notify_message WHERE state = 0 AND recipient = ?"}) {
    TRY(auto row, db_.prepare(sql));
    TRY_VOID(row.bind(1, whole(recipient)).run());
  }
  return {};
}

Result<std::size_t> Outbox::count(RecipientId recipient) {
  TRY(auto row, db_.prepare("SELECT (SELECT count(*) FROM notify_item WHERE recipient = ?1)"));
  TRY([[maybe_unused]] const bool any, row.bind(1, whole(recipient)).step());
  return static_cast<std::size_t>(row.integer(0));
}

Result<std::optional<Instant>> Outbox::next_due(RecipientId recipient) {
  TRY(auto row, db_.prepare("SELECT min(due) FROM notify_item WHERE recipient = ?"));
  TRY([[maybe_unused]] const bool any, row.bind(1, whole(recipient)).step());
  return row.is_null(0) ? std::optional<Instant>() : std::optional(Instant{row.integer(0)});
}

Result<> Outbox::note_told(RecipientId recipient, AlarmId alarm) {
  TRY(auto row, db_.prepare("INSERT OR IGNORE INTO notify_told (recipient, alarm) VALUES (?,?)"));
  return row.bind(1, whole(recipient)).bind(2, whole(alarm)).run();
}

Result<> Outbox::forget_told(RecipientId recipient, AlarmId alarm) {
  TRY(auto row, db_.prepare("DELETE FROM notify_told WHERE recipient = ? AND alarm = ?"));
  return row.bind(1, whole(recipient)).bind(2, whole(alarm)).run();
}

Result<std::int64_t> Outbox::add(const Message& message) {
  TRY(auto row, db_.prepare("INSERT INTO notify_message (recipient, key, alarm, severity, events, made, next, subject, "
                            "body) VALUES (?,?,?,?,?,?,?,?,?)"));
  row.bind(1, whole(message.recipient)).bind(2, message.key).bind(3, whole(message.alarm));
  row.bind(4, static_cast<std::int64_t>(message.severity)).bind(5, static_cast<std::int64_t>(message.events));
  row.bind(6, message.made.ns).bind(7, message.next.ns).bind(8, message.subject).bind(9, message.body);
  TRY_VOID(row.run());
  return db_.last_insert_id();
}

Result<std::vector<Message>> Outbox::waiting() {
  TRY(auto rows, db_.prepare(std::string("SELECT ") + kColumns + " FROM notify_message WHERE state = 0 ORDER BY id"));
  return messages(std::move(rows));
}

Result<> Outbox::note(const Message& message) {
  TRY(auto row, db_.prepare("UPDATE notify_message SET attempts = ?2, next = ?3, state = ?4, done = ?5, words = ?6, "
                            "body = CASE ?4 WHEN 0 THEN body ELSE '' END WHERE id = ?1"));
  row.bind(1, message.id).bind(2, message.attempts).bind(3, message.next.ns);
  row.bind(4, static_cast<std::int64_t>(message.state));
  if (message.done) row.bind(5, message.done->ns);
  else row.bind_null(5);
  return row.bind(6, message.words).run();
}

Result<std::vector<Message>> Outbox::list(RecipientId recipient, std::size_t limit) {
  TRY(auto rows, db_.prepare(std::string("SELECT ") + kColumns +
                             " FROM notify_message WHERE ?1 = 0 OR recipient = ?1 "
                             "ORDER BY id DESC LIMIT ?2"));
  rows.bind(1, whole(recipient)).bind(2, static_cast<std::int64_t>(limit));
  return messages(std::move(rows));
}

Result<std::size_t> Outbox::given_up_since(Instant from) {
  TRY(auto row, db_.prepare("SELECT count(*) FROM notify_message WHERE state = 2 AND done >= ?"));
  TRY([[maybe_unused]] const bool any, row.bind(1, from.ns).step());
  return static_cast<std::size_t>(row.integer(0));
}

Result<> Outbox::forget(Instant before, std::size_t keep) {
  TRY(auto row, db_.prepare("DELETE FROM notify_message WHERE state <> 0 AND (done < ?1 OR id <= (SELECT id FROM "
                            "notify_message ORDER BY id DESC LIMIT 1 OFFSET ?2))"));
  return row.bind(1, before.ns).bind(2, static_cast<std::int64_t>(keep)).run();
}

}  // namespace qala::notify
