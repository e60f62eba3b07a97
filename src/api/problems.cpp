#include "api/problems.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "api/health_facts.h"
#include "base/assert.h"

namespace qala::api {

namespace {

/// A daily one may take its time, or be made good after a failure, before anybody is called.
constexpr std::int64_t kBackupOldAfter = 36 * Instant::kHour;
constexpr std::int64_t kCertificateDays = 21;

constexpr auto kKinds = std::to_array<ProblemKind>({
    {"alarms.rules_left_out"},
    {"alarms.unwritten"},
    {"backup.disk"},
    {"backup.failed"},
    {"backup.old"},
    {"bridge.away", 10},
    {"bridge.refused"},
    {"certificate.ends"},
    {"certificate.unreadable"},
    {"clock.doubt"},
    {"clock.offset", 30},
    {"codec.disabled"},
    {"codec.worker", 5},
    {"disk.forecast"},
    {"disk.low"},
    {"http.full"},
    {"ingest.backlog"},
    {"ingest.refusing"},
    {"ingest.silent"},
    {"lag.commit", 20},
    {"lag.rules", 20},
    {"lag.screens", 20},
    {"log.errors"},
    {"lorawan.storing"},
    {"memory.limit", 10},
    {"modbus.registers"},
    {"modbus.silent", 3},
    {"mqtt.dropping"},
    {"mqtt.full"},
    {"mqtt.sessions"},
    {"notify.failing"},
    {"notify.given_up"},
    {"notify.queue"},
    {"oidc.unreachable"},
    {"process.descriptors"},
    {"queue.pool", 10},
    {"queue.writer", 10},
    {"rules.file"},
    {"sign_in.key_lost"},
    {"sparkplug.dead", 3},
    {"store.background"},
    {"store.damaged"},
    {"store.failing"},
    {"store.full"},
    {"store.overlays", 300},
    {"streams.behind", 5},
    {"streams.dropped"},
    {"unclaimed.full"},
    {"upkeep.failing"},
    {"video.events", 20},
    {"video.lost", 1},
    {"video.overload", 10},
    {"video.recording"},
    {"video.worker", 3},
    {"web.missing"},
    {"writer.slow"},
});

const ProblemKind* kind_of(std::string_view code) {
  const auto at = std::ranges::lower_bound(kKinds, code, {}, &ProblemKind::code);
  return at != kKinds.end() && at->code == code ? &*at : nullptr;
}

/// Looks at facts and notes what is wrong.
class Finder {
 public:
  Finder(const HealthFacts& facts, const std::set<std::string, std::less<>>& open) : facts_(facts), open_(open) {}

  std::vector<HealthProblem> find() {
    store();
    ingest();
    machine();
    backup();
    lags();
    connections();
    upkeep();
    cameras();
    modbus();
    edge_nodes();
    bridges();
    rules();
    sign_in();
    notifications();
    lorawan();
    std::ranges::sort(out_, {}, [](const HealthProblem& problem) { return std::pair(problem.severity, problem.code); });
    return std::move(out_);
  }

 private:
  using Params = HealthProblem::Params;

  void add(const char* code, int severity, std::string text, Params params = {}) {
    QALA_ASSERT(kind_of(code) != nullptr, "every problem is in the table");
    out_.push_back({.code = code, .severity = severity, .text = std::move(text), .params = std::move(params)});
  }
  /// Raised above `limit`; once open, until it is not above `clear` any more.
  bool over(const char* code, double value, double limit, double clear) const {
    return value > (open_.contains(code) ? clear : limit);
  }
  bool under(const char* code, double value, double limit, double clear) const {
    return value < (open_.contains(code) ? clear : limit);
  }

  void store() {
    const auto& store = facts_.store;
    if (!store.full.empty()) add("store.full", 1, store.full);
    else if (facts_.recent.not_stored > 0)
      add("store.failing", 1, fmt::format("{} readings were not stored in the last minute", facts_.recent.not_stored),
          {{"n", static_cast<double>(facts_.recent.not_stored)}});
    if (store.damages > 0)
      add("store.damaged", 2, fmt::format("{} damaged places: run qala check", store.damages),
          {{"n", static_cast<double>(store.damages)}});
    if (!store.background.empty() && store.full.empty())
      add("store.background", 2, "flushing or merging fails: " + store.background);
    const auto overlays = static_cast<double>(store.overlays);
    if (over("store.overlays", overlays, 48, 24))
      add("store.overlays", 3, fmt::format("{} files of late data wait to be merged", store.overlays),
          {{"n", overlays}});
  }

