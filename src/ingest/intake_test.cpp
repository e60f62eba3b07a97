#include "ingest/intake.h"

#include <gtest/gtest.h>

#include <future>

#include "ingest/test_entrance.h"

namespace qala::ingest {
namespace {

using test::Entrance;

/// Keeps the writer busy until told.
class Busy {
 public:
  explicit Busy(Worker& writer) {
    std::promise<void> started;
    writer.post([&started, until = until_.get_future().share()] {
      started.set_value();
      until.wait();
    });
    started.get_future().wait();
  }
  void end() { until_.set_value(); }

 private:
  std::promise<void> until_;
};

TEST(Intake, WhatWaitsGoesIntoOneCommit) {
  Entrance town;
  town.add("a");
  Worker writer(1, "writer");
  Intake intake(*town.admission, writer, town.clock);
  Busy busy(writer);
  for (int i = 0; i < 50; i++) intake.submit(town.lines("telemetry,thing=a t=1 " + town.ago(100 - i)));
  EXPECT_EQ(intake.waiting_rows(), 50U);
  busy.end();
  writer.stop();
  EXPECT_EQ(town.store->commits, 1);
  EXPECT_EQ(intake.waiting_rows(), 0U);
  for (const auto& heard : town.reports) {
    EXPECT_EQ(heard->times, 1);
    EXPECT_EQ(heard->report.accepted, 1U);
  }
}

TEST(Intake, ACommitIsNotLongerThanItMayBe) {
  Entrance town;
  const DatastreamId stream = town.add_stream(town.add("a"), "t");
  Worker writer(1, "writer");
  Intake intake(*town.admission, writer, town.clock);
  Busy busy(writer);
  for (int i = 0; i < 3; i++) {
    Submission part;
    part.batch.rows.resize(Intake::kGroupRows / 2 + 1, {.datastream = stream, .time = town.clock.now().ns});
    intake.submit(std::move(part));
  }
  busy.end();
  writer.stop();
  EXPECT_EQ(town.store->commits, 3);
}

TEST(Intake, ACommitHasNotMoreTextThanItMayHave) {
  Entrance town;
  const DatastreamId stream = town.add_stream(town.add("a"), "t");
  Worker writer(1, "writer");
  Intake intake(*town.admission, writer, town.clock);
  Busy busy(writer);
  for (int i = 0; i < 3; i++) {
    Submission part;
    part.batch.rows.push_back({.datastream = stream, .time = town.clock.now().ns});
    part.batch.text.resize(Intake::kGroupText / 2 + 1);
    intake.submit(std::move(part));
  }
  busy.end();
  writer.stop();
  EXPECT_EQ(town.store->commits, 3);
}

TEST(Intake, RefusesWhenFullAndTellsAndCounts) {
  Entrance town;
  Worker writer(1, "writer");
  Intake intake(*town.admission, writer, town.clock);
  Busy busy(writer);
  for (std::size_t i = 0; i < Intake::kMaxSubmissions; i++) intake.submit({});
  auto one_more = town.lines("telemetry,thing=a t=1 " + town.ago(1));
  intake.submit(std::move(one_more));
  EXPECT_EQ(town.reports.back()->times, 0) << "answers come from the writer's thread only";
  busy.end();
  writer.stop();
  EXPECT_EQ(town.reports.back()->times, 1);
  EXPECT_EQ(town.reports.back()->error, ErrorKind::unavailable);
  EXPECT_EQ(town.rejected("busy"), 1U);
  EXPECT_EQ(town.unclaimed->size(), 0U);
}

}  // namespace
}  // namespace qala::ingest
