#include "notify/notifier.h"

#include <algorithm>

#include "alarms/feed.h"
#include "base/base64.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "notify/loose_base64.h"
#include "notify/routing.h"
#include "notify/schema.h"

namespace qala::notify {

namespace {
constexpr std::size_t kRowsAtOnce = 256;
constexpr std::int64_t kMaintainEvery = 60 * Instant::kSecond;
constexpr std::int64_t kKeepDays = 30;
constexpr std::size_t kKeepMessages = 2000;
}  // namespace

Notifier::Notifier(Parts parts, Settings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      book_(parts_.db),
      outbox_(parts_.db),
      wall_(parts_.clock) {}

Result<std::unique_ptr<Notifier>> Notifier::open(Parts parts, Settings settings) {
  TRY_VOID(upgrade_schema(parts.db).context("tables of notifications"));
  std::unique_ptr<Notifier> self(new Notifier(std::move(parts), std::move(settings)));
  TRY_VOID(self->load().context("notifications"));
  return self;
}

Result<> Notifier::load() {
  TRY(auto facts, book_.facts());
  if (!facts) {
    facts.emplace();
    TRY(facts->step, alarms::newest_step(parts_.db));  // what was before us is not news
    TRY(facts->vapid, KeyPair::make());
    facts->instance = parts_.random.token(6);
    TRY_VOID(book_.save(*facts));
  }
  facts_ = std::move(*facts);
  position_ = facts_.step;
  TRY(const auto recipients, book_.load());
  for (const auto& recipient : recipients) {
    Line line = make_line(recipient);
    TRY(line.standing, book_.standing(recipient.id));
    TRY_VOID(refresh(line));
    lines_.emplace(recipient.id, std::move(line));
  }
  TRY(auto waiting, outbox_.waiting());
  for (auto& message : waiting) {
    const auto at = lines_.find(message.recipient);
    if (at != lines_.end()) at->second.current = std::move(message);
  }
  TRY_VOID(maintain(parts_.clock.now()));
  publish_health();
  return {};
}

bool Notifier::work() {
  follow_clock();
  const auto more = step(parts_.clock.now());
  if (!more && more.error().message != complained_) {
    complained_ = more.error().message;
    log::error("notifications are not kept", {{"why", complained_}});
  }
  if (more) complained_.clear();
  return more && *more;
}

/// A clock that was set has made nothing older, and nobody is to wait for the time that it showed.
void Notifier::follow_clock() {
  const auto jump = wall_.look();
  if (!jump) return;
  log::warn("clock leapt, what waits to be told follows it", {{"seconds", *jump / Instant::kSecond}});
  unkept_jump_ += *jump;
  for (auto& [id, line] : lines_) {
    if (!line.current) continue;
    line.current->made.ns += *jump;
    line.current->next.ns += *jump;
  }
}

/// Before anything else is written that has a time.
Result<> Notifier::keep_jump() {
  if (unkept_jump_ == 0) return {};
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY_VOID(outbox_.shift(unkept_jump_));
  TRY_VOID(transaction.commit());
  const std::int64_t jump = std::exchange(unkept_jump_, 0);
  for (auto& [id, line] : lines_) {
    if (line.due) line.due->ns += jump;
  }
  return {};
}

Result<bool> Notifier::step(Instant now) {
  if (auto kept = keep_jump(); !kept) {
    dispatch(now);  // what is under way does not need town.db
    return std::move(kept.error());
  }
  TRY(const bool more_steps, take_steps());
  if (more_steps) return true;
  TRY(const bool composed, compose_one(now));
  dispatch(now);
  if (!composed && parts_.clock.monotonic_ns() - maintained_ns_ >= kMaintainEvery) TRY_VOID(maintain(now));
  publish_health();
  return composed;
}

Result<bool> Notifier::take_steps() {
  TRY(const auto newest, alarms::newest_step(parts_.db));
  if (newest <= position_) return false;
  const auto most = std::clamp<std::size_t>(kRowsAtOnce / std::max<std::size_t>(lines_.size(), 1), 4, 128);
  TRY(const auto feed, alarms::read_feed(parts_.db, position_, most));
  if (feed.empty()) return false;
  auto made = make_items(feed, parts_.clock.now());
  settle_added(made.has_value());
  if (!made) return std::move(made.error());
  position_ = feed.back().number;
  return position_ < newest;
}

Result<bool> Notifier::make_items(std::span<const alarms::FeedStep> feed, Instant now) {
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  bool any = false;
  for (const auto& told : feed) {
    TRY(const bool made, make_items_of(told, now));
    any |= made;
  }
  if (!any) return false;  // nothing to keep: after a crash it is looked at again
  TRY_VOID(book_.save_step(feed.back().number));
  TRY_VOID(transaction.commit());
  return true;
}

Result<bool> Notifier::make_items_of(const alarms::FeedStep& told, Instant now) {
  const auto event = event_of(told);
  if (!event) return false;
  bool any = false;
  for (auto& [id, line] : lines_) {
    const Recipient& recipient = line.recipient;
    if (recipient.paused || told.number <= recipient.since_step || !wants(recipient.wishes, *event, told.alarm))
      continue;
    if (*event == Event::cleared) {
      TRY(const bool heard, wants_end(line, told.alarm.id));
      if (!heard) continue;
    }
    any = true;
    TRY_VOID(make_item(line, told, *event, now));
  }
  return any;
}

Result<> Notifier::make_item(Line& line, const alarms::FeedStep& told, Event event, Instant now) {
  if (line.queued + line.added.items >= kQueue) {
    line.added.left_out++;
    return book_.add_left_out(line.recipient.id, 1);
  }
  const Instant due = due_at(line.recipient.wishes, event, now);
  line.added.items++;
  line.added.due = std::min(line.added.due.value_or(due), due);
  return outbox_.add(line.recipient.id,
                     {.step = told.number, .alarm = told.alarm.id, .event = event, .at = {told.step.at}, .due = due});
}

void Notifier::settle_added(bool kept) {
  for (auto& [id, line] : lines_) {
    const Added added = std::exchange(line.added, {});
    if (!kept) continue;
    line.queued += added.items;
    line.standing.left_out += added.left_out;
    counters_.left_out_total += added.left_out;
    if (added.due) line.due = std::min(line.due.value_or(*added.due), *added.due);
  }
}

/// The end of an alarm is for those who heard, or are about to hear, of its beginning.
Result<bool> Notifier::wants_end(const Line& line, AlarmId alarm) {
  TRY(const bool told, outbox_.was_told(line.recipient.id, alarm));
  if (told) return true;
  return outbox_.holds(line.recipient.id, alarm);
}

Result<> Notifier::refresh(Line& line) {
  TRY(line.queued, outbox_.count(line.recipient.id));
  TRY(line.due, outbox_.next_due(line.recipient.id));
  return {};
}

Notifier::Line Notifier::make_line(const Recipient& recipient) const {
  Line line{.recipient = recipient, .current = {}, .due = {}};
  line.tokens = capacity(line);
  line.tokens_ns = parts_.clock.monotonic_ns();
  return line;
}

Listed Notifier::listed(const Line& line) {
  Listed out{line.recipient, line.standing};
  out.standing.waiting = line.queued + (line.current ? line.current->events : 0);
  if (line.current) out.standing.next_attempt = line.current->next;
  return out;
}

std::vector<Listed> Notifier::list() const {
  std::vector<Listed> out;
  for (const auto& [id, line] : lines_) out.push_back(listed(line));
  return out;
}

Result<Listed> Notifier::find(RecipientId id) const {
  const auto at = lines_.find(id);
  if (at == lines_.end()) return fail(ErrorKind::not_found, "there is no recipient " + std::to_string(id.value));
  return listed(at->second);
}

Result<> Notifier::record(const audit::Actor& by, std::string_view action, const Recipient& recipient) {
  std::string detail;
  JsonWriter json(detail);
  json.object().field("name", recipient.name).field("channel", name_of(recipient.channel));
  // A browser's address is a secret of its own: who has it can send to it.
  if (recipient.channel != Channel::push) json.field("address", recipient.address);
  json.field("paused", recipient.paused).end();
  return parts_.audit.record(by, action, "recipient " + std::to_string(recipient.id.value), detail);
}

Result<> Notifier::check(const Recipient& recipient) const {
  TRY_VOID(validate(recipient));
  if (recipient.user && !parts_.audience.knows(recipient.user))
    return fail(ErrorKind::invalid, "user: nobody of that number");
  if (recipient.channel == Channel::webhook && !is_hook_secret(recipient.secret))
    return fail(ErrorKind::invalid, "secret: whsec_ and 24 to 64 bytes as base64");
  if (recipient.channel == Channel::mail && !has_mail())
    return fail(ErrorKind::conflict, "no_mail: no mail server is named: section [mail] of the configuration");
  return {};
}

Result<Recipient> Notifier::add(Recipient recipient, const audit::Actor& by) {
  if (recipient.channel == Channel::webhook && recipient.secret.empty())
    recipient.secret = new_hook_secret(parts_.random);
  TRY_VOID(check(recipient));
  std::size_t browsers = 0;
  for (const auto& [id, line] : lines_) {
    const Recipient& known = line.recipient;
    if (recipient.channel != Channel::push || known.channel != Channel::push || known.user != recipient.user) continue;
    browsers++;
    if (known.address != recipient.address) continue;
    recipient.id = id;
    return change(std::move(recipient), by);
  }
  if (lines_.size() >= kMostRecipients) return fail(ErrorKind::conflict, "too_many: at most 200 recipients");
  if (browsers >= kMostBrowsers) return fail(ErrorKind::conflict, "too_many: at most ten browsers of one person");
  recipient.id = {};
  recipient.created = parts_.clock.now();
  TRY(recipient.since_step, alarms::newest_step(parts_.db));
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY(recipient.id, book_.put(recipient));
  TRY_VOID(record(by, "recipient.added", recipient));
  TRY_VOID(transaction.commit());
  lines_.emplace(recipient.id, make_line(recipient));
  publish_health();
  return recipient;
}

Result<Recipient> Notifier::change(Recipient recipient, const audit::Actor& by) {
  const auto at = lines_.find(recipient.id);
  if (at == lines_.end()) return fail(ErrorKind::not_found, "there is no such recipient");
  Line& line = at->second;
  recipient.channel = line.recipient.channel;
  recipient.created = line.recipient.created;
  recipient.since_step = line.recipient.since_step;
  TRY_VOID(check(recipient));
  const bool resumed = line.recipient.paused && !recipient.paused;
  if (resumed) {
    TRY(recipient.since_step, alarms::newest_step(parts_.db));
  } else if (recipient.wishes != line.recipient.wishes) {
    // What was looked at and not wanted is looked at again after a crash.
    recipient.since_step = std::max(recipient.since_step, position_);
  }
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY([[maybe_unused]] const auto same, book_.put(recipient));
  if (recipient.paused) TRY_VOID(outbox_.clear(recipient.id));
  if (recipient.paused || resumed) {
    TRY_VOID(book_.clear_left_out(recipient.id));
    TRY_VOID(book_.note_well(recipient.id));
  }
  TRY_VOID(record(by, "recipient.changed", recipient));
  TRY_VOID(transaction.commit());
  line.recipient = recipient;
  if (recipient.paused || resumed) line.standing = {.last_sent = line.standing.last_sent};
  if (recipient.paused) line.current.reset(), line.unkept.reset(), line.in_flight = false;
  TRY_VOID(refresh(line));
  publish_health();
  return recipient;
}

Result<> Notifier::remove(RecipientId id, const audit::Actor& by) {
  const auto at = lines_.find(id);
  if (at == lines_.end()) return fail(ErrorKind::not_found, "there is no such recipient");
  TRY(auto transaction, sqlite::Transaction::begin(parts_.db));
  TRY_VOID(book_.remove(id));
  TRY_VOID(record(by, "recipient.removed", at->second.recipient));
  TRY_VOID(transaction.commit());
  lines_.erase(at);
  publish_health();
  return {};
}

Result<std::vector<Message>> Notifier::messages(RecipientId id, std::size_t limit) { return outbox_.list(id, limit); }

std::string Notifier::vapid_public() const { return to_base64url(facts_.vapid.open); }

/// What is old goes, and recipients whose people are gone.
Result<> Notifier::maintain(Instant now) {
  maintained_ns_ = parts_.clock.monotonic_ns();
  std::vector<RecipientId> gone;
  for (const auto& [id, line] : lines_) {
    if (line.recipient.user && !parts_.audience.knows(line.recipient.user)) gone.push_back(id);
  }
  for (const auto id : gone) TRY_VOID(remove(id, {.kind = "system", .subject = "notify"}));
  TRY(counters_.given_up, outbox_.given_up_since(now - std::chrono::hours(24)));
  return outbox_.forget(now - std::chrono::days(kKeepDays), kKeepMessages);
}

void Notifier::publish_health() {
  Health now = counters_;
  now.recipients = lines_.size();
  for (const auto& [id, line] : lines_) {
    now.waiting += line.queued + (line.current ? line.current->events : 0);
    now.left_out += line.standing.left_out;
    if (line.standing.failing_since && !line.recipient.paused) now.failing++;
  }
  const std::lock_guard lock(mutex_);
  health_ = now;
}

Health Notifier::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace qala::notify
