#include "app/data_folder.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "readings/embedded_store.h"

namespace qala::app {

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& path, bool create) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    if (!create) return fail(ErrorKind::not_found, "there is no data folder " + path);
    std::filesystem::create_directories(path, ec);
    if (ec) return fail(ErrorKind::denied, "making the data folder " + path + ": " + ec.message());
    ::chmod(path.c_str(), 0750);
  }
  if (!std::filesystem::is_directory(path, ec)) return fail(ErrorKind::invalid, path + " is not a folder");
  auto self = std::make_unique<DataFolder>();
  self->path = path;
  TRY(auto town, sqlite::Database::open(self->town_path()));
  self->town = std::make_unique<sqlite::Database>(std::move(town));
  TRY(self->audit, audit::Log::open(path, self->clock, self->random));
  self->audit_sink = std::make_unique<AuditAdapter>(*self->audit);
  TRY(self->registry, registry::Registry::open(*self->town, self->clock, *self->audit_sink));
  TRY(self->access, access::Access::open(*self->town, self->town_path(), self->clock, self->random, *self->audit_sink));
  return self;
}

Result<> DataFolder::copy_databases(const std::string& to) {
  namespace fs = std::filesystem;
  std::error_code ec;
  fs::create_directories(to, ec);
  if (ec) return fail(ErrorKind::denied, "making " + to + ": " + ec.message());
  for (const char* name : {"town.db", "audit.db", "mqtt.db"}) {
    const std::string from = path + "/" + name;
    if (!fs::exists(from, ec)) continue;
    const std::string target = to + "/" + name;
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(target + suffix, ec);
    TRY(auto db, sqlite::Database::open(from, {.read_only = true}));
    TRY_VOID(db.copy_to(target));
  }
  for (const char* name : {"receipts", "plan.geojson", "audit.key", "rules", "tls"}) {
    if (!fs::exists(path + "/" + name, ec)) continue;
    fs::copy(path + "/" + name, to + "/" + name, fs::copy_options::recursive | fs::copy_options::overwrite_existing,
             ec);
    if (ec) return fail(ErrorKind::denied, "copying " + std::string(name) + ": " + ec.message());
  }
  return sync_folder(to);
}

Result<std::unique_ptr<readings::ReadingStore>> DataFolder::open_store(const Config& config, bool background,
                                                                       bool read_only) {
  TRY(const auto zone, Zone::find(config.town_zone));
  readings::EmbeddedOptions options;
  options.memory_window = config.store_memory_hours * Instant::kHour;
  options.memory_limit = static_cast<std::uint64_t>(config.store_memory_mb) << 20;
  options.background = background;
  options.read_only = read_only;
  return readings::open_embedded(readings_path(), zone, clock, options);
}

}  // namespace qala::app
