#include "warnings/warning_book.h"

#include <algorithm>

#include <fmt/format.h>

#include "warnings/rows.h"
#include "warnings/templates.h"

namespace qala::warnings {

namespace {

Error conflict(std::string what) { return fail(ErrorKind::conflict, std::move(what)); }

std::string object_of(const Message& message) { return "warning " + std::to_string(message.id); }

Instant whole_second(Instant at) { return Instant::from_seconds(at.seconds()); }

bool has_area(const Area& area) {
  return !area.polygons.empty() || !area.name.kk.empty() || !area.name.ru.empty() || !area.name.en.empty();
}

/// What is kept one a line has none.
void straighten(Area& area) {
  for (std::string& polygon : area.polygons) polygon = on_one_line(polygon);
}

}  // namespace

WarningBook::WarningBook(sqlite::Database& db, const Clock& clock, Random& random, audit::AuditSink& audit,
                         const Zone& zone, Settings settings)
    : db_(db), clock_(clock), random_(random), audit_(audit), zone_(zone), settings_(std::move(settings)) {
  for (const std::string& polygon : settings_.town.polygons) {
    const auto ring = parse_polygon(polygon);
    if (!ring) continue;  // the configuration has refused it
    for (const auto& point : *ring) envelope_.add(point);
  }
}

Result<std::unique_ptr<WarningBook>> WarningBook::open(sqlite::Database& db, const Clock& clock, Random& random,
                                                       audit::AuditSink& audit, const Zone& zone, Settings settings) {
  TRY_VOID(upgrade_schema(db, clock.now()).context("public warnings"));
  std::unique_ptr<WarningBook> self(new WarningBook(db, clock, random, audit, zone, std::move(settings)));
  TRY_VOID(self->load().context("public warnings"));
  return self;
}

Result<> WarningBook::load() {
  TRY(began_, began(db_));
  TRY(auto messages, read_all(db_));
  const std::lock_guard lock(mutex_);
  messages_ = std::move(messages);
  return {};
}

bool WarningBook::is_public(const Message& message) const {
  return message.is_published() && message.content.status == Status::actual && !settings_.training;
}

const Message* WarningBook::known(std::uint64_t id) const {
  const auto at = std::ranges::lower_bound(messages_, id, {}, &Message::id);
  return at != messages_.end() && at->id == id ? &*at : nullptr;
}

const Message* WarningBook::follower_of(std::uint64_t id) const {
  const auto at =
      std::ranges::find_if(messages_, [&](const Message& one) { return one.is_published() && one.before == id; });
  return at == messages_.end() ? nullptr : &*at;
}

/// Its own severity counts, and that of what it would put an end to: one person must not calm the town either.
bool WarningBook::needs_approval(const Message& message, Instant now) const {
  if (is_severe(message.content.severity)) return true;
  return std::ranges::any_of(messages_, [&](const Message& one) {
    return message.before != 0 && one.warning == message.warning && one.is_published() && one.content.expires > now &&
           is_severe(one.content.severity);
  });
}

Listed WarningBook::listed(const Message& message, Instant now) const {
  Listed out{.message = message};
  if (!message.is_published()) {
    out.state = message.approved_by.empty() ? State::draft : State::approved;
    out.needs_approval = message.approved_by.empty() && needs_approval(message, now);
    return out;
  }
  if (const Message* next = follower_of(message.id)) {
    out.after = next->id;
    out.state = next->type == Type::cancel ? State::cancelled : State::replaced;
    return out;
  }
  if (message.type == Type::cancel) out.state = State::cancellation;
  else out.state = message.content.expires <= now ? State::expired : State::in_force;
  return out;
}

std::vector<Listed> WarningBook::all() const {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  std::vector<Listed> out;
  out.reserve(messages_.size());
  for (const Message& message : messages_) out.push_back(listed(message, now));
  std::ranges::sort(out, [](const Listed& a, const Listed& b) {
    const auto order = [](const Message& one) {
      return std::tuple(one.is_published(), -one.sent.value_or(one.written).ns, ~one.id);
    };
    return order(a.message) < order(b.message);
  });
  return out;
}

std::optional<Listed> WarningBook::find(std::uint64_t id) const {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  const Message* message = known(id);
  return message ? std::optional(listed(*message, now)) : std::nullopt;
}

std::vector<Message> WarningBook::in_force() const {
  const Instant now = clock_.now();
  std::vector<Message> out;
  {
    const std::lock_guard lock(mutex_);
    for (const Message& message : messages_) {
      if (is_public(message) && listed(message, now).state == State::in_force) out.push_back(message);
    }
  }
  std::ranges::sort(out, [](const Message& a, const Message& b) {
    return std::tuple(a.content.severity, b.sent, b.id) < std::tuple(b.content.severity, a.sent, a.id);
  });
  return out;
}

Feed WarningBook::feed() const {
  const Instant now = clock_.now();
  Feed feed{.updated = began_};
  const auto note = [&](Instant at) {
    if (at <= now) feed.updated = std::max(feed.updated, at);
  };
  const std::lock_guard lock(mutex_);
  for (const Message& message : messages_) {
    if (!is_public(message)) continue;
    const State state = listed(message, now).state;
    note(*message.sent);
    if (state == State::expired) note(message.content.expires);
    const Instant shown_until = *message.sent + Duration(kCancelShown);
    if (state == State::cancellation) note(shown_until);
    if (state == State::in_force || (state == State::cancellation && now < shown_until))
      feed.messages.push_back(message);
  }
  std::ranges::sort(feed.messages,
                    [](const Message& a, const Message& b) { return std::tie(b.sent, b.id) < std::tie(a.sent, a.id); });
  return feed;
}

std::optional<Message> WarningBook::file(std::string_view identifier) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(
      messages_, [&](const Message& one) { return is_public(one) && one.self.identifier == identifier; });
  return at == messages_.end() ? std::nullopt : std::optional(*at);
}

