#include "alarms/engine.h"

#include "alarms/engine_impl.h"

namespace qala::alarms {

namespace {
/// Beyond so many open alarms a snapshot is made ten times a second at most: a copy of all pointers is not free.
constexpr std::size_t kManyOpen = 5000;
constexpr std::int64_t kPublishEvery = 100'000'000;
}  // namespace

Result<std::unique_ptr<RuleEngine>> RuleEngine::open(sqlite::Database& db, const std::string& db_path,
                                                     const StreamDirectory& directory, const Clock& clock, Rules rules,
                                                     EngineOptions options) {
  TRY(auto journal, Journal::open(db));
  TRY(auto board, AlarmBoard::open(db_path));
  auto engine =
      std::make_unique<Engine>(std::move(journal), std::move(board), directory, clock, std::move(rules), options);
  TRY_VOID(engine->load().context("loading alarms"));
  return std::unique_ptr<RuleEngine>(std::move(engine));
}

std::unique_ptr<RuleEngine> RuleEngine::rehearse(const StreamDirectory& directory, const Clock& clock, Rules rules,
                                                 EngineOptions options) {
  return std::make_unique<Engine>(nullptr, nullptr, directory, clock, std::move(rules), std::move(options));
}

Engine::Engine(std::unique_ptr<Journal> journal, std::unique_ptr<AlarmBoard> board, const StreamDirectory& directory,
               const Clock& clock, Rules rules, EngineOptions options)
    : journal_(std::move(journal)),
      board_(std::move(board)),
      directory_(directory),
      clock_(clock),
      options_(options),
      season_(options.place, options.zone),
      wall_(clock) {
  table_.load(std::move(rules));
  now_ns_ = clock_.now().ns;
  floor_s_ = now_s();
  wheel_.start(now_s());
}

const RuleSet* Engine::set_of(DatastreamId id, Stream& stream) {
  if (stream.rule_set == Stream::kUnknown) {
    StreamFacts facts;
    if (!directory_.stream(id, facts)) return nullptr;
    stream.rule_set = table_.set_for(facts);
    if (movers_.size() < table_.movers()) movers_.resize(table_.movers());
  }
  return &table_.set(stream.rule_set);
}

void Engine::finish() {
  ledger_.settle_notes();
  const bool changed = ledger_.has_changes();
  if (!changed && !publish_due_) return;
  const std::int64_t monotonic = clock_.monotonic_ns();
  publish_due_ = ledger_.size() > kManyOpen && monotonic - published_ns_ < kPublishEvery;
  if (!publish_due_ && board_) {
    board_->publish(ledger_.snapshot());
    published_ns_ = monotonic;
  }
  if (!changed) return;
  const std::vector<Alarm> told = ledger_.take_changed();
  if (replaying_ || told.empty()) return;
  for (auto* listener : listeners_) listener->changed(told);
}

Probe Engine::probe() const {
  Probe probe = probe_;
  probe.rules_left_out = table_.left_out();
  probe.open = ledger_.size();
  probe.memory_bytes = streams_.memory_bytes() + table_.memory_bytes() + wheel_.memory_bytes() + pending_.size() * 48 +
                       movers_.capacity() * sizeof(TwoMovers);
  for (const auto& [key, members] : groups_) probe.memory_bytes += sizeof(key) + members.capacity() * sizeof(AlarmId);
  return probe;
}

}  // namespace qala::alarms
