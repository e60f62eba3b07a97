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

TEST(Probe, KeepsTheNewestExampleOfEachReason) {
  Probe probe;
  probe.reject("syntax", 2, "first", Instant::from_seconds(1));
  probe.reject("syntax", 3, std::string(1000, 'x'), Instant::from_seconds(2));
  probe.reject("nan", 1, "n", Instant::from_seconds(3));
  const auto rejects = probe.rejects();
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[1].reason, "syntax");
  EXPECT_EQ(rejects[1].count, 5U);
  EXPECT_EQ(rejects[1].last, Instant::from_seconds(2));
  EXPECT_EQ(rejects[1].sample.size(), 200U);
}

TEST(Probe, LagIsOfTheNewestCommits) {
  Probe probe;
  EXPECT_EQ(probe.lag().commit_p99, 0);
  for (int i = 0; i < 100; i++) probe.committed(1'000'000'000, 2'000'000'000);
  for (int i = 0; i < 5000; i++) probe.committed(2'000'000, 3'000'000);
  const auto lag = probe.lag();
  EXPECT_FLOAT_EQ(static_cast<float>(lag.commit_p50), 2);
  EXPECT_FLOAT_EQ(static_cast<float>(lag.commit_p99), 2);
  EXPECT_FLOAT_EQ(static_cast<float>(lag.rules_p99), 3);
  EXPECT_EQ(probe.totals().commits, 5100U);
}

}  // namespace
}  // namespace qala::ingest
