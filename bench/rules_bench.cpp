// Rules: 1,000,000 datastreams x 5 rules through the engine, as commits of 1,000 readings. Prints one line of JSON.
// rules_bench FOLDER [datastreams] [rounds]; the folder must be on a disk.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/core.h>
#include <sys/resource.h>

#include "alarms/engine.h"

namespace {

using namespace qala;
using namespace qala::alarms;

/// Every datastream is a thing of its own; facts are worked out, not stored: only the engine's memory is measured.
class Grid final : public StreamDirectory {
 public:
  bool stream(DatastreamId id, StreamFacts& out) const override {
    out.datastream = id;
    out.thing = ThingId(id.value);
    out.kind = registry::Kind::air_station;
    out.zone = id.value % 8;
    out.zone_key = "zone" + std::to_string(id.value % 8);
    out.property = "pm2_5";
    out.key = "AB-" + std::to_string(id.value) + "/pm2_5";
    out.unit = "µg/m³";
    out.interval_ms = 600'000;
    return true;
  }
  bool thing(ThingId id, ThingFacts& out) const override {
    out = {id, registry::Kind::air_station, id.value % 8, {}, {}};
    return true;
  }
  std::vector<DatastreamId> streams_of(ThingId thing) const override { return {DatastreamId(thing.value)}; }
  std::size_t dependants(ThingId) const override { return 0; }
};

/// Two limits, a rate, a frozen one and silence.
Rules five_rules() {
  std::vector<Rule> rules;
  for (const auto& rule : default_rules()) {
    if (rule.key == "pm2_5_high" || rule.key == "pm2_5_jump" || rule.key == "pm2_5_frozen" || rule.key == "silent") {
      rules.push_back(rule);
    }
  }
  Rule worse = rules.front();
  worse.key = "pm2_5_extreme";
  worse.limit = 800;
  worse.clear = 600;
  worse.for_s = 1200;
  rules.push_back(worse);
  return std::make_shared<const std::vector<Rule>>(std::move(rules));
}

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Of this thread: what others on the machine do does not count.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// A thousand alarms from one commit: how long the writer is held up by judging it, and by each step of writing.
struct FloodTimes {
  double judge_ms = 0, write_ms = 0;
};
Result<FloodTimes> flood(const std::string& path) {
  std::filesystem::remove(path);
  TRY(auto db, sqlite::Database::open(path));
  const Grid grid;
  FakeClock clock;
  Rule rule = five_rules()->front();
  rule.for_s = 0;
  TRY(const auto engine, RuleEngine::open(db, path, grid, clock, std::make_shared<const std::vector<Rule>>(1, rule)));
  FloodTimes times;
  std::uint64_t sequence = 0;
  for (int round = 0; round < 8; round++) {
    clock.advance(std::chrono::seconds(10));
    std::vector<readings::Observation> rows(1000);
    for (std::uint32_t i = 0; i < rows.size(); i++) {
      rows[i].datastream = DatastreamId(1 + i + 1000 * static_cast<std::uint32_t>(round / 2));
      rows[i].scale = 1;
      rows[i].time = clock.now().ns;
      rows[i].bits = round % 2 == 0 ? 100 : 90'000;  // quiet first, then all of them
    }
    const double start = cpu_ms();
    engine->evaluate(++sequence, rows, {});
    if (round % 2 == 1) times.judge_ms = std::max(times.judge_ms, cpu_ms() - start);
    for (bool more = true; more;) {
      const auto step = std::chrono::steady_clock::now();
      TRY(more, engine->apply_some());
      times.write_ms = std::max(times.write_ms, ms_since(step));
    }
  }
  return times;
}

long resident_kib() {
  std::ifstream status("/proc/self/statm");
  long pages = 0, resident = 0;
  status >> pages >> resident;
  return resident * 4;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  const std::uint32_t streams = argc > 2 ? static_cast<std::uint32_t>(std::atol(argv[2])) : 1'000'000;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const std::string path = folder + "/rules_bench.db";
  std::filesystem::remove(path);
  auto db = sqlite::Database::open(path);
  if (!db) return fmt::print(stderr, "{}\n", db.error().message), 1;
  const Grid grid;
  FakeClock clock;
  const long before = resident_kib();
  auto engine = RuleEngine::open(*db, path, grid, clock, five_rules());
  if (!engine) return fmt::print(stderr, "{}\n", engine.error().message), 1;

  std::vector<readings::Observation> rows(1000);
  std::uint64_t sequence = 0;
  double seconds = 0, slowest_tick = 0;
  for (int round = 0; round < rounds; round++) {
    for (std::uint32_t first = 1; first <= streams; first += 1000) {
      for (std::uint32_t i = 0; i < rows.size(); i++) {
        auto& row = rows[i];
        row.datastream = DatastreamId(first + i);
        row.scale = 1;
        row.time = clock.now().ns;
        row.bits = 200 + (first + i) * 7 % 1300 + round;
        if ((first + i) % 10'007 == 0 && round % 2 == 1) row.bits = 1700;  // a few are over the limit
      }
      const auto start = std::chrono::steady_clock::now();
      (*engine)->evaluate(++sequence, rows, {});
      // The first round works out which rules apply: that is start-up, not service.
      if (round > 0) seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    for (int i = 0; i < 60; i++) {
      clock.advance(std::chrono::seconds(10));
      const auto start = std::chrono::steady_clock::now();
      if (!(*engine)->tick(clock.now())) return 1;
      slowest_tick =
          std::max(slowest_tick, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    if (!(*engine)->apply()) return 1;
  }
  const auto times = flood(folder + "/rules_bench_flood.db");
  if (!times) return fmt::print(stderr, "{}\n", times.error().message), 1;
  const Probe probe = (*engine)->probe();
  const double judged = static_cast<double>(streams) * (rounds - 1);
  fmt::print(
      "{{\"datastreams\":{},\"rules\":5,\"readings_per_s\":{:.0f},\"evaluations_per_s\":{:.0f},"
      "\"engine_mib\":{:.1f},\"resident_mib\":{:.1f},\"slowest_tick_ms\":{:.2f},\"raised\":{},\"open\":{},"
      "\"flood_judge_ms\":{:.2f},\"flood_write_step_ms\":{:.2f}}}\n",
      streams, judged / seconds, judged * 5 / seconds, static_cast<double>(probe.memory_bytes) / 1048576,
      static_cast<double>(resident_kib() - before) / 1024, slowest_tick * 1000, probe.raised, probe.open,
      times->judge_ms, times->write_ms);
  return 0;
}