  void notifications() {
    const auto& notify = facts_.notify;
    if (notify.failing > 0)
      add("notify.failing", 2, fmt::format("{} recipients of notifications are not reached", notify.failing),
          {{"n", static_cast<double>(notify.failing)}});
    if (notify.given_up > 0)
      add("notify.given_up", 3, fmt::format("{} notifications of the last 24 hours were given up", notify.given_up),
          {{"n", static_cast<double>(notify.given_up)}});
    if (notify.left_out > 0)
      add("notify.queue", 2, fmt::format("the queue of notifications is full, {} events are left out", notify.left_out),
          {{"n", static_cast<double>(notify.left_out)}});
  }

  void sign_in() {
    if (facts_.access.unreadable_factors > 0)
      add("sign_in.key_lost", 2, "second factors cannot be read: their key is lost or another one");
    if (!facts_.provider_problem.empty())
      add("oidc.unreachable", 3, "nobody can sign in at the identity provider: " + facts_.provider_problem);
  }

  void cameras() {
    const auto& video = facts_.service.video;
    if (!video.wanted) return;
    if (video.deaf > 0)
      add("video.events", 3, fmt::format("{} of {} cameras tell no events", video.deaf, video.listened),
          {{"n", static_cast<double>(video.deaf)}, {"of", static_cast<double>(video.listened)}});
    if (!video.running) {
      add("video.worker", 1, "no camera is shown or recorded: " + video.words);
      return;
    }
    if (video.lost > 0)
      add("video.lost", 2, fmt::format("{} of {} cameras send no picture", video.lost, video.cameras),
          {{"n", static_cast<double>(video.lost)}, {"of", static_cast<double>(video.cameras)}});
    if (!video.record_words.empty()) add("video.recording", 1, "recording fails: " + video.record_words);
    if (video.load > 0)
      add("video.overload", 2, fmt::format("too much to do for the machine: level {} of 3", video.load),
          {{"level", static_cast<double>(video.load)}});
  }

  void modbus() {
    const auto& devices = facts_.service.modbus;
    const auto tell = [&](const char* code, int severity, const char* what, auto&& is_wrong) {
      const auto n = std::ranges::count_if(devices, is_wrong);
      if (n == 0) return;
      const auto& first = *std::ranges::find_if(devices, is_wrong);
      add(code, severity,
          fmt::format("{} of {} Modbus devices {}; {}: {}", n, devices.size(), what, first.name, first.words),
          {{"n", static_cast<double>(n)},
           {"of", static_cast<double>(devices.size())},
           {"name", first.name},
           {"why", first.words}});
    };
    tell("modbus.silent", 2, "do not answer", [](const auto& device) { return device.state == "silent"; });
    tell("modbus.registers", 3, "do not have registers of their map",
         [](const auto& device) { return device.state != "silent" && device.refused > 0; });
  }

  void edge_nodes() {
    const auto& nodes = facts_.service.edge_nodes;
    const auto is_dead = [](const EdgeNode& node) { return node.state == "dead"; };
    const auto n = std::ranges::count_if(nodes, is_dead);
    if (n == 0) return;
    const auto& first = *std::ranges::find_if(nodes, is_dead);
    add("sparkplug.dead", 2, fmt::format("{} of {} edge nodes are gone: {}", n, nodes.size(), first.name),
        {{"n", static_cast<double>(n)}, {"of", static_cast<double>(nodes.size())}, {"name", first.name}});
  }

