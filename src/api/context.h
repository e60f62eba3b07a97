#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "access/access.h"
#include "alarms/engine.h"
#include "alarms/rules.h"
#include "audit/audit.h"
#include "base/file.h"
#include "base/process.h"
#include "base/threads.h"
#include "base/zone.h"
#include "cameras/cameras.h"
#include "http/server.h"
#include "incidents/shift_book.h"
#include "ingest/intake.h"
#include "mqtt/counters.h"
#include "mqtt/handler.h"
#include "notify/notifier.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::api {

class HealthWatch;
class ProviderDesk;

/// What the town is called and where it lies, from the configuration.
struct TownInfo {
  registry::LocalText name;
  registry::Point center;
  std::string version;
  bool exercise = false;  ///< a training copy: nothing of it is real, nothing goes out
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
  std::string folder = {};
  Instant next = {};         ///< when one is due; the epoch: none is scheduled
  DiskSpace disk = {};       ///< of the folder; total 0: not known
};

/// The certificate of TLS listeners.
struct CertificateHealth {
  std::string subject = {};
  bool self_signed = false;
  std::optional<Instant> end = {};  ///< none: no TLS
  std::string problem = {};         ///< why it cannot be read
};

/// What readings past their time go by.
struct RetentionPlan {
  std::int64_t standard_days = 0, short_days = 0;  ///< 0: for ever
  std::int64_t next_run_s = 0;
};

/// A step of the writer.
struct WriterStep {
  double ms = 0;
  std::string what = {};
};

/// The cameras, for the health page.
struct VideoHealth {
  std::uint64_t cameras = 0, live = 0, lost = 0, off = 0, recording = 0;
  bool wanted = false, running = false;  ///< is there anything to do for the worker; is it there
  std::uint64_t restarts = 0;
  std::uint64_t listened = 0, deaf = 0;  ///< cameras that are to tell events (ONVIF), and those that do not
  std::string words = {};  ///< why the worker is not there
  int load = 0;            ///< 0: all is done … 3: no live sub-streams (video/wire.h)
  std::string record_words = {};  ///< the newest trouble with recording
  std::uint64_t record_errors = 0, resident = 0, lookers = 0;
};

/// Devices that Qala asks by itself (Modbus).
struct PolledDevice {
  std::string name = {}, address = {}, thing = {}, words = {};  ///< words: why it is silent, or what it refuses
  std::string state = {};                                      ///< "waiting", "answers", "silent"
  Instant since = {}, heard = {};
  std::uint64_t polls = 0, failures = 0, skipped = 0, refused = 0;  ///< refused: registers it does not have
};

/// An edge node of Sparkplug B.
struct EdgeNode {
  std::string name = {}, state = {};  ///< "unborn": its birth is waited for; "alive", "dead"
  std::uint64_t devices = 0, dead_devices = 0, messages = 0, rebirths = 0, gaps = 0;
  Instant since = {}, heard = {};
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
  CertificateHealth certificate = {};
  double screens_p50_ms = 0, screens_p99_ms = 0;  ///< commit to sent to the screens, of the last minute
  WriterStep writer_longest = {};  ///< of the last hour
  WriterStep writer_recent = {};   ///< of the last ten minutes
  std::uint64_t stream_limit = 0;  ///< frames that may wait for one screen
  std::uint64_t http_limit = 0, mqtt_limit = 0;  ///< connections
  ProcessFacts process = {};
  RetentionPlan retention = {};
  std::map<std::string, std::string> troubles = {};  ///< of the writer's upkeep: what fails now, and why
  std::uint64_t rules_left_out = 0;
  bool web_missing = false;  ///< the built screens
  std::string zone_rules = {};  ///< version of the time zone data
  int folder_format = 0;
  VideoHealth video = {};
  std::vector<PolledDevice> modbus = {};
  std::string sparkplug_host = {};  ///< empty: off
  std::vector<EdgeNode> edge_nodes = {};
};

/// Every room the resources call. Everything outlives the routes. Network thread, unless a member says otherwise.
struct Context {
  boost::asio::io_context& network;
  Worker& writer;
  Worker& pool;
  const Clock& clock;
  Random& random;
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
  ProviderDesk* provider = nullptr;  ///< of OpenID Connect; null: there is none
  notify::Notifier* notifier = nullptr;  ///< set before the routes are
  HealthWatch* health = nullptr;  ///< set before the routes are
  cameras::Cameras* cameras = nullptr;  ///< null: in tests without cameras
};

}  // namespace qala::api
