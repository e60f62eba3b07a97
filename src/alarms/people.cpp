// What people do with alarms: audited and durable before the answer, and never a change of the condition.
#include "alarms/engine_impl.h"
#include "base/json_writer.h"

namespace qala::alarms {

namespace {

constexpr std::size_t kLongestComment = 4000;
constexpr std::size_t kLongestName = 200;

std::string named(AlarmId id) { return "alarm " + std::to_string(id.value); }

Error refuse(std::string_view code, const std::string& what) {
  return fail(ErrorKind::conflict, std::string(code) + ": " + what);
}

Result<> check_text(std::string_view field, std::string_view text) {
  if (text.size() <= kLongestComment) return {};
  return fail(ErrorKind::invalid, std::string(field) + ": must not be longer than 4000 bytes");
}

std::string one_field(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  std::string json;
  JsonWriter(json).object().field(name, text).end();
  return json;
}

}  // namespace

Result<> Engine::record(const audit::Actor& by, std::string_view action, const std::string& object,
                        std::string detail) {
  if (!options_.audit) return {};
  return options_.audit->record(by, action, object, detail);
}

Result<Engine::Entry> Engine::open_entry(AlarmId id) const {
  if (ledger_.get(id)) return ledger_.entry(id);
  TRY([[maybe_unused]] const auto closed, board_->find(id));
  return refuse("closed", named(id) + " is closed");
}

/// Writes what the ledger holds. On failure the alarms are as they were before.
Result<> Engine::make_durable(std::span<const Entry> before, const Write& write) {
  const Write plain = [this](const Part& part, const Position& position) { return journal_->write(part, position); };
  auto written = write_all(write ? write : plain);
  if (!written) {
    for (const auto& [key, alarm] : before) ledger_.take_back(key, alarm);
    ledger_.take_back_notes(0);
  }
  for (const auto& [key, alarm] : before) watch(alarm->id);
  finish();
  return written;
}

Result<Alarm> Engine::replace_by(const Entry& before, Alarm after, Step step) {
  step.alarm = after.id;
  step.at = now_ns_;
  ledger_.replace(after.id, after);
  ledger_.note(std::move(step));
  TRY_VOID(make_durable(std::span(&before, 1)));
  return after;
}

Result<Alarm> Engine::acknowledge(AlarmId id, const audit::Actor& by, std::string_view text) {
  TRY_VOID(check_text("comment", text));
  TRY_VOID(flush());
  TRY(const Entry before, open_entry(id));
  Alarm after = *before.second;
  if (after.handling == Handling::acknowledged) {
    return refuse("already_acknowledged", named(id) + " was acknowledged by " + after.acknowledged_by);
  }
  look_at_clock();
  TRY_VOID(record(by, "alarm.acknowledged", named(id), one_field("comment", text)));
  after.handling = Handling::acknowledged;
  after.acknowledged = now_ns_;
  after.acknowledged_by = by.subject;
  if (!text.empty()) after.comments.push_back({Instant{now_ns_}, by.subject, std::string(text)});
  return replace_by(before, std::move(after), {.kind = StepKind::acknowledged, .by = by.subject});
}

Result<Acknowledged> Engine::acknowledge(std::span<const AlarmId> ids, const audit::Actor& by, std::string_view text) {
  TRY_VOID(check_text("comment", text));
  if (ids.size() > kMostAtOnce / 4) return fail(ErrorKind::invalid, "ids: too many at once");
  TRY_VOID(flush());
  Acknowledged result;
  std::string detail;
  JsonWriter json(detail);
  json.object().key("alarms").array();
  for (const AlarmId id : ids) {
    const Alarm* alarm = ledger_.get(id);
    if (alarm && alarm->handling == Handling::unacknowledged) {
      json.integer(static_cast<std::int64_t>(id.value));
      result.done.push_back(id);
    } else {
      (alarm || board_->find(id) ? result.already : result.unknown).push_back(id);
    }
  }
  if (result.done.empty()) return result;
  json.end();
  if (!text.empty()) json.field("comment", text);
  json.end();
  TRY_VOID(record(by, "alarms.acknowledged", std::to_string(result.done.size()) + " alarms", detail));
  look_at_clock();
  std::vector<Entry> before;
  for (const AlarmId id : result.done) {
    if (!ledger_.get(id)) continue;  // named twice
    before.push_back(ledger_.entry(id));
    ledger_.note({.alarm = id, .kind = StepKind::acknowledged, .at = now_ns_, .by = by.subject});
    ledger_.edit(id, [&](Alarm& alarm) {
      alarm.handling = Handling::acknowledged;
      alarm.acknowledged = now_ns_;
      alarm.acknowledged_by = by.subject;
      if (!text.empty()) alarm.comments.push_back({Instant{now_ns_}, by.subject, std::string(text)});
    });
  }
  TRY_VOID(make_durable(before));
  return result;
}

Result<Alarm> Engine::comment(AlarmId id, const audit::Actor& by, std::string_view text) {
  if (text.empty()) return fail(ErrorKind::invalid, "text: must not be empty");
  TRY_VOID(check_text("text", text));
  TRY_VOID(flush());
  look_at_clock();
  const Comment comment{Instant{now_ns_}, by.subject, std::string(text)};
  if (!ledger_.get(id)) {
    TRY(Alarm closed, board_->find(id));
    TRY_VOID(record(by, "alarm.commented", named(id), one_field("text", text)));
    TRY_VOID(journal_->add_comment(id, closed.comments.size(), comment).context("writing a comment"));
    closed.comments.push_back(comment);
    return closed;
  }
  const Entry before = ledger_.entry(id);
  TRY_VOID(record(by, "alarm.commented", named(id), one_field("text", text)));
  ledger_.edit(id, [&](Alarm& alarm) { alarm.comments.push_back(comment); });
  TRY_VOID(make_durable(std::span(&before, 1)));
  return *ledger_.get(id);
}

Result<Alarm> Engine::shelve(AlarmId id, const audit::Actor& by, Instant until, std::string_view reason) {
  if (reason.empty()) return fail(ErrorKind::invalid, "reason: must not be empty");
  TRY_VOID(check_text("reason", reason));
  TRY_VOID(flush());
  look_at_clock();
  if (until.ns <= now_ns_) return fail(ErrorKind::invalid, "until: must be in the future");
  if (until.ns - now_ns_ > options_.shelve_at_most_s * Instant::kSecond) {
    return fail(ErrorKind::invalid,
                "too_long: at most " + std::to_string(options_.shelve_at_most_s / 3600) + " hours at once");
  }
  TRY(const Entry before, open_entry(id));
  Alarm after = *before.second;
  if (after.cause) return refuse("explained", named(id) + " is explained by " + named(after.cause));
  std::string detail;
  JsonWriter(detail).object().key("until").time(until).field("reason", reason).end();
  TRY_VOID(record(by, "alarm.shelved", named(id), detail));
  after.shelved = Shelf{until.ns, now_ns_, by.subject, std::string(reason)};
  return replace_by(before, std::move(after),
                    {.kind = StepKind::shelved, .by = by.subject, .text = std::string(reason), .until = until.ns});
}

Result<Alarm> Engine::unshelve(AlarmId id, const audit::Actor& by) {
  TRY_VOID(flush());
  TRY(const Entry before, open_entry(id));
  Alarm after = *before.second;
  if (!after.shelved) return refuse("not_shelved", named(id) + " is not shelved");
  look_at_clock();
  TRY_VOID(record(by, "alarm.unshelved", named(id), {}));
  after.shelved.reset();
  after.dismissed = after.condition == Condition::cleared;
  after.waiting = now_ns_;
  return replace_by(before, std::move(after), {.kind = StepKind::unshelved, .by = by.subject});
}

Result<Alarm> Engine::assign(AlarmId id, const audit::Actor& by, std::string_view assignee) {
  if (assignee.size() > kLongestName) return fail(ErrorKind::invalid, "assignee: must not be longer than 200 bytes");
  TRY_VOID(flush());
  TRY(const Entry before, open_entry(id));
  Alarm after = *before.second;
  if (after.assignee == assignee) return after;
  look_at_clock();
  TRY_VOID(record(by, "alarm.assigned", named(id), one_field("assignee", assignee)));
  after.assignee = assignee;
  return replace_by(before, std::move(after),
                    {.kind = StepKind::assigned, .by = by.subject, .text = std::string(assignee)});
}

}  // namespace qala::alarms