  void bridges() {
    const auto& bridges = facts_.bridges;
    const auto tell = [&](const char* code, std::string_view state, const char* what) {
      const auto is_so = [&](const bridge::Health& bridge) { return bridge.state == state; };
      const auto n = std::ranges::count_if(bridges, is_so);
      if (n == 0) return;
      const auto& first = *std::ranges::find_if(bridges, is_so);
      add(code, 2, fmt::format("{} of {} bridges {}; {}: {}", n, bridges.size(), what, first.name, first.words),
          {{"n", static_cast<double>(n)},
           {"of", static_cast<double>(bridges.size())},
           {"name", first.name},
           {"why", first.words}});
    };
    tell("bridge.away", "away", "are not connected");
    tell("bridge.refused", "refused", "are not let in or do not trust the broker");
  }

  void lorawan() {
    const auto& lorawan = facts_.lorawan;
    if (!lorawan.raw_words.empty())
      add("lorawan.storing", 1, "messages of LoRaWAN servers cannot be kept: " + lorawan.raw_words);
    if (!lorawan.worker_words.empty())
      add("codec.worker", 2, "no payload codec is run: " + lorawan.worker_words,
          {{"n", static_cast<double>(lorawan.waiting)}});
    if (lorawan.disabled.empty()) return;
    std::string names;
    for (const auto& name : lorawan.disabled) names += (names.empty() ? "" : ", ") + name;
    add("codec.disabled", 2, "payload codecs are disabled: " + names,
        {{"n", static_cast<double>(lorawan.disabled.size())}, {"names", names}});
  }

  void rules() {
    if (!facts_.rules_problem.empty()) add("rules.file", 2, "the rules before stay in force: " + facts_.rules_problem);
  }

  void ingest() {
    if (facts_.recent.busy > 0)
      add("ingest.refusing", 1, fmt::format("{} readings were refused in the last minute", facts_.recent.busy),
          {{"n", static_cast<double>(facts_.recent.busy)}});
    const auto share = static_cast<double>(facts_.waiting_rows) / ingest::Intake::kMaxRows;
    if (over("ingest.backlog", share, 0.5, 0.25))
      add("ingest.backlog", 2, "readings wait to be written", {{"share", std::round(share * 100)}});
    // A town sends at least every ten minutes; a load of old data that has ended is no silence.
    if (facts_.recent.active_tens == 5 && facts_.recent.readings_10_min == 0)
      add("ingest.silent", 2, "no reading has come for ten minutes",
          {{"n", static_cast<double>(facts_.recent.readings_hour)}});
    if (facts_.recent.unclaimed_dropped > 0)
      add("unclaimed.full", 3,
          fmt::format("{} unclaimed devices were let go: the list is full", facts_.recent.unclaimed_dropped),
          {{"n", static_cast<double>(facts_.recent.unclaimed_dropped)}});
  }

  void machine() {
    const auto& disk = facts_.disk;
    if (disk.total > 0) {
      const double free = 100.0 * static_cast<double>(disk.free) / static_cast<double>(disk.total);
      if (under("disk.low", free, 5, 6))
        add("disk.low", free < 2 ? 1 : 2, "less than 5 % of the disk is free", {{"free", std::floor(free * 10) / 10}});
    }
    if (const auto days = facts_.service.disk_days_left; days && under("disk.forecast", *days, 14, 16))
      add("disk.forecast", *days < 2 ? 1 : 2, fmt::format("the disk is full in {:.0f} days at this rate", *days),
          {{"days", std::floor(*days)}});
    if (!clock_believable(facts_.now)) add("clock.doubt", 2, "the clock is not believable: " + to_iso(facts_.now));
    else if (const auto offset = facts_.clock_offset_s; offset && over("clock.offset", std::abs(*offset), 60, 30))
      add("clock.offset", std::abs(*offset) > 600 ? 2 : 3,
          fmt::format("most devices' clocks are {:.0f} s {} of ours", std::abs(*offset),
                      *offset > 0 ? "ahead" : "behind"),
          {{"seconds", std::round(std::abs(*offset))}});
    const auto& process = facts_.service.process;
    if (process.memory_limit) {
      const double used = static_cast<double>(process.resident) / static_cast<double>(*process.memory_limit);
      if (over("memory.limit", used, 0.9, 0.85))
        add("memory.limit", 2, fmt::format("{:.0f} % of the memory it may have is used", used * 100),
            {{"used", std::round(used * 100)}});
    }
    if (process.descriptor_limit > 0) {
      const double used = static_cast<double>(process.descriptors) / static_cast<double>(process.descriptor_limit);
      if (over("process.descriptors", used, 0.9, 0.8))
        add("process.descriptors", 2,
            fmt::format("{} of {} file descriptors are open", process.descriptors, process.descriptor_limit),
            {{"used", std::round(used * 100)}});
    }
    certificate();
  }

