#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "readings/embedded_store.h"
#include "registry/registry.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::reports::test {

inline Instant at(std::string_view iso) { return *parse_iso(iso); }

/// A registry and a store in a folder of their own.
class Town {
 public:
  Town() {
    db_ = std::make_unique<sqlite::Database>(*sqlite::Database::open(folder_.file("town.db")));
    registry = *registry::Registry::open(*db_, clock, audit_);
    store =
        *readings::open_embedded(folder_.file("readings"), zone, clock, {.log_segment = 1 << 20, .background = false});
  }

  ThingId add(const std::string& key, registry::Kind kind) {
    registry::Thing thing;
    thing.key = thing.name = key;
    thing.kind = kind;
    return *registry->put_thing(thing, actor);
  }
  DatastreamId measure(ThingId thing, const std::string& property, std::int64_t interval_ms = 600'000) {
    registry::Datastream stream;
    stream.thing = thing;
    stream.key = property;
    stream.interval_ms = interval_ms;
    registry->read([&](const registry::Registry::View& view) { stream.property = view.property(property)->id; });
    auto id = registry->put_datastream(stream, actor);
    EXPECT_TRUE(id) << id.error().message;
    return *id;
  }
  /// `value(n)` every ten minutes of from <= t < to.
  template <class Value>
  void fill(DatastreamId stream, Instant from, Instant to, const Value& value) {
    readings::Batch batch;
    int n = 0;
    for (std::int64_t time = from.ns; time < to.ns; time += 10 * Instant::kMinute) {
      batch.rows.push_back({.datastream = stream,
                            .flags = 0,
                            .type = readings::ValueType::decimal,
                            .scale = 1,
                            .time = time,
                            .bits = static_cast<std::int64_t>(value(n++) * 10)});
    }
    const readings::Batch* const batches[] = {&batch};
    EXPECT_TRUE(store->append(batches, {}));
  }

 private:
  tests::TemporaryFolder folder_;
  tests::NoAudit audit_;
  std::unique_ptr<sqlite::Database> db_;

 public:
  FakeClock clock{at("2026-01-18T09:00:00Z")};
  Zone zone = *Zone::find("Asia/Almaty");
  audit::Actor actor{"user", "aigul"};
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<readings::ReadingStore> store;
};

}  // namespace qala::reports::test
