// Items become a message: what is still news, one by one or summed up.
#include <algorithm>

#include "alarms/feed.h"
#include "base/json_writer.h"
#include "notify/notifier.h"
#include "notify/routing.h"

namespace qala::notify {

namespace {

/// A recipient cannot be asked more than this much quicker than the rest; a program can.
constexpr double kHookTokens = 20, kHookPerSecond = 1;

bool is_raise(Event event) { return event == Event::raised || event == Event::raised_again; }

/// In a summary an alarm stands once, with what happened to it last.
std::vector<Told> last_of_each(std::span<const Told> told) {
  std::vector<Told> out;
  for (const auto& one : told) {
    const auto known = std::ranges::find(out, one.alarm.id, [](const Told& other) { return other.alarm.id; });
    if (known == out.end()) out.push_back(one);
    else *known = one;
  }
  return out;
}

std::string push_body(const Text& text, std::string_view key, const Message& message, const std::string& url) {
  std::string body;
  JsonWriter json(body);
  json.object().field("title", text.subject).field("body", text.body).field("key", key).field("url", url);
  // One note per alarm in the browser: what comes later takes its place.
  json.field("tag", message.alarm ? "alarm-" + std::to_string(message.alarm.value) : std::string("alarms"));
  json.field("severity", static_cast<int>(message.severity)).end();
  return body;
}

}  // namespace

double Notifier::capacity(const Line& line) const {
  return line.recipient.channel == Channel::webhook ? kHookTokens : static_cast<double>(settings_.burst);
}

void Notifier::refill(Line& line) const {
  const std::int64_t now = parts_.clock.monotonic_ns();
  const double seconds = static_cast<double>(now - line.tokens_ns) / 1e9;
  const double rate = line.recipient.channel == Channel::webhook
                          ? kHookPerSecond
                          : 1.0 / static_cast<double>(std::max<std::int64_t>(settings_.gap_s, 1));
  line.tokens = std::min(capacity(line), line.tokens + seconds * rate);
  line.tokens_ns = now;
}

/// For one recipient: the next call takes the next.
Result<bool> Notifier::compose_one(Instant now) {
  for (auto& [id, line] : lines_) {
    if (line.recipient.paused || line.current || !line.due || *line.due > now) continue;
    refill(line);
    if (line.tokens < 1) continue;
    TRY_VOID(compose(line, now));
    return true;
  }
  return false;
}

Result<> Notifier::compose(Line& line, Instant now) {
  TRY(auto composed, select(line, now));
  if (composed.told.empty()) return keep(line, composed, std::nullopt);
  const bool hook = line.recipient.channel == Channel::webhook;
  const bool one_by_one =
      !hook && line.standing.left_out == 0 && static_cast<double>(composed.told.size()) <= line.tokens;
  if (one_by_one) {  // the first; the others stay where they are
    for (const auto& other : std::span(composed.told).subspan(1)) std::erase(composed.taken, other.step);
    composed.told.resize(1);
  }
  auto message = message_of(line, composed.told, line.standing.left_out, now);
  TRY_VOID(keep(line, composed, std::move(message)));
  line.tokens -= 1;
  return {};
}

Result<Notifier::Composed> Notifier::select(const Line& line, Instant now) {
  const RecipientId id = line.recipient.id;
  TRY(const auto items, outbox_.due(id, now, line.recipient.channel == Channel::webhook ? kHookEvents : kQueue));
  const bool listens = within_hours(line.recipient.wishes, parts_.zone, now);
  Composed out;
  for (const auto& item : items) {
    out.taken.push_back(item.step);
    auto alarm = alarms::read_alarm(parts_.db, item.alarm);
    if (!alarm && alarm.error().kind != ErrorKind::not_found) return std::move(alarm.error());
    const bool stale = now - item.due > std::chrono::seconds(settings_.give_up_s);  // the town was away
    if (!alarm || !listens || stale) continue;
    if (line.recipient.user && !parts_.audience.may_hear(line.recipient.user, *alarm)) continue;
    TRY(const bool news, is_news(line, item, *alarm, out));
    if (news) out.told.push_back({.step = item.step, .event = item.event, .at = item.at, .alarm = std::move(*alarm)});
  }
  return out;
}

Result<bool> Notifier::is_news(const Line& line, const Item& item, const alarms::Alarm& alarm, Composed& into) {
  if (item.event == Event::escalated) return still_waits(alarm);
  if (is_raise(item.event)) {
    const bool aside = alarm.condition == alarms::Condition::active && !alarm.in_tray();
    return !aside && (line.recipient.wishes.delay_s == 0 || still_waits(alarm));
  }
  const bool here = std::ranges::any_of(into.told, [&](const Told& told) { return told.alarm.id == item.alarm; });
  if (here) return true;
  TRY(const bool told, outbox_.was_told(line.recipient.id, item.alarm));
  if (!told) into.over.push_back(item.alarm);
  return told;
}

Result<> Notifier::keep(Line& line, Composed& composed, std::optional<Message> message) {
  const RecipientId id = line.recipient.id;
  const auto& events = line.recipient.wishes.events;
  const bool hears_ends = events.empty() || std::ranges::find(events, Event::cleared) != events.end();
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  if (message) {
    TRY(message->id, outbox_.add(*message));
    TRY_VOID(book_.clear_left_out(id));
  }
  TRY_VOID(outbox_.drop(id, composed.taken));
  for (const auto alarm : composed.over) TRY_VOID(outbox_.drop_alarm(id, alarm));
  for (const auto& told : composed.told) {
    if (told.event == Event::cleared) TRY_VOID(outbox_.forget_told(id, told.alarm.id));
    else if (hears_ends) TRY_VOID(outbox_.note_told(id, told.alarm.id));
  }
  TRY_VOID(transaction.commit());
  if (message) {
    line.current = std::move(message);
    line.standing.left_out = 0;
  }
  return refresh(line);
}

Letter Notifier::letter(const Recipient& recipient, Instant now) const {
  return {.language = recipient.language,
          .recipient = recipient.name,
          .address = settings_.address,
          .zone = parts_.zone,
          .now = now,
          .names = parts_.names};
}

Message Notifier::message_of(const Line& line, std::span<const Told> told, std::uint64_t left_out, Instant now) const {
  const Recipient& recipient = line.recipient;
  const Letter to = letter(recipient, now);
  const bool one = told.size() == 1 && left_out == 0;
  const auto worst = std::ranges::min(told, {}, [](const Told& each) { return each.alarm.severity; });
  Message message{.recipient = recipient.id,
                  .alarm = one ? told.front().alarm.id : AlarmId(),
                  .severity = worst.alarm.severity,
                  .events = told.size(),
                  .made = now,
                  .next = now};
  message.key = facts_.instance + "-" + std::to_string(recipient.id.value) + "-" + std::to_string(told.back().step);
  const auto summary = last_of_each(told);
  if (recipient.channel == Channel::mail) {
    Text text = one ? text_of(told.front(), to) : digest_of(summary, left_out, to);
    message.subject = std::move(text.subject), message.body = std::move(text.body);
    return message;
  }
  const Text text = short_text_of(summary, left_out, to);
  message.subject = text.subject;
  message.body = recipient.channel == Channel::webhook
                     ? hook_body(told, left_out, message.key, to)
                     : push_body(text, message.key, message, link_to(message.alarm, to));
  return message;
}

}  // namespace qala::notify
