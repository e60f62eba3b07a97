#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "alarms/compiled.h"
#include "alarms/engine.h"
#include "alarms/journal.h"
#include "alarms/ledger.h"
#include "alarms/season.h"
#include "alarms/streams.h"
#include "alarms/timing_wheel.h"
#include "base/steady.h"

namespace qala::alarms {

/// The engine itself; what it promises is in engine.h. By file: engine.cpp (life, apply), people.cpp (acknowledge,
/// comment), judge.cpp (readings), silence.cpp (clock), causes.cpp (one alarm per cause), recompile.cpp (other rules),
/// recovery.cpp (start-up).
class Engine final : public RuleEngine {
 public:
  Engine(std::unique_ptr<Journal> journal, std::unique_ptr<AlarmBoard> board, const StreamDirectory& directory,
         const Clock& clock, Rules rules, EngineOptions options);

  Result<> load();
  Result<> recover(readings::ReadingStore& store) override;
  void evaluate(std::uint64_t sequence, std::span<const readings::Observation> rows,
                std::span<const readings::Outcome> outcomes) override;
  Result<> tick(Instant now) override;
  Result<> apply() override;
  Result<bool> apply_some() override;
  bool has_unsaved_alarms() const override { return ledger_.unsaved().size() > 0 || !writing_.parts.empty(); }
  std::uint64_t applied() const override { return position_.sequence; }
  Result<Alarm> acknowledge(AlarmId id, const audit::Actor& by, std::string_view comment) override;
  Result<Acknowledged> acknowledge(std::span<const AlarmId> ids, const audit::Actor& by,
                                   std::string_view comment) override;
  Result<Alarm> comment(AlarmId id, const audit::Actor& by, std::string_view text) override;
  Result<Alarm> shelve(AlarmId id, const audit::Actor& by, Instant until, std::string_view reason) override;
  Result<Alarm> unshelve(AlarmId id, const audit::Actor& by) override;
  Result<Alarm> assign(AlarmId id, const audit::Actor& by, std::string_view assignee) override;
  Result<OutOfService> take_out_of_service(std::string_view rule, ThingId thing, const audit::Actor& by,
                                           std::string_view reason) override;
  Result<> return_to_service(std::string_view rule, ThingId thing, const audit::Actor& by) override;
  Result<Exercise> begin_exercise(Exercise wanted, const audit::Actor& by) override;
  Result<> end_exercise(const audit::Actor& by) override;
  Result<Alarm> raise_in_exercise(const Staged& staged, const audit::Actor& by) override;
  Result<Alarm> clear_in_exercise(AlarmId id, const audit::Actor& by) override;
  Result<> set_rules(Rules rules) override;
  Rules rules() const override { return table_.rules(); }
  void datastream_changed(DatastreamId id) override;
  void thing_changed(ThingId id) override;
  void add_listener(AlarmListener& listener) override { listeners_.push_back(&listener); }
  const AlarmBoard& board() const override { return *board_; }
  const EngineOptions& options() const override { return options_; }
  Probe probe() const override;

 private:
  enum class Verdict : std::uint8_t { bad, between, good };
  /// What happened where, on its way to an alarm.
  struct Finding {
    AlarmKey key;
    const Rule* rule = nullptr;
    ThingId thing;
    std::int64_t at = 0;
    double value = std::numeric_limits<double>::quiet_NaN();
    double limit = 0;
    std::string unit;
    Severity severity = Severity::medium;
  };
  struct Release {
    std::int64_t deadline_s = 0;
    std::int64_t cleared = 0;
  };
  struct Mover {
    DatastreamId who;
    std::int64_t at = std::numeric_limits<std::int64_t>::min();
  };
  using TwoMovers = std::array<Mover, 2>;  ///< the two datastreams that changed last

  std::int64_t now_s() const { return now_ns_ / Instant::kSecond; }
  std::uint32_t heard_now() const { return static_cast<std::uint32_t>(std::max<std::int64_t>(now_s(), 1)); }
  const RuleSet* set_of(DatastreamId id, Stream& stream);
  void finish();

  // writing.cpp
  using Write = std::function<Result<>(const Part&, const Position&)>;
  Result<> write_all(const Write& write);
  void begin_large();
  Result<> continue_large();
  Part unsaved_part() const;
  Result<> flush() { return has_unsaved_alarms() ? apply() : Result<>(); }
  Position reached() const { return {sequence_, ledger_.next_id(), clock_.now().ns}; }

