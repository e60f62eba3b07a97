#include <gtest/gtest.h>

#include <functional>

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
      {"store.damaged", 2, [](HealthFacts& f) { f.store.read_only_damages = 1; }},
      {"disk.low", 2, [](HealthFacts& f) { f.disk.free = 4'900'000'000; }},
      {"disk.low", 1, [](HealthFacts& f) { f.disk.free = 1'900'000'000; }},
      {"clock.doubt", 2, [](HealthFacts& f) { f.now = Instant::from_seconds(1'000); }},
      {"disk.forecast", 2, [](HealthFacts& f) { f.service.disk_days_left = 13; }},
      {"disk.forecast", 1, [](HealthFacts& f) { f.service.disk_days_left = 1.5; }},
      {"certificate.ends", 2,
       [](HealthFacts& f) { f.service.certificate_end = Instant{f.now.ns + 20 * Instant::kDay}; }},
      {"certificate.ends", 1, [](HealthFacts& f) { f.service.certificate_end = f.now; }},
      {"backup.failed", 2, [](HealthFacts& f) { f.service.backup.problem = "the disk is not there"; }},
      {"backup.old", 2,
       [](HealthFacts& f) { f.service.backup = {.scheduled = true, .last_good = {f.now.ns - 37 * Instant::kHour}}; }},
      {"backup.old", 2,
       [](HealthFacts& f) { f.service.backup = {.scheduled = true, .since = {f.now.ns - 37 * Instant::kHour}}; }},
      {"ingest.backlog", 2, [](HealthFacts& f) { f.waiting_rows = ingest::Intake::kMaxRows / 2 + 1; }},
  };
  for (const auto& test : cases) {
    auto facts = fine();
    test.spoil(facts);
    const auto found = find_problems(facts);
    ASSERT_EQ(found.size(), 1U) << test.code;
    EXPECT_EQ(found[0].code, test.code);
    EXPECT_EQ(found[0].severity, test.severity) << test.code;
    EXPECT_FALSE(found[0].text.empty());
  }
}

TEST(Problems, WhatIsFarAwayIsNone) {
  auto facts = fine();
  facts.service.disk_days_left = 15;
  facts.service.certificate_end = Instant{facts.now.ns + 30 * Instant::kDay};
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
  facts.store.read_only_damages = 3;
  facts.store.full = "no space left";
  EXPECT_EQ(codes(facts), (Codes{"store.full", "store.damaged"}));
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
