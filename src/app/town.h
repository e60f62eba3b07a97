#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace qala::app {

struct ServeOptions {
  std::string data;
  Config config;
  /// Called once everything listens, on the network thread: "ready http=… mqtt=…".
  std::function<void(const std::string& line)> ready;
  /// Told the link of the first start before the ready line, empty if there is an administrator. The folder is ours
  /// then.
  std::function<void(const std::string& link)> setup;
};

/// Runs a town until SIGTERM or SIGINT (or an error at the start). Blocks; ends within 5 s of the signal.
/// Threads: network (the caller's), writer, a pool of two, the store's merger, the MQTT session file's writer.
Result<> serve(const ServeOptions& options);

}  // namespace qala::app