/// A draft, of the revision that was seen.
Result<Message> WarningBook::draft(std::uint64_t id, std::optional<std::uint64_t> revision) const {
  const std::lock_guard lock(mutex_);
  const Message* message = known(id);
  if (!message) return fail(ErrorKind::not_found, "there is no warning " + std::to_string(id));
  if (message->is_published())
    return conflict("published: this message is published and stays as it is; update or cancel it");
  if (revision && *revision != message->revision)
    return conflict(fmt::format("changed: {} has changed this draft meanwhile, look at it again", message->written_by));
  return *message;
}

Result<> WarningBook::ready(const Message& message, Instant now) const {
  if (settings_.training && message.content.status == Status::actual)
    return fail(ErrorKind::invalid, "status: this is a training copy, where warnings are an exercise or a test");
  return check(message.content, message.type, now, envelope_);
}

Result<> WarningBook::store(const Person& by, std::string_view action, Message& message) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write_row(db_, message));
  TRY_VOID(audit_.record(
      by.actor, action, object_of(message),
      fmt::format(R"({{"type":"{}","severity":"{}","status":"{}","identifier":"{}"}})", name_of(message.type),
                  name_of(message.content.severity), name_of(message.content.status), message.self.identifier)));
  TRY_VOID(transaction.commit());
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::lower_bound(messages_, message.id, {}, &Message::id);
  if (at != messages_.end() && at->id == message.id) *at = message;
  else messages_.insert(at, message);
  generation_++;
  return {};
}

Result<> WarningBook::room_for_one() const {
  const std::lock_guard lock(mutex_);
  const auto drafts = std::ranges::count_if(messages_, [](const Message& one) { return !one.is_published(); });
  if (static_cast<std::size_t>(drafts) < kMostDrafts) return {};
  return conflict("too_many: 100 drafts lie here already, discard some");
}

Result<Listed> WarningBook::write(const Person& by, Content content) {
  TRY_VOID(room_for_one());
  const Instant now = clock_.now();
  Message message{.content = std::move(content), .writer = by.user, .written_by = by.actor.subject, .written = now};
  if (!has_area(message.content.area)) message.content.area = settings_.town;
  straighten(message.content.area);
  TRY_VOID(ready(message, now));
  TRY_VOID(store(by, "warning.written", message));
  return *find(message.id);
}

Result<Listed> WarningBook::change(const Person& by, std::uint64_t id, std::uint64_t revision, Content content) {
  TRY(Message message, draft(id, revision));
  const Instant now = clock_.now();
  if (message.type == Type::cancel) {
    message.content.texts = std::move(content.texts);
  } else {
    const Status status = message.before != 0 ? message.content.status : content.status;
    message.content = std::move(content);
    message.content.status = status;  // an exercise does not become real halfway
    if (!has_area(message.content.area)) message.content.area = settings_.town;
    straighten(message.content.area);
  }
  message.revision++;
  message.writer = by.user;
  message.written_by = by.actor.subject;
  message.written = now;
  message.approved_by.clear();
  message.approved.reset();
  TRY_VOID(ready(message, now));
  TRY_VOID(store(by, "warning.changed", message));
  return *find(id);
}

