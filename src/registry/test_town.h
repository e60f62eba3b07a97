#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "registry/registry.h"

namespace qala::registry::test {

/// Remembers what was recorded; can be told to fail.
class Recorder final : public AuditSink {
 public:
  struct Line {
    Actor actor;
    std::string action, object, detail;
  };
  Result<> record(const Actor& actor, std::string_view action, std::string_view object,
                  std::string_view detail) override {
    if (broken) return fail(ErrorKind::full, "the audit disk is full");
    lines.push_back({actor, std::string(action), std::string(object), std::string(detail)});
    return {};
  }
  std::vector<Line> lines;
  bool broken = false;
};

/// A registry over a database in memory (or in a file).
struct Town {
  explicit Town(const std::string& path = ":memory:") : db(*sqlite::Database::open(path)) { reopen(); }
  void reopen() {
    auto opened = Registry::open(db, clock, audit);
    EXPECT_TRUE(opened) << opened.error().message;
    registry = std::move(*opened);
  }
  ThingId add(const std::string& key, Kind kind = Kind::other, ThingId parent = {}) {
    Thing thing;
    thing.key = key;
    thing.kind = kind;
    thing.parent = parent;
    return *registry->put_thing(thing, actor);
  }
  Thing thing(ThingId id) const {
    Thing copy;
    registry->read([&](const Registry::View& view) {
      if (const Thing* found = view.thing(id)) copy = *found;
    });
    return copy;
  }

  FakeClock clock;
  Recorder audit;
  Actor actor{"user", "aigul"};
  sqlite::Database db;
  std::unique_ptr<Registry> registry;
};

}  // namespace qala::registry::test