  // people.cpp
  using Entry = std::pair<AlarmKey, std::shared_ptr<const Alarm>>;
  Result<> record(const audit::Actor& by, std::string_view action, const std::string& object, std::string detail);
  Result<> make_durable(std::span<const Entry> before, const Write& write = {});
  Result<Entry> open_entry(AlarmId id) const;
  Result<Alarm> replace_by(const Entry& before, Alarm after, Step step);

  // aside.cpp
  std::vector<Entry> mark_pair(const OutOfService& entry, StepKind kind, const std::string& by);
  void publish_out_of_service();

  // exercising.cpp
  void publish_exercise();
  Result<> close_exercise(const std::string& by);
  void clear_what_is_over();
  void exercise_due();
  Result<std::pair<DatastreamId, CompiledRule>> rule_on(std::uint32_t number, ThingId thing, DatastreamId wanted);

  // waiting.cpp
  void await_acknowledgement(AlarmId id);
  void watch(AlarmId id);
  void watch_all();
  void watched_due();
  void look_at_watched(AlarmId id);
  std::int64_t escalation_due(const Alarm& alarm) const;

  // judge.cpp
  void take(const readings::Observation& row, readings::Outcome outcome);
  void judge(DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time, double value);
  void judge_rule(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
                  double value);
  Verdict look(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
               double value);
  Verdict look_at_rate(const CompiledRule& rule, Stream& stream, std::int64_t time, double value);
  Verdict look_at_run(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time);
  void note_run(DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time, double value);
  void moved(DatastreamId id, std::uint32_t group, std::int64_t time);
  bool others_moved(DatastreamId id, std::uint32_t group, std::int64_t since) const;
  void over(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
            double value);
  void not_over(const CompiledRule& rule, DatastreamId id, Stream& stream);
  bool is_stale(std::int64_t time, const RuleSet& set) const;
  bool raise(const CompiledRule& rule, DatastreamId id, Stream& stream, const RuleSet& set, std::int64_t time,
             double value);
  void clear(const CompiledRule& rule, DatastreamId id, Stream& stream, std::int64_t time);
  AlarmId open_alarm(const Finding& finding);
  void clear_alarm(AlarmId id, std::int64_t time);

  // combine.cpp
  struct Found {
    DatastreamId datastream;
    Comparison comparison = Comparison::above;
    double limit = 0, clear = 0;
  };
  using Combined = std::vector<std::vector<Found>>;  ///< further conditions by clause; [0]: beside the rule itself
  const Combined& combined(const CompiledRule& rule, DatastreamId id);
  Verdict look_at_term(const Found& term);
  Verdict look_at_all(const CompiledRule& rule, DatastreamId id, Verdict own);
  void inform(DatastreamId id, std::int64_t time);
  void forget_combined();

  // silence.cpp
  std::int64_t held_until(const Rule& rule);
  void heard(DatastreamId id, Stream& stream, const RuleSet& set);
  void speaks_again(DatastreamId id, Stream& stream, const RuleSet& set);
  void arm(DatastreamId id, Stream& stream, const RuleSet& set);
  void arm_all();
  void forget_due();
  std::int64_t silence_deadline(const Stream& stream, const RuleSet& set) const;
  void stream_due(DatastreamId id);
  void fell_silent(DatastreamId id, Stream& stream, const RuleSet& set);
  bool has_speaking_sibling(DatastreamId id, const RuleSet& own, const std::vector<DatastreamId>& siblings);
  void mark_silent(const std::vector<DatastreamId>& siblings);
  void pending_due(std::uint64_t key);
  void arm_pending(std::uint64_t key, const Pending& pending, const CompiledRule& rule, const RuleSet& set);
  std::int64_t lasting_from(const Pending& pending, const CompiledRule& rule, const RuleSet& set) const;
  void look_at_clock();
  void follow_clock();
  void watch_clock(std::int64_t now);
  void forget_future();

