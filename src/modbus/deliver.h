#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "ingest/intake.h"
#include "modbus/poller.h"
#include "registry/registry.h"

namespace qala::modbus {

/// Makes one submission of each round. A thing or datastream that is not there is made first, on the writer, with what
/// the map knows of it: name, observed property, unit, expected interval. What is there is left as people made it.
/// polled() and refused() on the network thread; everything must outlive it and the writer's jobs.
class Deliver final : public Sink {
 public:
  Deliver(registry::Registry& registry, ingest::Intake& intake, ingest::Probe& probe, Worker& writer,
          const Clock& clock)
      : registry_(registry), intake_(intake), probe_(probe), writer_(writer), clock_(clock) {}

  void polled(const DeviceSetup& device, Instant at, std::span<const Polled> values) override;
  void refused(const DeviceSetup& device, const Register& what, const Value& value, Instant at) override;

 private:
  using Values = std::vector<Polled>;
  /// False: something is not in the registry.
  bool rows(const DeviceSetup& device, Instant at, std::span<const Polled> values, readings::Batch& into) const;
  Result<> make_missing(const DeviceSetup& device);
  void submit(const DeviceSetup& device, readings::Batch batch);

  registry::Registry& registry_;
  ingest::Intake& intake_;
  ingest::Probe& probe_;
  Worker& writer_;
  const Clock& clock_;
};

}  // namespace qala::modbus
