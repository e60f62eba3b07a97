#include "notify/book.h"

#include <charconv>

#include "base/base64.h"
#include "notify/loose_base64.h"

namespace qala::notify {

namespace {

constexpr const char* kColumns =
    "id, name, channel, address, secret, user, language, severities, zones, kinds, events, hours, delay_s, paused, "
    "created, since_step";

std::int64_t whole(RecipientId id) { return std::int64_t{id.value}; }

template <class List, class Text>
std::string join(const List& list, Text text) {
  std::string out;
  for (const auto& one : list) {
    if (!out.empty()) out += ',';
    out += text(one);
  }
  return out;
}

template <class Each>
void split(std::string_view text, char mark, Each each) {
  while (!text.empty()) {
    const auto at = text.find(mark);
    each(text.substr(0, at));
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  }
}

std::int64_t number_in(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string hours_text(const std::vector<alarms::Hours>& hours) {
  return join(hours, [](const alarms::Hours& one) {
    return std::to_string(one.days) + " " + std::to_string(one.from_min) + " " + std::to_string(one.until_min);
  });
}

std::vector<alarms::Hours> hours_from(std::string_view text) {
  std::vector<alarms::Hours> out;
  split(text, ',', [&](std::string_view one) {
    std::vector<std::int64_t> parts;
    split(one, ' ', [&](std::string_view part) { parts.push_back(number_in(part)); });
    if (parts.size() != 3) return;
    out.push_back({.days = static_cast<std::uint8_t>(parts[0]),
                   .from_min = static_cast<std::int32_t>(parts[1]),
                   .until_min = static_cast<std::int32_t>(parts[2])});
  });
  return out;
}

Recipient recipient_of(const sqlite::Statement& row) {
  Recipient out{.id = RecipientId(static_cast<std::uint32_t>(row.integer(0))),
                .name = row.text(1),
                .channel = channel_from(row.text(2)).value_or(Channel::mail),
                .address = row.text(3),
                .secret = row.text(4),
                .user = UserId(static_cast<std::uint32_t>(row.integer(5))),
                .language = words::language_from(row.text(6)).value_or(words::Language::kk),
                .paused = row.integer(13) != 0,
                .created = {row.integer(14)},
                .since_step = static_cast<std::uint64_t>(row.integer(15))};
  auto& wishes = out.wishes;
  wishes.events.clear();
  split(row.text(7), ',',
        [&](auto one) { wishes.severities.push_back(static_cast<alarms::Severity>(number_in(one))); });
  split(row.text(8), ',', [&](auto one) { wishes.zones.push_back(static_cast<std::uint32_t>(number_in(one))); });
  split(row.text(9), ',', [&](auto one) {
    if (const auto kind = registry::kind_from(one)) wishes.kinds.push_back(*kind);
  });
  split(row.text(10), ',', [&](auto one) {
    if (const auto event = event_from(one)) wishes.events.push_back(*event);
  });
  wishes.hours = hours_from(row.text(11));
  wishes.delay_s = row.integer(12);
  return out;
}

}  // namespace

Result<std::vector<Recipient>> Book::load() {
  TRY(auto rows, db_.prepare(std::string("SELECT ") + kColumns + " FROM notify_recipient ORDER BY id"));
  std::vector<Recipient> out;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return out;
    out.push_back(recipient_of(rows));
  }
}

Result<RecipientId> Book::put(const Recipient& recipient) {
  TRY(auto row,
      db_.prepare("INSERT INTO notify_recipient (id, name, channel, address, secret, user, language, severities, "
                  "zones, kinds, events, hours, delay_s, paused, created, since_step) VALUES "
                  "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16) ON CONFLICT (id) DO UPDATE SET "
                  "name=?2, address=?4, secret=?5, user=?6, language=?7, severities=?8, zones=?9, kinds=?10, "
                  "events=?11, hours=?12, delay_s=?13, paused=?14, since_step=?16"));
  const auto& wishes = recipient.wishes;
  if (recipient.id) row.bind(1, whole(recipient.id));
  else row.bind_null(1);
  row.bind(2, recipient.name).bind(3, name_of(recipient.channel)).bind(4, recipient.address).bind(5, recipient.secret);
  row.bind(6, std::int64_t{recipient.user.value}).bind(7, words::code_of(recipient.language));
  row.bind(8, join(wishes.severities, [](auto one) { return std::to_string(static_cast<int>(one)); }));
  row.bind(9, join(wishes.zones, [](auto one) { return std::to_string(one); }));
  row.bind(10, join(wishes.kinds, [](auto one) { return registry::name_of(one); }));
  row.bind(11, join(wishes.events, [](auto one) { return name_of(one); })).bind(12, hours_text(wishes.hours));
  row.bind(13, wishes.delay_s).bind(14, std::int64_t{recipient.paused}).bind(15, recipient.created.ns);
  row.bind(16, static_cast<std::int64_t>(recipient.since_step));
  TRY_VOID(row.run());
  return recipient.id ? recipient.id : RecipientId(static_cast<std::uint32_t>(db_.last_insert_id()));
}

Result<> Book::remove(RecipientId id) {
  TRY(auto row, db_.prepare("DELETE FROM notify_recipient WHERE id = ?"));
  return row.bind(1, whole(id)).run();
}

Result<Standing> Book::standing(RecipientId id) {
  TRY(auto row, db_.prepare("SELECT left_out, last_sent, failing_since, failure FROM notify_recipient WHERE id = ?"));
  TRY(const bool any, row.bind(1, whole(id)).step());
  Standing out;
  if (!any) return out;
  out.left_out = static_cast<std::uint64_t>(row.integer(0));
  if (!row.is_null(1)) out.last_sent = Instant{row.integer(1)};
  if (!row.is_null(2)) out.failing_since = Instant{row.integer(2)};
  out.failure = row.text(3);
  return out;
}

Result<> Book::note_sent(RecipientId id, Instant at) {
  TRY(auto row,
      db_.prepare("UPDATE notify_recipient SET last_sent = ?2, failing_since = NULL, failure = '' WHERE id = ?1"));
  return row.bind(1, whole(id)).bind(2, at.ns).run();
}

Result<> Book::note_failure(RecipientId id, Instant since, std::string_view words) {
  TRY(auto row, db_.prepare("UPDATE notify_recipient SET failing_since = coalesce(failing_since, ?2), failure = ?3 "
                            "WHERE id = ?1"));
  return row.bind(1, whole(id)).bind(2, since.ns).bind(3, words).run();
}

Result<> Book::update(RecipientId id, const char* what) {
  TRY(auto row, db_.prepare(std::string("UPDATE notify_recipient SET ") + what + " WHERE id = ?"));
  return row.bind(1, whole(id)).run();
}

Result<> Book::note_well(RecipientId id) { return update(id, "failing_since = NULL, failure = ''"); }
Result<> Book::clear_left_out(RecipientId id) { return update(id, "left_out = 0"); }

Result<> Book::add_left_out(RecipientId id, std::uint64_t more) {
  TRY(auto row, db_.prepare("UPDATE notify_recipient SET left_out = left_out + ?2 WHERE id = ?1"));
  return row.bind(1, whole(id)).bind(2, static_cast<std::int64_t>(more)).run();
}

Result<std::optional<Book::Facts>> Book::facts() {
  TRY(auto row, db_.prepare("SELECT step, instance, secret, open FROM notify_position"));
  TRY(const bool any, row.step());
  if (!any) return std::optional<Facts>();
  const auto secret = from_loose_base64(row.text(2)), open = from_loose_base64(row.text(3));
  if (!secret || !open) return fail(ErrorKind::corrupt, "the town's key for push is damaged");
  return std::optional(Facts{static_cast<std::uint64_t>(row.integer(0)), row.text(1), {*secret, *open}});
}

Result<> Book::save(const Facts& facts) {
  TRY(auto row,
      db_.prepare("INSERT OR REPLACE INTO notify_position (one, step, instance, secret, open) VALUES (1,?,?,?,?)"));
  row.bind(1, static_cast<std::int64_t>(facts.step)).bind(2, facts.instance);
  return row.bind(3, to_base64url(facts.vapid.secret)).bind(4, to_base64url(facts.vapid.open)).run();
}

Result<> Book::save_step(std::uint64_t step) {
  TRY(auto row, db_.prepare("UPDATE notify_position SET step = ?"));
  return row.bind(1, static_cast<std::int64_t>(step)).run();
}

}  // namespace qala::notify
