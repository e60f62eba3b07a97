#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "access/access.h"
#include "alarms/engine.h"
#include "alarms/rules.h"
#include "audit/audit.h"
#include "base/threads.h"
#include "base/zone.h"
#include "http/server.h"
#include "incidents/shift_book.h"
#include "ingest/intake.h"
#include "mqtt/counters.h"
#include "mqtt/handler.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::api {

class HealthWatch;

/// What the town is called and where it lies, from the configuration.
struct TownInfo {
  registry::LocalText name;
  registry::Point center;
  std::string version;
};

/// Scheduled backups and the drills that prove them.
struct BackupHealth {
  bool scheduled = false, running = false;
  bool same_disk = false;    ///< as the data: no help if that dies
  Instant since = {};        ///< since when they are due
  Instant last_good = {};    ///< the newest whose drill went well; the epoch: none
  Instant last_attempt = {};
  std::string problem = {};  ///< why the last attempt failed; empty: it did not
  std::uint64_t kept = 0;
  double took_s = 0;         ///< the last good one, with its drill
};

/// What app/ knows and the health page shows, beyond what the rooms say themselves.
struct ServiceHealth {
  mqtt::Counters mqtt = {};
  http::ServerCounters http = {};
  std::uint64_t tabs = 0;  ///< open live streams
  std::uint64_t stream_queue = 0;
  std::int64_t uptime_s = 0;
  BackupHealth backup = {};
  std::optional<double> disk_days_left = {};     ///< none: it does not shrink, or too little is known
  std::optional<Instant> certificate_end = {};   ///< none: no TLS
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
  incidents::ShiftBook& shifts;
  Zone zone;
  TownInfo town;
  std::string folder;      ///< the data folder
  std::string web_folder;  ///< built screens
  std::function<ServiceHealth()> service_health;  ///< network thread
  bool auto_claim = false;
  bool behind_proxy = false;      ///< a peer on this machine may be anybody
  HealthWatch* health = nullptr;  ///< set before the routes are
};

}  // namespace qala::api
