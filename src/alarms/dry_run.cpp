#include "alarms/dry_run.h"

#include <algorithm>

#include "alarms/compiled.h"

namespace qala::alarms {

namespace {

constexpr std::int64_t kTick = Instant::kMinute;

/// Before the window, so that durations and other conditions are known at its beginning.
std::int64_t warm_up(const Rule& rule) {
  return std::clamp<std::int64_t>(rule.for_s * Instant::kSecond, Instant::kHour, Instant::kDay);
}

Rules only(Rule rule) {
  rule.enabled = true;
  return std::make_shared<const std::vector<Rule>>(1, std::move(rule));
}

std::vector<DatastreamId> judged_by(const Rules& rules, const registry::Registry& registry,
                                    const StreamDirectory& directory) {
  std::vector<DatastreamId> all, judged;
  registry.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) { all.push_back(stream.id); });
  });
  RuleTable table;
  table.load(rules);
  StreamFacts facts;
  for (const DatastreamId id : all) {
    if (directory.stream(id, facts) && !table.set(table.set_for(facts)).empty()) judged.push_back(id);
  }
  return judged;
}

}  // namespace

DryRun::DryRun(Question question, const registry::Registry& registry, const readings::ReadingStore& store,
               const Clock& clock)
    : question_(std::move(question)),
      store_(store),
      real_clock_(clock),
      directory_(registry),
      clock_(question_.window.from - warm_up(question_.rule)) {
  const Rules rules = only(question_.rule);
  EngineOptions options;
  options.place = question_.place;
  options.zone = question_.zone;
  options.escalate_s = {};
  engine_ = RuleEngine::rehearse(directory_, clock_, rules, options);
  engine_->add_listener(*this);
  streams_ = judged_by(rules, registry, directory_);
  result_.datastreams = streams_.size();
  at_ = next_tick_ = clock_.now().ns;
  span_ = 6 * Instant::kHour;
}

/// False: there are too many for one step.
Result<bool> DryRun::read_some(std::int64_t until, std::vector<readings::Observation>& rows) const {
  for (const DatastreamId id : streams_) {
    TRY(const auto range, store_.range(id, {at_, until}, kMostRows + 1 - rows.size(), false, false));
    rows.insert(rows.end(), range.batch.rows.begin(), range.batch.rows.end());
    if (rows.size() > kMostRows) return false;
  }
  return true;
}

Result<> DryRun::tick_until(std::int64_t at) {
  for (; next_tick_ <= at; next_tick_ += kTick) {
    clock_.set(next_tick_);
    TRY_VOID(engine_->tick(clock_.now()));
  }
  return {};
}

Result<bool> DryRun::step() {
  const std::int64_t started = real_clock_.monotonic_ns();
  const std::int64_t until = std::min(at_ + span_, question_.window.to);
  std::vector<readings::Observation> rows;
  TRY(const bool fits, read_some(until, rows));
  if (!fits && span_ > Instant::kSecond) {
    span_ /= 2;
    return true;
  }
  std::ranges::sort(rows, {}, [](const auto& row) { return std::pair(row.time, row.datastream.value); });
  for (const auto& row : rows) {
    TRY_VOID(tick_until(row.time));
    clock_.set(row.time);
    engine_->evaluate(++sequence_, std::span(&row, 1), {});
  }
  TRY_VOID(tick_until(until - 1));
  at_ = result_.until = until;
  result_.readings += rows.size();
  result_.complete = at_ >= question_.window.to;
  worked_ns_ += real_clock_.monotonic_ns() - started;
  return !result_.complete && worked_ns_ < question_.most_ns;
}

int DryRun::percent() const {
  const auto& [from, to] = question_.window;
  return static_cast<int>(
      std::clamp<std::int64_t>((at_ - from) / std::max<std::int64_t>((to - from) / 100, 1), 0, 100));
}

void DryRun::changed(std::span<const Alarm> alarms) {
  for (const Alarm& alarm : alarms) {
    Seen& seen = seen_[alarm.id];
    if (alarm.count > seen.count) {
      seen = {alarm.count, SIZE_MAX};
      if (alarm.raised < question_.window.from) continue;
      result_.fired++;
      result_.things[alarm.thing]++;
      result_.days[question_.zone.day_start(question_.zone.local_day(Instant{alarm.raised})).ns]++;
      if (result_.examples.size() < question_.examples) {
        seen.example = result_.examples.size();
        result_.examples.push_back({alarm.thing, alarm.datastream, alarm.raised, 0, alarm.value});
      }
    }
    if (seen.example != SIZE_MAX) result_.examples[seen.example].cleared = alarm.cleared;
  }
}

void render(JsonWriter& out, const DryRunResult& result) {
  out.object().field("fired", result.fired).field("things", result.things.size());
  out.field("datastreams", result.datastreams).field("readings", result.readings).key("per_day").array();
  for (const auto& [day, fired] : result.days) {
    out.array().integer(Instant{day}.ms()).integer(static_cast<std::int64_t>(fired)).end();
  }
  out.end().key("places").array();
  for (const auto& [thing, fired] : result.things) {
    out.array().integer(thing.value).integer(static_cast<std::int64_t>(fired)).end();
  }
  out.end().key("examples").array();
  for (const auto& example : result.examples) {
    out.object().field("thing", example.thing.value).key("datastream");
    if (example.datastream) out.integer(example.datastream.value);
    else out.null();
    out.field("raised", Instant{example.raised}.ms()).key("cleared");
    if (example.cleared != 0) out.integer(Instant{example.cleared}.ms());
    else out.null();
    out.field("value", example.value).end();
  }
  out.end().field("complete", result.complete).field("until", Instant{result.until}.ms()).end();
}

}  // namespace qala::alarms
