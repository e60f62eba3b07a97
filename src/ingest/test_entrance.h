#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/admission.h"
#include "ingest/line_protocol.h"
#include "readings/embedded_store.h"
#include "readings/test_store.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::ingest::test {

/// Everything behind the entrance, real, in a folder of its own.
struct Entrance {
  explicit Entrance(AdmissionOptions options = {}) {
    db.emplace(*sqlite::Database::open(folder + "/town.db", {.durable = false}));
    registry = *registry::Registry::open(*db, clock, audit);
    unclaimed = *Unclaimed::open(*db, clock);
    auto inner =
        readings::open_embedded(folder + "/readings", zone, clock, {.log_segment = 1 << 20, .background = false});
    EXPECT_TRUE(inner) << inner.error().message;
    store = std::make_unique<readings::test::WatchedStore>(std::move(*inner));
    admission = std::make_unique<Admission>(*store, *registry, *unclaimed, receipts, index, probe, clock, options);
  }
  ~Entrance() {
    admission.reset();
    store.reset();
    registry.reset();
    unclaimed.reset();
    db.reset();
  }

  ThingId add(const std::string& key, ThingId gateway = {}) {
    registry::Thing thing;
    thing.key = thing.name = key;
    thing.gateway = gateway;
    return *registry->put_thing(thing, actor);
  }
  DatastreamId add_stream(ThingId thing, const std::string& key) {
    return *registry->put_datastream({.thing = thing, .key = key}, actor);
  }
  ThingId thing(std::string_view key) const {
    ThingId out;
    registry->read([&](const registry::Registry::View& view) {
      if (const auto* found = view.thing(key)) out = found->id;
    });
    return out;
  }
  DatastreamId stream(ThingId thing, std::string_view key) const {
    DatastreamId out;
    registry->read([&](const registry::Registry::View& view) {
      if (const auto* found = view.datastream(thing, key)) out = found->id;
    });
    return out;
  }
  readings::Batch readings_of(DatastreamId id) const {
    auto range = store->range(id, {-5'000'000'000'000'000'000, 5'000'000'000'000'000'000}, 100'000, false, false);
    EXPECT_TRUE(range);
    return range ? std::move(range->batch) : readings::Batch();
  }
  /// A submission of line protocol, as the HTTP route makes it. Its report lands in `reports`.
  Submission lines(std::string_view text) {
    Submission out;
    out.source = {.transport = Transport::http, .name = "pusher", .thing = {}, .refuse_future = true};
    parse_lines(text, {.now = clock.now()}, index, out);
    listen(out);
    return out;
  }
  void listen(Submission& submission) {
    reports.push_back(std::make_unique<Heard>());
    submission.done = [heard = reports.back().get()](const Result<Report>& report) {
      heard->times++;
      if (report) heard->report = *report;
      else heard->error = report.error().kind;
    };
  }
  Result<> wait(std::string_view scope, ThingId gateway, const std::string& device, std::vector<HeldValue> values) {
    return unclaimed->hold(scope, gateway, {{device, std::move(values)}});
  }
  struct Heard {
    int times = 0;
    Report report;
    std::optional<ErrorKind> error;
  };
  /// Commits one submission and returns what its sender heard.
  const Heard& commit(Submission submission) {
    const auto* heard = reports.back().get();
    admission->commit(std::span(&submission, 1), clock.monotonic_ns());
    return *heard;
  }
  std::string ago(std::int64_t seconds) const { return std::to_string(clock.now().ns - seconds * Instant::kSecond); }
  std::uint64_t rejected(std::string_view reason) const {
    for (const auto& reject : probe.rejects()) {
      if (reject.reason == reason) return reject.count;
    }
    return 0;
  }

  tests::TemporaryFolder own_folder;
  const std::string folder = own_folder.path();
  FakeClock clock;
  tests::NoAudit audit;
  registry::Actor actor{"user", "aigul"};
  Zone zone = *Zone::find("Asia/Almaty");
  std::optional<sqlite::Database> db;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<Unclaimed> unclaimed;
  std::unique_ptr<readings::test::WatchedStore> store;
  ReceiptBook receipts;
  SeriesIndex index{7};
  Probe probe;
  std::unique_ptr<Admission> admission;
  std::vector<std::unique_ptr<Heard>> reports;
};

}  // namespace qala::ingest::test
