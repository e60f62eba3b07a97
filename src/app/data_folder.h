#pragma once

#include <functional>
#include <memory>
#include <string>

#include "access/access.h"
#include "app/audit_adapter.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "base/zone.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::app {

/// The SQLite files of a town; one that no service needed yet is absent.
constexpr const char* kDatabases[] = {"town.db", "audit.db", "mqtt.db", "lorawan.db"};

/// The parts of DATA that commands other than `serve` use too. Opening creates what is missing. A folder of
/// another version is refused with what to do: an older one needs upgrade_folder() first.
struct DataFolder {
  std::string path;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<sqlite::Database> town;
  std::unique_ptr<audit::Log> audit;
  std::unique_ptr<AuditAdapter> audit_sink;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<access::Access> access;

  std::string town_path() const { return path + "/town.db"; }
  std::string readings_path() const { return path + "/readings"; }
  std::string control_path() const { return path + "/control.sock"; }
  std::string receipts_path() const { return path + "/receipts"; }

  /// `create`: make the folder and the town if they are absent; else `not_found`, and nothing is written.
  static Result<std::unique_ptr<DataFolder>> open(const std::string& path, bool create);
  Result<std::unique_ptr<readings::ReadingStore>> open_store(const Config& config, bool background,
                                                             bool read_only = false,
                                                             std::function<bool()> cancelled = {});
};

}  // namespace qala::app