  void certificate() {
    const auto& certificate = facts_.service.certificate;
    if (!certificate.problem.empty()) add("certificate.unreadable", 2, certificate.problem);
    if (!certificate.end || certificate.end->ns - facts_.now.ns >= kCertificateDays * Instant::kDay) return;
    const auto left = static_cast<double>(certificate.end->ns - facts_.now.ns) / Instant::kDay;
    add("certificate.ends", left <= 0 ? 1 : 2, "the TLS certificate ends at " + to_iso(*certificate.end),
        {{"days", std::max(0.0, std::floor(left))}});
  }

  void backup() {
    const auto& backup = facts_.service.backup;
    if (!backup.problem.empty())
      add("backup.failed", 2, "the last backup failed: " + backup.problem, {{"why", backup.problem}});
    // The newest that was proven, or since when there should be one.
    const Instant counted_from = backup.last_good.ns != 0 ? backup.last_good : backup.since;
    if (backup.scheduled && facts_.now.ns - counted_from.ns > kBackupOldAfter) {
      const double hours = static_cast<double>(facts_.now.ns - counted_from.ns) / Instant::kHour;
      add("backup.old", 2, "no proven backup since " + to_iso(counted_from), {{"hours", std::floor(hours)}});
    }
    if (!backup.scheduled || backup.disk.total == 0 || backup.same_disk) return;
    const double free = 100.0 * static_cast<double>(backup.disk.free) / static_cast<double>(backup.disk.total);
    if (under("backup.disk", free, 5, 6))
      add("backup.disk", 3, "less than 5 % of the backups' disk is free", {{"free", std::floor(free * 10) / 10}});
  }

  void lag(const char* code, const char* what, double p99_ms) {
    if (!over(code, p99_ms, 1000, 500)) return;
    add(code, p99_ms > 5000 ? 2 : 3, fmt::format("{}: {:.0f} ms for 99 of 100", what, p99_ms),
        {{"seconds", std::round(p99_ms / 100) / 10}});
  }

  void lags() {
    lag("lag.commit", "to the disk", facts_.lag.commit_p99);
    // What waits for the disk is said once.
    if (facts_.lag.commit_p99 <= 1000) lag("lag.rules", "until the rules had judged", facts_.lag.rules_p99);
    lag("lag.screens", "from the commit to the screens", facts_.service.screens_p99_ms);
    const auto& longest = facts_.service.writer_recent;
    if (over("writer.slow", longest.ms, 2000, 1000))
      add("writer.slow", 3, fmt::format("a step of the writer took {:.0f} ms: {}", longest.ms, longest.what),
          {{"seconds", std::round(longest.ms / 100) / 10}, {"what", longest.what}});
    if (over("queue.writer", static_cast<double>(facts_.writer_queue), 2000, 500))
      add("queue.writer", 3, fmt::format("{} jobs wait for the writer", facts_.writer_queue),
          {{"n", static_cast<double>(facts_.writer_queue)}});
    if (over("queue.pool", static_cast<double>(facts_.pool_queue), 200, 50))
      add("queue.pool", 3, fmt::format("{} queries wait", facts_.pool_queue),
          {{"n", static_cast<double>(facts_.pool_queue)}});
  }

