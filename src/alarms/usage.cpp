#include "alarms/usage.h"

#include <set>

#include "alarms/compiled.h"
#include "alarms/registry_directory.h"
#include "base/sqlite.h"

namespace qala::alarms {

std::map<std::string, Reach> reach_of(const Rules& rules, const registry::Registry& registry) {
  std::vector<DatastreamId> all;
  registry.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) { all.push_back(stream.id); });
  });
  const RegistryDirectory directory(registry);
  RuleTable table;
  table.load(rules);
  std::map<std::uint32_t, std::pair<std::set<ThingId>, std::uint64_t>> reached;
  StreamFacts facts;
  for (const DatastreamId id : all) {
    if (!directory.stream(id, facts)) continue;
    const RuleSet& set = table.set(table.set_for(facts));
    const auto note = [&](std::uint32_t number) {
      auto& [things, streams] = reached[number];
      things.insert(facts.thing);
      streams++;
    };
    for (const CompiledRule& rule : set.rules) note(rule.number);
    if (set.silent.bit != 0) note(set.silent.number);
  }
  std::map<std::string, Reach> found;
  for (const auto& [number, reach] : reached) {
    found[table.key_of(number)] = {.things = reach.first.size(), .datastreams = reach.second};
  }
  return found;
}

Result<std::map<std::string, std::uint64_t>> fired_since(const std::string& db_path, std::int64_t from) {
  TRY(auto db, sqlite::Database::open(db_path, {.read_only = true, .durable = true, .cache_kib = 1024}));
  TRY(auto rows, db.prepare("SELECT a.rule, count(*) FROM alarm_step s JOIN alarm a ON a.id = s.alarm WHERE s.at >= ? "
                            "AND s.step IN ('raised', 'raised_again') AND a.exercise = 0 GROUP BY a.rule"));
  rows.bind(1, from);
  std::map<std::string, std::uint64_t> fired;
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) return fired;
    fired[rows.text(0)] = static_cast<std::uint64_t>(rows.integer(1));
  }
}

}  // namespace qala::alarms
