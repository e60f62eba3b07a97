// Out of service: pairs of a rule and a thing that are not heeded until someone takes it back.
#include "alarms/engine_impl.h"
#include "base/json_writer.h"

namespace qala::alarms {

namespace {

constexpr std::size_t kLongestReason = 4000;

std::string named(const OutOfService& entry) {
  return "rule " + entry.rule + " on thing " + std::to_string(entry.thing.value);
}

}  // namespace

void Engine::publish_out_of_service() {
  auto list = std::make_shared<std::vector<OutOfService>>();
  for (const auto& [pair, entry] : out_of_service_) list->push_back(entry);
  board_->publish(OutOfServiceList(std::move(list)));
}

/// Marks the pair's open alarms, or takes the mark off. Gives them as they were.
std::vector<Engine::Entry> Engine::mark_pair(const OutOfService& entry, StepKind kind, const std::string& by) {
  std::vector<Entry> before;
  for (const AlarmId id : ledger_.on_thing(entry.thing)) {
    if (ledger_.get(id)->rule != entry.rule) continue;
    before.push_back(ledger_.entry(id));
    ledger_.note({.alarm = id, .kind = kind, .at = now_ns_, .by = by, .text = entry.reason});
    ledger_.edit(id, [&](Alarm& alarm) {
      alarm.out_of_service.reset();
      if (kind == StepKind::out_of_service) alarm.out_of_service = entry;
      else alarm.waiting = now_ns_;
    });
  }
  return before;
}

Result<OutOfService> Engine::take_out_of_service(std::string_view rule, ThingId thing, const audit::Actor& by,
                                                 std::string_view reason) {
  if (reason.empty()) return fail(ErrorKind::invalid, "reason: must not be empty");
  if (reason.size() > kLongestReason) return fail(ErrorKind::invalid, "reason: must not be longer than 4000 bytes");
  if (!table_.knows(rule)) return fail(ErrorKind::not_found, "there is no rule \"" + std::string(rule) + "\"");
  if (ThingFacts facts; !directory_.thing(thing, facts)) {
    return fail(ErrorKind::not_found, "there is no thing " + std::to_string(thing.value));
  }
  if (out_of_service_.contains({std::string(rule), thing})) {
    return fail(ErrorKind::conflict, "already_out_of_service: " + std::string(rule));
  }
  TRY_VOID(flush());
  look_at_clock();
  const OutOfService entry{std::string(rule), thing, now_ns_, by.subject, std::string(reason)};
  std::string detail;
  JsonWriter(detail).object().field("reason", reason).end();
  TRY_VOID(record(by, "alarm.out_of_service", named(entry), detail));
  const auto before = mark_pair(entry, StepKind::out_of_service, by.subject);
  TRY_VOID(make_durable(before, [&](const Part& part, const Position& position) {
    return journal_->put_out_of_service(entry, part, position);
  }));
  out_of_service_[{entry.rule, thing}] = entry;
  publish_out_of_service();
  return entry;
}

Result<> Engine::return_to_service(std::string_view rule, ThingId thing, const audit::Actor& by) {
  const auto at = out_of_service_.find({std::string(rule), thing});
  if (at == out_of_service_.end()) return fail(ErrorKind::not_found, std::string(rule) + " is in service");
  TRY_VOID(flush());
  look_at_clock();
  TRY_VOID(record(by, "alarm.in_service", named(at->second), {}));
  OutOfService entry = at->second;
  entry.reason.clear();
  const auto before = mark_pair(entry, StepKind::in_service, by.subject);
  TRY_VOID(make_durable(before, [&](const Part& part, const Position& position) {
    return journal_->drop_out_of_service(entry, part, position);
  }));
  out_of_service_.erase(at);
  publish_out_of_service();
  return {};
}

}  // namespace qala::alarms