  void connections() {
    const auto& service = facts_.service;
    const auto grown = [this](const char* code, int severity, std::uint64_t n, const char* what) {
      if (n > 0) add(code, severity, fmt::format("{} {}", n, what), {{"n", static_cast<double>(n)}});
    };
    grown("streams.dropped", 3, facts_.recent.slow_streams, "screens were cut off in ten minutes: they do not read");
    const double queued = service.stream_limit == 0
                              ? 0
                              : static_cast<double>(service.stream_queue) / static_cast<double>(service.stream_limit);
    if (over("streams.behind", queued, 0.5, 0.1))
      add("streams.behind", 3, fmt::format("{} frames wait for one screen", service.stream_queue),
          {{"n", static_cast<double>(service.stream_queue)}});
    grown("mqtt.dropping", 3, facts_.recent.mqtt_dropped, "messages to MQTT clients were dropped in ten minutes");
    grown("mqtt.full", 2, facts_.recent.mqtt_full, "MQTT connections were refused in ten minutes: too many");
    grown("mqtt.sessions", 2, facts_.recent.mqtt_unwritten, "times MQTT sessions were not written in ten minutes");
    const double open = service.http_limit == 0 ? 0
                                                : static_cast<double>(service.http.open_connections) /
                                                      static_cast<double>(service.http_limit);
    if (over("http.full", open, 0.9, 0.8))
      add("http.full", 2,
          fmt::format("{} HTTP connections are open; {} are the most", service.http.open_connections,
                      service.http_limit),
          {{"n", static_cast<double>(service.http.open_connections)}});
    if (service.web_missing) add("web.missing", 2, "the built screens are missing: set http.web_folder");
  }

  void upkeep() {
    for (const auto& [what, why] : facts_.service.troubles) {
      if (what == "alarms not written") add("alarms.unwritten", 2, what + ": " + why);
    }
    for (const auto& [what, why] : facts_.service.troubles) {
      if (what == "alarms not written") continue;
      add("upkeep.failing", 2, what + ": " + why, {{"what", what}});
      break;
    }
    if (facts_.service.rules_left_out > 0)
      add("alarms.rules_left_out", 3,
          fmt::format("{} rules are left out: more than 32 meet on one datastream", facts_.service.rules_left_out),
          {{"n", static_cast<double>(facts_.service.rules_left_out)}});
    if (facts_.recent.errors > 0)
      add("log.errors", 3, fmt::format("{} errors were logged in ten minutes", facts_.recent.errors),
          {{"n", static_cast<double>(facts_.recent.errors)}});
  }

  const HealthFacts& facts_;
  const std::set<std::string, std::less<>>& open_;
  std::vector<HealthProblem> out_;
};

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kKinds; }

bool clock_believable(Instant now) { return now > Instant::from_seconds(1'767'225'600); }  // 2026-01-01

bool is_ready(const HealthFacts& facts) {
  return facts.store.full.empty() && facts.waiting_rows < ingest::Intake::kMaxRows;
}

bool is_degraded(const HealthFacts& facts) {
  return std::ranges::any_of(facts.problems, [](const HealthProblem& problem) { return problem.severity <= 2; });
}

std::vector<HealthProblem> find_problems(const HealthFacts& facts, const std::set<std::string, std::less<>>& open) {
  return Finder(facts, open).find();
}

std::vector<HealthProblem> ProblemBook::judge(const HealthFacts& facts, std::int64_t now_ns) {
  for (auto& problem : find_problems(facts, open_)) {
    const auto [at, fresh] = entries_.try_emplace(problem.code);
    Entry& entry = at->second;
    if (fresh) {
      entry.first_ns = now_ns;
      problem.since = facts.now;
    } else {
      problem.since = entry.problem.since;
    }
    entry.problem = std::move(problem);
    entry.last_ns = now_ns;
    const auto* kind = kind_of(entry.problem.code);
    entry.told = entry.told || now_ns - entry.first_ns >= kind->hold_s * Instant::kSecond;
    if (entry.told) open_.insert(entry.problem.code);
  }
  // Seen no more: what was never told is forgotten at once, the rest lingers.
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    const bool over = entry.last_ns != now_ns && (!entry.told || now_ns - entry.last_ns >= kLinger);
    if (over) open_.erase(item.first);
    return over;
  });
  std::vector<HealthProblem> out;
  for (const auto& [code, entry] : entries_) {
    if (entry.told) out.push_back(entry.problem);
  }
  std::ranges::sort(out, {}, [](const HealthProblem& problem) { return std::pair(problem.severity, problem.code); });
  return out;
}

}  // namespace qala::api
