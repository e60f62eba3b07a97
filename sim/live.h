#pragma once

#include "sim/run.h"
#include "sim/setup.h"

namespace qala::sim {

/// The town lives: gateways and stations over MQTT (one thread for all), stops and benches by the HTTP device API,
/// cameras and vehicles through their collectors by line protocol (another thread). Everybody begins with what was due
/// after `from`. Returns when told to stop or when `options.until` is reached.
Result<> live(const Options& options, const Session& session, const Town& town, const Frame& frame,
              const Access& access, Seconds from);

}  // namespace qala::sim
