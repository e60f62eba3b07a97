// Messages on their way: what goes to the carrier, and what became of it.
#include <algorithm>
#include <cmath>

#include "base/json_writer.h"
#include "base/log.h"
#include "notify/mail.h"
#include "notify/notifier.h"

namespace qala::notify {

namespace {

constexpr std::int64_t kFirstWait = 5, kLongestWait = 900;
constexpr std::int64_t kTokenHours = 12;

/// 5, 10, 20 … 900 seconds, of each between a half and the whole: many that failed together do not come back together.
Duration back_off(std::int64_t attempts, Random& random) {
  const auto doubled = kFirstWait << std::clamp<std::int64_t>(attempts - 1, 0, 10);
  const double whole = static_cast<double>(std::min(doubled, kLongestWait));
  const double share = 0.5 + 0.5 * static_cast<double>(random.next() >> 11) / 9007199254740992.0;
  return Duration(static_cast<std::int64_t>(whole * share * 1e9));
}

/// Who was asked and said no stays the reason; only what was never tried had a town that was away.
std::string why_too_late(const Message& message) {
  return message.attempts > 0 ? message.words : "too old: the town was away";
}

std::size_t index_of(Channel channel) { return static_cast<std::size_t>(channel); }

}  // namespace

void Notifier::dispatch(Instant now) {
  for (auto& [id, line] : lines_) {
    if (!line.current || line.in_flight || line.current->next > now || line.recipient.paused) continue;
    const auto back = [this, whom = line.recipient.id, message = line.current->id](Outcome outcome) {
      parts_.post([this, whom, message, outcome = std::move(outcome)] { noted(whom, message, outcome); });
    };
    if (line.unkept) {
      line.in_flight = true;
      back(*line.unkept);
      continue;
    }
    const bool stale = now - line.current->made > std::chrono::seconds(settings_.give_up_s);
    auto parcel =
        stale ? fail(ErrorKind::timeout, why_too_late(*line.current)) : parcel_of(line.recipient, *line.current);
    line.in_flight = true;
    if (parcel) parts_.carrier.send(std::move(*parcel), back);
    else back({.fate = Fate::never, .words = parcel.error().message});
  }
}

Result<Parcel> Notifier::parcel_of(const Recipient& recipient, const Message& message) const {
  if (recipient.channel == Channel::mail) return mail_parcel(recipient, message);
  if (recipient.channel == Channel::push) return push_parcel(recipient, message);
  Headers headers = hook_headers(message.key, parts_.clock.now(), message.body, recipient.secret);
  headers.emplace_back("Content-Type", "application/json");
  return Parcel{Channel::webhook, recipient.address, message.body, std::move(headers)};
}

Parcel Notifier::mail_parcel(const Recipient& recipient, const Message& message) const {
  const std::string& from = settings_.mail_from;
  const std::string domain = from.substr(std::min(from.rfind('@'), from.size() - 1) + 1);
  const std::string about = message.alarm ? "alarm-" + std::to_string(message.alarm.value) : "";
  const Mail mail{.from = from,
                  .from_name = parts_.names.town(recipient.language),
                  .to = recipient.address,
                  .subject = message.subject,
                  .body = message.body,
                  .message_id = message.key + "@" + domain,
                  .thread = about.empty() ? "" : about + "." + facts_.instance + "@" + domain,
                  .language = recipient.language,
                  .urgent = message.severity <= alarms::Severity::high,
                  .at = message.made};
  return {Channel::mail, recipient.address, render(mail), {}};
}

Result<Parcel> Notifier::push_parcel(const Recipient& recipient, const Message& message) const {
  const Instant now = parts_.clock.now();
  TRY(const auto browser, PushKeys::from_stored(recipient.secret));
  TRY(const auto pair, KeyPair::make());
  std::array<std::byte, 16> salt{};
  parts_.random.fill(salt);
  const std::string_view salt_text(reinterpret_cast<const char*>(salt.data()), salt.size());
  TRY(auto sealed, encrypt_push(message.body, browser, pair, salt_text));
  TRY(auto authorization,
      vapid_authorization(facts_.vapid, recipient.address, settings_.contact, now + std::chrono::hours(kTokenHours)));
  const bool urgent = message.severity <= alarms::Severity::high;
  Headers headers{{"Authorization", std::move(authorization)},
                  {"Content-Encoding", "aes128gcm"},
                  {"Content-Type", "application/octet-stream"},
                  {"TTL", std::to_string(settings_.give_up_s)},
                  {"Urgency", urgent ? "high" : "normal"}};
  // The push service keeps one of a topic for a browser that is away: the latest word on an alarm.
  if (message.alarm) headers.emplace_back("Topic", "alarm-" + std::to_string(message.alarm.value));
  return Parcel{Channel::push, recipient.address, std::move(sealed), std::move(headers)};
}

void Notifier::noted(RecipientId recipient, std::int64_t message, const Outcome& outcome) {
  const auto at = lines_.find(recipient);
  if (at == lines_.end() || !at->second.current || at->second.current->id != message) return;
  Line& line = at->second;
  follow_clock();
  line.in_flight = false;
  const bool known = std::exchange(line.unkept, std::nullopt).has_value();
  const bool delivered = outcome.fate == Fate::delivered;
  auto& counter = delivered ? counters_.delivered : counters_.failed;
  if (!known) counter[index_of(line.recipient.channel)]++;
  if (!known && !delivered) {
    log::warn("notification not delivered", {{"recipient", recipient.value}, {"attempt", line.current->attempts + 1}});
  }
  auto kept = keep_jump();
  if (kept) kept = note(line, outcome);
  if (!kept) {
    if (!known) log::error("what became of a notification is not kept", {{"why", kept.error().message}});
    remember(line, outcome);
  }
  publish_health();
}

/// town.db cannot be written: what is known stays in memory, so that nobody is told the same every second. After a
/// crash the message goes out again, under the same key.
void Notifier::remember(Line& line, const Outcome& outcome) {
  if (!line.current) return;
  Message& message = *line.current;
  const Instant now = parts_.clock.now();
  if (outcome.fate != Fate::later) {
    line.unkept = outcome;
    message.next = now + std::chrono::seconds(kFirstWait);
    return;
  }
  message.attempts++;
  message.words = outcome.words;
  message.next = now + wait_after(outcome, message.attempts);
  line.standing.failing_since = line.standing.failing_since.value_or(now);
  line.standing.failure = outcome.words;
}

Duration Notifier::wait_after(const Outcome& outcome, std::int64_t attempts) {
  return std::max<Duration>(back_off(attempts, parts_.random), std::chrono::seconds(outcome.wait_s));
}

Result<> Notifier::note(Line& line, const Outcome& outcome) {
  const Instant now = parts_.clock.now();
  if (outcome.fate == Fate::gone) return note_gone(line, outcome);
  if (outcome.fate != Fate::delivered) return note_later(line, outcome, now);
  Message done = *line.current;
  done.attempts++;
  done.state = MessageState::delivered;
  done.done = now;
  done.words = outcome.words;
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY_VOID(outbox_.note(done));
  TRY_VOID(book_.note_sent(line.recipient.id, now));
  TRY_VOID(transaction.commit());
  line.current.reset();
  line.standing = {.left_out = line.standing.left_out, .last_sent = now};
  return {};
}

Result<> Notifier::note_later(Line& line, const Outcome& outcome, Instant now) {
  Message message = *line.current;
  message.attempts++;
  message.words = outcome.words;
  message.next = now + wait_after(outcome, message.attempts);
  const bool too_late = message.next > message.made + std::chrono::seconds(settings_.give_up_s);
  if (outcome.fate == Fate::never || too_late) {
    message.state = MessageState::given_up;
    message.done = now;
  }
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY_VOID(outbox_.note(message));
  TRY_VOID(book_.note_failure(line.recipient.id, now, outcome.words));
  TRY_VOID(transaction.commit());
  line.standing.failing_since = line.standing.failing_since.value_or(now);
  line.standing.failure = outcome.words;
  if (message.state != MessageState::given_up) {
    line.current = std::move(message);
    return {};
  }
  log::error("notification given up", {{"recipient", line.recipient.id.value}, {"events", message.events}});
  counters_.given_up++;
  counters_.given_up_total++;
  line.current.reset();
  return {};
}

/// A browser that took back its consent goes; a web-hook that says so is paused, and an administrator sees why.
Result<> Notifier::note_gone(Line& line, const Outcome& outcome) {
  const audit::Actor system{.kind = "system", .subject = "notify"};
  if (line.recipient.channel == Channel::push) return remove(line.recipient.id, system);
  Recipient paused = line.recipient;
  paused.paused = true;
  TRY([[maybe_unused]] const auto changed, change(std::move(paused), system));
  TRY_VOID(book_.note_failure(line.recipient.id, parts_.clock.now(), outcome.words));
  line.standing.failing_since = parts_.clock.now();
  line.standing.failure = outcome.words;
  return {};
}

Result<> Notifier::test(RecipientId id, Carrier::Done done) {
  const auto at = lines_.find(id);
  if (at == lines_.end()) return fail(ErrorKind::not_found, "there is no such recipient");
  const Recipient& recipient = at->second.recipient;
  const Instant now = parts_.clock.now();
  const Letter to = letter(recipient, now);
  Message message{.recipient = id, .severity = alarms::Severity::info, .events = 0, .made = now, .next = now};
  message.key = facts_.instance + "-test-" + parts_.random.token(9);
  const Text text = test_text(to);
  message.subject = text.subject;
  message.body = text.body;
  if (recipient.channel == Channel::webhook) message.body = hook_test_body(message.key, to);
  if (recipient.channel == Channel::push) {
    message.body.clear();
    JsonWriter json(message.body);
    json.object().field("title", text.subject).field("body", text.body.substr(0, text.body.find('\n')));
    json.field("key", message.key).field("url", link_to({}, to)).field("tag", "test").field("severity", 5).end();
  }
  TRY(auto parcel, parcel_of(recipient, message));
  parts_.carrier.send(std::move(parcel), [this, id, done = std::move(done)](Outcome outcome) {
    parts_.post([this, id, outcome] { tested(id, outcome); });
    done(std::move(outcome));
  });
  return {};
}

/// What failed is worth another attempt now.
void Notifier::tested(RecipientId id, const Outcome& outcome) {
  const auto at = lines_.find(id);
  if (at == lines_.end() || outcome.fate != Fate::delivered) return;
  Line& line = at->second;
  if (!line.standing.failing_since) return;
  if (const auto kept = book_.note_well(id); !kept) return;
  follow_clock();
  line.standing.failing_since.reset();
  line.standing.failure.clear();
  if (line.current) line.current->next = parts_.clock.now();
  publish_health();
}

}  // namespace qala::notify
