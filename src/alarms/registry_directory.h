#pragma once

#include <unordered_map>

#include "alarms/directory.h"
#include "alarms/engine.h"
#include "registry/registry.h"

namespace qala::alarms {

/// The directory over the registry. Add it to the registry as a listener, then call watch(engine): changes of the
/// registry reach the engine. Writer thread only; the registry must outlive it.
class RegistryDirectory final : public StreamDirectory, public registry::ChangeListener {
 public:
  explicit RegistryDirectory(const registry::Registry& registry);
  void watch(RuleEngine& engine) { engine_ = &engine; }

  bool stream(DatastreamId id, StreamFacts& out) const override;
  bool thing(ThingId id, ThingFacts& out) const override;
  std::vector<DatastreamId> streams_of(ThingId thing) const override;
  std::size_t dependants(ThingId thing) const override;

  void thing_changed(const registry::Thing& thing) override;
  void thing_removed(ThingId thing) override;
  void datastream_changed(const registry::Datastream& datastream) override;
  void datastream_removed(DatastreamId datastream) override;

 private:
  struct Links {
    ThingId parent, gateway;
  };
  void link(ThingId thing, Links links);
  void unlink(ThingId thing);

  const registry::Registry& registry_;
  RuleEngine* engine_ = nullptr;
  std::unordered_map<ThingId, Links> links_;             ///< of things that have any
  std::unordered_map<ThingId, std::size_t> dependants_;  ///< of things that are a parent or gateway
};

}  // namespace qala::alarms
