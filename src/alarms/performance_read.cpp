// The figures' raw material out of town.db, and the figures as JSON.
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "alarms/performance.h"
#include "base/sqlite.h"

namespace qala::alarms {

namespace {

constexpr std::int64_t kMostRaises = 2'000'000;
constexpr std::int64_t kStaleAfter = 24 * Instant::kHour;
constexpr int kMostStale = 100;

struct Read {
  std::vector<Raise> raises;
  std::unordered_map<AlarmId, std::size_t> newest;  ///< the last raise of an alarm, as far as read
};

void take(const sqlite::Statement& row, std::int64_t from, std::int64_t to, Read& out) {
  const AlarmId id(static_cast<std::uint64_t>(row.integer(0)));
  const std::int64_t at = row.integer(1);
  const std::string step = row.text(2);
  const auto known = out.newest.find(id);
  if (step == "raised" || step == "raised_again") {
    if (row.integer(3) == 0 || at < from || at >= to) return;
    Raise raise{.at = at};
    raise.source = {row.text(5), ThingId(static_cast<std::uint32_t>(row.integer(6))),
                    DatastreamId(static_cast<std::uint32_t>(row.integer(7)))};
    raise.severity = static_cast<Severity>(std::clamp<std::int64_t>(row.integer(8), 1, 5));
    raise.value = row.is_null(4) ? std::numeric_limits<double>::quiet_NaN() : row.real(4);
    out.newest[id] = out.raises.size();
    out.raises.push_back(std::move(raise));
    return;
  }
  if (known == out.newest.end()) return;
  Raise& raise = out.raises[known->second];
  if (step == "cleared" && raise.cleared == 0) raise.cleared = at;
  if (step == "acknowledged" && raise.acknowledged == 0) raise.acknowledged = at;
}

Result<std::vector<Raise>> read_raises(sqlite::Database& db, std::int64_t from, std::int64_t to) {
  // By alarm and in order of writing: what was acknowledged belongs to the raise before.
  TRY(auto rows, db.prepare("SELECT s.alarm, s.at, s.step, s.shown, s.value, a.rule, a.thing, a.datastream, a.severity "
                            "FROM alarm_step s JOIN alarm a ON a.id = s.alarm WHERE s.alarm IN "
                            "(SELECT alarm FROM alarm_step WHERE at >= ?1 AND at < ?2 AND step IN "
                            "('raised', 'raised_again', 'acknowledged') AND shown = 1) "
                            "AND s.step IN ('raised', 'raised_again', 'cleared', 'acknowledged') AND a.exercise = 0 "
                            "ORDER BY s.alarm, s.id LIMIT ?3"));
  rows.bind(1, from).bind(2, to).bind(3, 4 * kMostRaises);
  Read read;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) break;
    take(rows, from, to, read);
    if (static_cast<std::int64_t>(read.raises.size()) > kMostRaises) {
      return fail(ErrorKind::invalid, "from: more than 2,000,000 alarms, ask for a shorter time");
    }
  }
  std::ranges::sort(read.raises, {}, &Raise::at);
  return std::move(read.raises);
}

Result<std::vector<Performance::Stale>> read_stale(sqlite::Database& db, std::int64_t to) {
  TRY(auto rows,
      db.prepare(
          "SELECT id, rule, thing, raised FROM alarm WHERE open = 1 AND condition = 0 AND raised < ? "
          "AND exercise = 0 AND cause IS NULL AND shelved_until IS NULL AND out_at IS NULL ORDER BY raised LIMIT ?"));
  rows.bind(1, to - kStaleAfter).bind(2, std::int64_t{kMostStale});
  std::vector<Performance::Stale> stale;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return stale;
    stale.push_back({AlarmId(static_cast<std::uint64_t>(rows.integer(0))), rows.text(1),
                     ThingId(static_cast<std::uint32_t>(rows.integer(2))), rows.integer(3)});
  }
}

/// What exercises raised in the window: left out of all figures, and said.
Result<std::uint64_t> count_of_exercises(sqlite::Database& db, std::int64_t from, std::int64_t to) {
  TRY(auto rows, db.prepare("SELECT count(*) FROM alarm_step s JOIN alarm a ON a.id = s.alarm WHERE s.at >= ?1 AND "
                            "s.at < ?2 AND s.step IN ('raised', 'raised_again') AND s.shown = 1 AND a.exercise <> 0"));
  TRY([[maybe_unused]] const bool any, rows.bind(1, from).bind(2, to).step());
  return static_cast<std::uint64_t>(rows.integer(0));
}