  // causes.cpp
  void correlate(AlarmId id);
  AlarmId find_cause(AlarmId id) const;
  bool explains(const Alarm& cause, const Alarm& alarm, const Rule& rule, bool by_gateway, bool same_thing) const;
  void adopt(AlarmId id);
  void attach(AlarmId id, AlarmId cause);
  void cover(AlarmId root);
  void detach(AlarmId id);
  void count_in_groups(AlarmId id);
  void count_in_group(AlarmId id, ThingId above);
  void raise_group(ThingId above, const Rule& rule, const std::vector<AlarmId>& members);
  bool is_group(const Alarm& alarm) const;
  void check_group(AlarmId id, std::int64_t time);
  void release(AlarmId cause);
  void release_due();
  void still_bad(AlarmId id, std::int64_t time);

  // recompile.cpp
  struct Marks {
    DatastreamId id;
    std::vector<std::uint32_t> active, pending;  ///< numbers of rules
  };
  Marks take_marks(DatastreamId id, Stream& stream);
  void put_marks(const Marks& marks);
  void drop_pending(DatastreamId id, std::uint32_t rule);
  void clear_alarms_of_gone_rules();
  void forget_unless_kept(DatastreamId id, Stream& stream);
  bool is_waited_for(ThingId thing);
  void clear_all_of(DatastreamId id);

  // recovery.cpp
  struct Tail;
  Result<Tail> read_tail(readings::ReadingStore& store);
  Result<> seed(readings::ReadingStore& store, const Tail& tail);
  Result<> seed_stream(readings::ReadingStore& store, const readings::Latest& latest, const Tail& tail);
  Result<> seed_memory(readings::ReadingStore& store, DatastreamId id, Stream& stream, const RuleSet& set);
  void restore_marks();
  void restore_silence(const Alarm& alarm);
  void restore_causes();
  Result<> replay(readings::ReadingStore& store, const Tail& tail);

  static std::uint64_t pending_key(DatastreamId id, std::uint32_t rule) { return std::uint64_t{id.value} << 24 | rule; }
  static constexpr std::uint64_t kPendingTimer = 1ull << 63;

  std::unique_ptr<Journal> journal_;   ///< none: a rehearsal
  std::unique_ptr<AlarmBoard> board_;  ///< likewise
  const StreamDirectory& directory_;
  const Clock& clock_;
  EngineOptions options_;
  RuleTable table_;
  Streams streams_;
  Ledger ledger_;
  Season season_;
  TimingWheel wheel_;
  std::vector<std::uint64_t> due_;  ///< out of the wheel, done up to due_done_
  std::size_t due_done_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::unordered_set<std::uint64_t> unsaved_pending_;
  std::vector<TwoMovers> movers_;
  std::unordered_map<std::uint64_t, Combined> combined_;  ///< by pending_key
  std::unordered_map<DatastreamId, std::vector<std::pair<DatastreamId, std::uint32_t>>> informs_;
  struct GroupKey {
    ThingId above;
    std::uint32_t rule = 0;
    bool exercise = false;
    auto operator<=>(const GroupKey&) const = default;
  };
  std::map<GroupKey, std::vector<AlarmId>> groups_;
  std::unordered_set<AlarmId> silent_itself_;  ///< alarms of things that said nothing, not only their children
  std::map<AlarmId, Release> releasing_;  ///< causes that cleared
  std::vector<AlarmListener*> listeners_;
  /// A large write under way: parts staged one after the other, then committed, then spread.
  struct Writing {
    std::vector<Part> parts;
    std::size_t staged = 0, spread = 0;
    bool committed = false;
    Position position;
  };
  Writing writing_;
  Position position_;
  std::uint64_t sequence_ = 0;
  std::map<std::pair<std::string, ThingId>, OutOfService> out_of_service_;
  std::optional<Exercise> exercise_;  ///< that runs
  std::uint64_t last_exercise_ = 0;
  std::set<AlarmId> exercised_;  ///< open alarms of exercises
  std::set<std::pair<std::int64_t, AlarmId>> watched_;  ///< seconds: end of shelving or escalation, whichever is next
  WallWatch wall_;
  std::int64_t now_ns_ = 0;  ///< the clock of the call that runs
  std::int64_t floor_s_ = 0;  ///< silence is counted from here at the earliest, see watch_clock()
  std::int64_t last_tick_s_ = 0;
  std::int64_t published_ns_ = 0;  ///< monotonic
  bool publish_due_ = false;
  bool recompiled_ = false;  ///< other rules or another interval somewhere: the next tick looks, once for many
  bool replaying_ = false;
  Probe probe_;
};

}  // namespace qala::alarms