Result<> WarningBook::discard(const Person& by, std::uint64_t id) {
  TRY(const Message message, draft(id, std::nullopt));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(remove_row(db_, id));
  TRY_VOID(audit_.record(by.actor, "warning.discarded", object_of(message), "{}"));
  TRY_VOID(transaction.commit());
  const std::lock_guard lock(mutex_);
  std::erase_if(messages_, [&](const Message& one) { return one.id == id; });
  generation_++;
  return {};
}

Result<Listed> WarningBook::approve(const Person& by, std::uint64_t id, std::uint64_t revision) {
  TRY(Message message, draft(id, revision));
  if (!by.user) return conflict("no_person: only a person who is signed in may approve, a token may not");
  if (by.user == message.writer)
    return conflict("same_person: who has written it cannot approve it; ask somebody else");
  const Instant now = clock_.now();
  TRY_VOID(ready(message, now));
  message.approved_by = by.actor.subject;
  message.approved = now;
  TRY_VOID(store(by, "warning.approved", message));
  return *find(id);
}

/// What it follows must be the newest of its warning, and hold.
Result<> WarningBook::may_go_out(const Message& message, Instant now) const {
  const std::lock_guard lock(mutex_);
  if (message.approved_by.empty() && needs_approval(message, now))
    return conflict(
        "second_person: a severe warning goes out, changes or ends only once a second person has approved it");
  if (message.before == 0) return {};
  const Message* before = known(message.before);
  if (!before || !before->is_published()) return fail(ErrorKind::internal, "what a warning follows is gone");
  if (follower_of(before->id)) return conflict("overtaken: this warning was updated or cancelled meanwhile");
  if (before->content.expires <= now) return conflict("over: what this is to follow has expired; write a new warning");
  if (now < *before->sent)
    return conflict("clock: the clock is behind the message that this one follows: set it right");
  return {};
}

/// Every earlier message of its warning that still holds, replaced or not: somebody may have seen that one only.
Result<std::vector<Reference>> WarningBook::referred_to(const Message& message, Instant now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Reference> out;
  for (const Message& one : messages_) {
    if (one.warning != message.warning || !one.is_published() || one.content.expires <= now) continue;
    out.push_back(one.self);
  }
  if (out.empty() && message.type != Type::alert) return fail(ErrorKind::internal, "nothing to refer to");
  return out;
}

Result<Listed> WarningBook::publish(const Person& by, std::uint64_t id, std::uint64_t revision) {
  TRY(Message message, draft(id, revision));
  const Instant now = whole_second(clock_.now());
  TRY_VOID(ready(message, now));
  TRY_VOID(may_go_out(message, now));
  TRY(message.references, referred_to(message, now));
  if (message.type == Type::cancel)
    message.content.expires = std::max(message.content.expires, now + Duration(kCancelShown));
  message.sent = now;
  message.published_by = by.actor.subject;
  const std::string sent = cap_time(now, zone_);
  std::string day = sent.substr(0, 10);
  std::erase(day, '-');
  message.self = {.sender = settings_.issuer.sender,
                  .identifier = fmt::format("{}-{}-{}-{:08x}", settings_.identifiers, day, message.id,
                                            random_.next() & 0xffffffffU),
                  .sent = sent};
  message.xml = to_cap_xml(message, settings_.issuer, zone_);
  TRY_VOID(store(by, "warning.published", message));
  return *find(id);
}

Result<Listed> WarningBook::follow(const Person& by, std::uint64_t id, Type type) {
  const auto before = find(id);
  if (!before) return fail(ErrorKind::not_found, "there is no warning " + std::to_string(id));
  if (before->state == State::replaced || before->state == State::cancelled)
    return conflict("overtaken: this message was updated or cancelled already");
  if (before->state != State::in_force) return conflict("over: only a message in force can be updated or cancelled");
  TRY_VOID(room_for_one());
  Message message{.warning = before->message.warning,
                  .type = type,
                  .before = id,
                  .content = before->message.content,
                  .writer = by.user,
                  .written_by = by.actor.subject,
                  .written = clock_.now()};
  if (type == Type::cancel) message.content.texts = cancelled_texts(message.content.texts);
  TRY_VOID(store(by, "warning.written", message));
  return *find(message.id);
}

}  // namespace qala::warnings