void render_source(JsonWriter& out, const Performance::Source& source) {
  out.field("rule", source.rule).field("thing", source.thing.value).key("datastream");
  if (source.datastream) out.integer(source.datastream.value);
  else out.null();
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

void or_null(JsonWriter& out, std::string_view name, const std::optional<double>& value) {
  out.field(name, value.value_or(std::numeric_limits<double>::quiet_NaN()));
}

void render_rates(JsonWriter& out, const Performance& p) {
  out.key("per_10_min").object().field("mean", p.mean).field("peak", p.peak).key("peak_at");
  if (p.peak == 0) out.null();
  else out.integer(Instant{p.peak_at}.ms());
  out.field("over_10_percent", p.over_10_percent).key("distribution").array();
  for (const auto& [alarms, intervals] : p.distribution) {
    out.array().integer(static_cast<std::int64_t>(alarms)).integer(static_cast<std::int64_t>(intervals)).end();
  }
  out.end().end().key("floods").array();
  for (const auto& flood : p.floods) {
    out.object().field("from", Instant{flood.from}.ms()).field("to", Instant{flood.to}.ms());
    out.field("count", flood.count).field("peak", flood.peak).end();
  }
  out.end();
}

void render_sources(JsonWriter& out, const Performance& p) {
  out.key("chattering").array();
  for (const auto& chatter : p.chattering) {
    render_source(out.object(), chatter.source);
    out.field("raises", chatter.raises).field("worst_minute", chatter.worst_minute);
    out.field("worst_at", Instant{chatter.worst_at}.ms()).end();
  }
  out.end().key("stale").array();
  for (const auto& stale : p.stale) {
    out.object().field("id", stale.id.value).field("rule", stale.rule).field("thing", stale.thing.value);
    out.field("raised", Instant{stale.raised}.ms()).end();
  }
  out.end().key("worst").array();
  for (const auto& actor : p.worst) {
    out.object().field("rule", actor.rule).field("thing", actor.thing.value).field("count", actor.count);
    out.field("share", share(actor.count, p.alarms)).end();
  }
  out.end();
}

}  // namespace

Result<Performance> measure(const std::string& db_path, std::int64_t from, std::int64_t to, std::uint64_t operators,
                            const std::vector<Rule>& rules) {
  TRY(auto db, sqlite::Database::open(db_path, {.read_only = true, .durable = true, .cache_kib = 1024}));
  TRY(const auto raises, read_raises(db, from, to).context("reading the history of alarms"));
  Performance performance = measure(raises, from, to, operators, rules);
  TRY(performance.stale, read_stale(db, to));
  TRY(performance.exercise, count_of_exercises(db, from, to));
  return performance;
}

void render(JsonWriter& out, const Performance& p) {
  out.object().field("from", Instant{p.from}.ms()).field("to", Instant{p.to}.ms());
  out.field("operators", p.operators).field("alarms", p.alarms).field("exercise", p.exercise);
  render_rates(out, p);
  render_sources(out, p);
  static constexpr const char* kNames[] = {"", "1", "2", "3", "4", "5"};
  out.key("severity").object();
  for (std::size_t severity = 1; severity <= 5; severity++) {
    out.key(kNames[severity]).object().field("count", p.by_severity[severity]);
    out.field("share", share(p.by_severity[severity], p.alarms)).end();
  }
  out.end().key("acknowledge").object();
  or_null(out, "median_s", p.median_s);
  or_null(out, "p90_s", p.p90_s);
  out.field("count", p.acknowledged).field("waiting", p.waiting).end().key("suggestions").array();
  for (const auto& suggestion : p.suggestions) {
    render_source(out.object(), suggestion.source);
    out.field("field", suggestion.field).field("now", suggestion.now).field("suggested", suggestion.suggested);
    out.field("raises", suggestion.raises).field("would_remain", suggestion.would_remain).end();
  }
  // ISA-18.2-2016 table 6 and EEMUA 191: what an alarm system is to reach.
  out.end().key("targets").raw(R"({"per_10_min":1,"over_10_percent":1,"stale":5,"worst_share_percent":5,)"
                               R"("severity_share":{"1-2":5,"3":15,"4-5":80}})");
  out.end();
}

}  // namespace qala::alarms
