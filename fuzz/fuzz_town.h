#pragma once

#include <cstdint>
#include <memory>

#include "base/assert.h"
#include "registry/registry.h"

namespace qala::fuzz {

/// An empty registry in memory for one input.
struct Town final : registry::AuditSink {
  Town() : db(*sqlite::Database::open(":memory:")) { registry = *registry::Registry::open(db, clock, *this); }
  Result<> record(const registry::Actor&, std::string_view, std::string_view, std::string_view) override { return {}; }

  FakeClock clock;
  registry::Actor actor{"system", "fuzz"};
  sqlite::Database db;
  std::unique_ptr<registry::Registry> registry;
};

}  // namespace qala::fuzz
