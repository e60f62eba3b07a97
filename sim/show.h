#pragma once

#include <string>

#include "sim/run.h"

namespace qala::sim {

/// What is printed for people who write evenings and tests; nothing is sent anywhere.
struct Look {
  Seconds from, until;   ///< the town's time
  Seconds every = 600;
};

/// CSV of one device: `time,pm2_5,pm10,…`, the town's own time; an empty line of values where it is silent.
/// `not_found` if there is no such device.
Result<std::string> show_device(const Options& options, const std::string& key, const Look& look);

/// What chance and the evening make happen: `{"what":"feeder_out","thing":"F-12","from":ms,"until":ms}`, one a line.
Result<std::string> show_faults(const Options& options, const Look& look);

}  // namespace qala::sim
