#include "ingest/probe.h"

#include <gtest/gtest.h>

namespace qala::ingest {
namespace {

TEST(Probe, AddsUpPerTransportAndOutcome) {
  Probe probe;
  Report report;
  report.accepted = 5;
  report.duplicates = 2;
  probe.accepted(Transport::mqtt, report);
  probe.accepted(Transport::http, report);
  const auto totals = probe.totals();
  EXPECT_EQ(totals.accepted, 10U);
  EXPECT_EQ(totals.duplicates, 4U);
  EXPECT_EQ(totals.by_transport[static_cast<std::size_t>(Transport::mqtt)], 5U);
  EXPECT_EQ(totals.by_transport[static_cast<std::size_t>(Transport::gateway)], 0U);
}

TEST(Probe, KeepsTheNewestExamplesOfEachReason) {
  Probe probe;
  probe.reject("syntax", 2, "first", Instant::from_seconds(1));
  for (const char* text : {"second", "third", "third"}) probe.reject("syntax", 1, text, Instant::from_seconds(2));
  probe.reject("syntax", 3, "the last", Instant::from_seconds(2));
  probe.reject("nan", 1, "n", Instant::from_seconds(3));
  const auto rejects = probe.rejects();
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[1].reason, "syntax");
  EXPECT_EQ(rejects[1].count, 8U);
  EXPECT_EQ(rejects[1].last, Instant::from_seconds(2));
  ASSERT_EQ(rejects[1].samples.size(), Reject::kSamples);
  EXPECT_EQ(rejects[1].samples[0].text, "the last");
  EXPECT_EQ(rejects[1].samples[1].text, "third");
  EXPECT_EQ(rejects[1].samples[2].text, "second");
}

TEST(Probe, ShowsWhatWasSentWithoutWhatCouldHarm) {
  EXPECT_EQ(clean_sample("ok, ҚАЛА 21 °C"), "ok, ҚАЛА 21 °C");
  EXPECT_EQ(clean_sample("a\x1b[31m\n\xff"), "a\\x1B[31m\\x0A\\xFF");
  EXPECT_EQ(clean_sample("<b onload=x>"), "<b onload=x>");  // the screens write text, never HTML
  EXPECT_EQ(clean_sample("token qala_0123456789abcdefghijABCDEFGHIJ01xx is unknown"), "token … is unknown");
  EXPECT_EQ(clean_sample("key=" + std::string(64, 'f')), "key=…");
  const auto cut = clean_sample(std::string(50, ' ') + "слово и ещё слово; " + std::string(1000, '.'));
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.ends_with("…"));
}

TEST(Probe, LagIsOfTheNewestCommits) {
  Probe probe;
  EXPECT_EQ(probe.lag(0).commit_p99, 0);
  for (int i = 0; i < 100; i++) probe.committed(1'000'000'000, 2'000'000'000, 1);
  for (int i = 0; i < 5000; i++) probe.committed(2'000'000, 3'000'000, 2);
  const auto lag = probe.lag(0);
  EXPECT_FLOAT_EQ(static_cast<float>(lag.commit_p50), 2);
  EXPECT_FLOAT_EQ(static_cast<float>(lag.commit_p99), 2);
  EXPECT_FLOAT_EQ(static_cast<float>(lag.rules_p99), 3);
  EXPECT_EQ(probe.totals().commits, 5100U);
  EXPECT_EQ(probe.lag(3).commit_p99, 0) << "none is so new";
}

}  // namespace
}  // namespace qala::ingest
