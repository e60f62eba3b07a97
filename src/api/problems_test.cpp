#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <sstream>

#include <boost/json.hpp>

#include "api/health_facts.h"

namespace qala::api {
namespace {

HealthFacts fine() {
  HealthFacts facts;
  facts.now = *parse_iso("2026-11-23T09:00:00Z");
  facts.disk = {.free = 50'000'000'000, .total = 100'000'000'000};
  return facts;
}

std::vector<std::string> codes(const HealthFacts& facts) {
  std::vector<std::string> out;
  for (const auto& problem : find_problems(facts)) out.push_back(problem.code);
  return out;
}

using Codes = std::vector<std::string>;

TEST(Problems, AreNoneWhenAllIsWell) {
  EXPECT_EQ(codes(fine()), Codes{});
  EXPECT_TRUE(is_ready(fine()));
}

TEST(Problems, EachThingThatDegradesIsOne) {
  struct Case {
    std::string code;
    int severity;
    std::function<void(HealthFacts&)> spoil;
  };
  const std::vector<Case> cases = {
      {"store.full", 1, [](HealthFacts& f) { f.store.full = "no space left"; }},
      {"store.damaged", 2, [](HealthFacts& f) { f.store.damages = 1; }},
      {"disk.low", 2, [](HealthFacts& f) { f.disk.free = 4'900'000'000; }},
      {"disk.low", 1, [](HealthFacts& f) { f.disk.free = 1'900'000'000; }},
      {"clock.doubt", 2, [](HealthFacts& f) { f.now = Instant::from_seconds(1'000); }},
      {"codec.disabled", 2, [](HealthFacts& f) { f.lorawan.disabled = {"DL-PR26"}; }},
      {"codec.worker", 2, [](HealthFacts& f) { f.lorawan.worker_words = "qala-codec is not there"; }},
      {"lorawan.storing", 1, [](HealthFacts& f) { f.lorawan.raw_words = "no space left"; }},
      {"disk.forecast", 2, [](HealthFacts& f) { f.service.disk_days_left = 13; }},
      {"disk.forecast", 1, [](HealthFacts& f) { f.service.disk_days_left = 1.5; }},
      {"certificate.ends", 2,
       [](HealthFacts& f) { f.service.certificate.end = Instant{f.now.ns + 20 * Instant::kDay}; }},
      {"certificate.ends", 1, [](HealthFacts& f) { f.service.certificate.end = f.now; }},
      {"backup.failed", 2, [](HealthFacts& f) { f.service.backup.problem = "the disk is not there"; }},
      {"backup.old", 2,
       [](HealthFacts& f) { f.service.backup = {.scheduled = true, .last_good = {f.now.ns - 37 * Instant::kHour}}; }},
      {"backup.old", 2,
       [](HealthFacts& f) { f.service.backup = {.scheduled = true, .since = {f.now.ns - 37 * Instant::kHour}}; }},
      {"oidc.unreachable", 3, [](HealthFacts& f) { f.provider_problem = "no route to it"; }},
      {"sign_in.key_lost", 2, [](HealthFacts& f) { f.access.unreadable_factors = 1; }},
      {"notify.failing", 2, [](HealthFacts& f) { f.notify.failing = 2; }},
      {"notify.given_up", 3, [](HealthFacts& f) { f.notify.given_up = 1; }},
      {"notify.queue", 2, [](HealthFacts& f) { f.notify.left_out = 7; }},
      {"ingest.backlog", 2, [](HealthFacts& f) { f.waiting_rows = ingest::Intake::kMaxRows / 2 + 1; }},
      {"ingest.refusing", 1, [](HealthFacts& f) { f.recent.busy = 1; }},
      {"ingest.silent", 2, [](HealthFacts& f) { f.recent.active_tens = 5; }},
      {"store.failing", 1, [](HealthFacts& f) { f.recent.not_stored = 1; }},
      {"store.background", 2, [](HealthFacts& f) { f.store.background = "input/output error"; }},
      {"store.overlays", 3, [](HealthFacts& f) { f.store.overlays = 49; }},
      {"clock.offset", 3, [](HealthFacts& f) { f.clock_offset_s = -61; }},
      {"clock.offset", 2, [](HealthFacts& f) { f.clock_offset_s = 3600; }},
      {"memory.limit", 2, [](HealthFacts& f) { f.service.process = {.resident = 91, .memory_limit = 100}; }},
      {"process.descriptors", 2,
       [](HealthFacts& f) { f.service.process = {.descriptors = 95, .descriptor_limit = 100}; }},
      {"certificate.unreadable", 2, [](HealthFacts& f) { f.service.certificate.problem = "no such file"; }},
      {"backup.disk", 3,
       [](HealthFacts& f) {
         f.service.backup = {.scheduled = true, .since = f.now, .disk = {.free = 4, .total = 100}};
       }},
      {"lag.commit", 3, [](HealthFacts& f) { f.lag.commit_p99 = 1100; }},
      {"lag.commit", 2, [](HealthFacts& f) { f.lag = {.commit_p99 = 5100, .rules_p99 = 5200}; }},
      {"lag.rules", 3, [](HealthFacts& f) { f.lag = {.commit_p99 = 100, .rules_p99 = 1100}; }},
      {"lag.screens", 3, [](HealthFacts& f) { f.service.screens_p99_ms = 1100; }},
      {"writer.slow", 3, [](HealthFacts& f) { f.service.writer_recent = {.ms = 2100, .what = "retention"}; }},
      {"queue.writer", 3, [](HealthFacts& f) { f.writer_queue = 2001; }},
      {"queue.pool", 3, [](HealthFacts& f) { f.pool_queue = 201; }},
      {"streams.dropped", 3, [](HealthFacts& f) { f.recent.slow_streams = 1; }},
      {"streams.behind", 3,
       [](HealthFacts& f) {
         f.service.stream_queue = 33;
         f.service.stream_limit = 64;
       }},
      {"mqtt.dropping", 3, [](HealthFacts& f) { f.recent.mqtt_dropped = 1; }},
      {"mqtt.full", 2, [](HealthFacts& f) { f.recent.mqtt_full = 1; }},
      {"mqtt.sessions", 2, [](HealthFacts& f) { f.recent.mqtt_unwritten = 1; }},
      {"http.full", 2,
       [](HealthFacts& f) {
         f.service.http.open_connections = 3700;
         f.service.http_limit = 4000;
       }},
      {"video.worker", 1,
       [](HealthFacts& f) { f.service.video = {.cameras = 3, .wanted = true, .words = "ended by signal 9"}; }},
      {"video.events", 3,
       [](HealthFacts& f) {
         f.service.video = {.cameras = 3, .wanted = true, .running = true};
         f.service.video.listened = 2;
         f.service.video.deaf = 1;
       }},
      {"video.lost", 2,
       [](HealthFacts& f) { f.service.video = {.cameras = 3, .lost = 1, .wanted = true, .running = true}; }},
      {"video.overload", 2,
       [](HealthFacts& f) { f.service.video = {.cameras = 3, .wanted = true, .running = true, .load = 1}; }},
      {"video.recording", 1,
       [](HealthFacts& f) {
         f.service.video = {.cameras = 3, .wanted = true, .running = true, .record_words = "the disk is full"};
       }},
      {"modbus.silent", 2,
       [](HealthFacts& f) {
         f.service.modbus = {{.name = "HS-1", .state = "answers"},
                             {.name = "HS-2", .words = "no answer", .state = "silent"}};
       }},
      {"modbus.registers", 3,
       [](HealthFacts& f) {
         f.service.modbus = {{.name = "HS-1", .words = "illegal data address", .state = "answers", .refused = 1}};
       }},
      {"sparkplug.dead", 2,
       [](HealthFacts& f) {
         f.service.edge_nodes = {{.name = "Heat/GW-1", .state = "alive"}, {.name = "Heat/GW-2", .state = "dead"}};
       }},
      {"bridge.away", 2,
       [](HealthFacts& f) {
         f.bridges = {{.name = "lns", .state = "connected"},
                      {.name = "ttn", .state = "away", .words = "no connection: Connection refused"}};
       }},
      {"bridge.refused", 2,
       [](HealthFacts& f) { f.bridges = {{.name = "lns", .state = "refused", .words = "wrong user or password"}}; }},
      {"web.missing", 2, [](HealthFacts& f) { f.service.web_missing = true; }},
      {"unclaimed.full", 3, [](HealthFacts& f) { f.recent.unclaimed_dropped = 1; }},
      {"alarms.unwritten", 2, [](HealthFacts& f) { f.service.troubles = {{"alarms not written", "full"}}; }},
      {"upkeep.failing", 2, [](HealthFacts& f) { f.service.troubles = {{"receipts not written", "full"}}; }},
      {"alarms.rules_left_out", 3, [](HealthFacts& f) { f.service.rules_left_out = 1; }},
      {"rules.file", 2, [](HealthFacts& f) { f.rules_problem = "rules/air.toml:3:1: unknown key"; }},
      {"log.errors", 3, [](HealthFacts& f) { f.recent.errors = 1; }},
  };
  std::set<std::string> tried;
  for (const auto& test : cases) {
    auto facts = fine();
    test.spoil(facts);
    const auto found = find_problems(facts);
    ASSERT_EQ(found.size(), 1U) << test.code;
    EXPECT_EQ(found[0].code, test.code);
    EXPECT_EQ(found[0].severity, test.severity) << test.code;
    EXPECT_FALSE(found[0].text.empty());
    tried.insert(test.code);
  }
  for (const auto& kind : problem_kinds()) {
    EXPECT_TRUE(tried.contains(std::string(kind.code))) << kind.code << " can be named, and no test brings it about";
  }
}

TEST(Problems, WhatIsFarAwayIsNone) {
  auto facts = fine();
  facts.service.disk_days_left = 15;
  facts.service.certificate.end = Instant{facts.now.ns + 30 * Instant::kDay};
  EXPECT_EQ(codes(facts), Codes{});
}

TEST(Problems, ABackupOfLastNightIsNone) {
  auto facts = fine();
  facts.service.backup = {.scheduled = true, .last_good = {facts.now.ns - 30 * Instant::kHour}};
  EXPECT_EQ(codes(facts), Codes{});
  facts.service.backup = {.scheduled = true, .since = {facts.now.ns - Instant::kHour}};  // the first is being made
  EXPECT_EQ(codes(facts), Codes{});
}

TEST(Problems, TheWorstIsFirst) {
  auto facts = fine();
  facts.store.damages = 3;
  facts.store.full = "no space left";
  EXPECT_EQ(codes(facts), (Codes{"store.full", "store.damaged"}));
}

/// What the screens say: a text for the code, and another with what to do, in each of the three languages.
TEST(Problems, TheScreensHaveWordsForEachInThreeLanguages) {
  EXPECT_TRUE(std::ranges::is_sorted(problem_kinds(), {}, &ProblemKind::code)) << "the table is searched by halves";
  for (const char* language : {"kk", "ru", "en"}) {
    std::ifstream in(std::string("web/src/i18n/") + language + ".json");
    std::stringstream text;
    text << in.rdbuf();
    const auto words = boost::json::parse(text.str()).as_object();
    for (const auto& kind : problem_kinds()) {
      for (const char* part : {"", ".do"}) {
        const std::string key = "problem." + std::string(kind.code) + part;
        const auto* said = words.if_contains(key);
        EXPECT_TRUE(said && said->is_string() && !said->as_string().empty()) << key << " in " << language;
      }
    }
  }
}

TEST(Problems, WhatIsOpenEndsOnlyAtTheBetterLimit) {
  auto facts = fine();
  facts.disk.free = 5'500'000'000;  // between the two
  EXPECT_EQ(codes(facts), Codes{});
  EXPECT_EQ(find_problems(facts, {"disk.low"}).size(), 1U);
  facts.disk.free = 6'100'000'000;
  EXPECT_TRUE(find_problems(facts, {"disk.low"}).empty());
}

std::vector<std::string> told(ProblemBook& book, const HealthFacts& facts, std::int64_t second) {
  std::vector<std::string> out;
  for (const auto& problem : book.judge(facts, second * Instant::kSecond)) out.push_back(problem.code);
  return out;
}

TEST(Problems, ALoadThatHasEndedIsNoSilence) {
  auto facts = fine();
  facts.recent = {.readings_hour = 150'000'000, .active_tens = 4};
  EXPECT_EQ(codes(facts), Codes{});
}

TEST(ProblemBook, TellsOnlyWhatLasts) {
  ProblemBook book;
  auto slow = fine();
  slow.lag.commit_p99 = 3000;
  EXPECT_EQ(told(book, slow, 1), Codes{});
  EXPECT_EQ(told(book, fine(), 10), Codes{});  // a moment only
  EXPECT_EQ(told(book, slow, 11), Codes{});
  EXPECT_EQ(told(book, slow, 30), Codes{});
  EXPECT_EQ(told(book, slow, 31), Codes{"lag.commit"});
}

TEST(ProblemBook, DoesNotFlicker) {
  ProblemBook book;
  auto full = fine();
  full.store.full = "no space left";
  EXPECT_EQ(told(book, full, 1), Codes{"store.full"});  // at once
  for (std::int64_t second = 2; second < 60; second++)
    EXPECT_EQ(told(book, second % 3 == 0 ? full : fine(), second), Codes{"store.full"}) << second;
  EXPECT_EQ(told(book, fine(), 66), Codes{"store.full"});
  EXPECT_EQ(told(book, fine(), 67), Codes{});
}

TEST(ProblemBook, RemembersSinceWhen) {
  ProblemBook book;
  auto full = fine();
  full.store.full = "no space left";
  const Instant began = full.now;
  book.judge(full, Instant::kSecond);
  full.now.ns += Instant::kHour;
  const auto later = book.judge(full, 2 * Instant::kSecond);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].since, began);
}

TEST(Problems, OnlyWhatSomebodyMustSeeToDegrades) {
  HealthFacts facts;
  facts.problems = {{.code = "lag.screens", .severity = 3, .text = ""}};
  EXPECT_FALSE(is_degraded(facts));
  facts.problems.push_back({.code = "disk.low", .severity = 2, .text = ""});
  EXPECT_TRUE(is_degraded(facts));
}

TEST(Problems, ATownThatRefusesReadingsIsNotReady) {
  auto facts = fine();
  facts.store.full = "no space left";
  EXPECT_FALSE(is_ready(facts));
  facts = fine();
  facts.waiting_rows = ingest::Intake::kMaxRows;
  EXPECT_FALSE(is_ready(facts));
}

}  // namespace
}  // namespace qala::api
