#pragma once

#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "access/access.h"
#include "alarms/engine.h"
#include "alarms/rules.h"
#include "audit/audit.h"
#include "base/threads.h"
#include "base/zone.h"
#include "http/server.h"
#include "ingest/intake.h"
#include "mqtt/handler.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::api {

/// What the town is called and where it lies, from the configuration.
struct TownInfo {
  registry::LocalText name;
  registry::Point center;
  std::string version;
};

/// What app/ knows and the health page shows, beyond what the rooms say themselves.
struct ServiceHealth {
  std::uint64_t mqtt_connections = 0, mqtt_refused = 0;
  std::uint64_t http_connections = 0, websockets = 0;
  std::uint64_t stream_queue = 0;
  std::int64_t uptime_s = 0;
  double screens_p99_ms = 0;     ///< commit to sent to the screens
  double writer_longest_ms = 0;  ///< longest step of the last hour
};

/// Every room the resources call. Everything outlives the routes. Network thread, unless a member says otherwise.
struct Context {
  boost::asio::io_context& network;
  Worker& writer;
  Worker& pool;
  const Clock& clock;
  registry::Registry& registry;
  access::Access& access;
  audit::Log& audit;
  readings::ReadingStore& store;
  ingest::Intake& intake;
  ingest::Admission& admission;
  ingest::Unclaimed& unclaimed;
  const ingest::SeriesIndex& series;
  ingest::Probe& probe;
  alarms::RuleEngine& alarms;
  alarms::RuleBook& rules;
  Zone zone;
  TownInfo town;
  std::string folder;      ///< the data folder
  std::string web_folder;  ///< built screens
  std::function<ServiceHealth()> service_health;  ///< network thread
  bool auto_claim = false;
};

}  // namespace qala::api
