#include "app/data_folder.h"

#include <sys/stat.h>

#include <filesystem>

#include "app/folder_format.h"
#include "app/sign_in.h"
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
  TRY(const int format, folder_format(path));
  if (!create && !std::filesystem::exists(path + "/town.db", ec)) {
    return fail(ErrorKind::not_found, "there is no town in " + path + ": is that the folder, and its disk mounted?");
  }
  if (format == 0) TRY_VOID(write_folder_format(path));
  if (format != 0 && format < kFolderFormat) {
    return fail(ErrorKind::conflict,
                path + " was written by an older qala: start the server or run `qala upgrade --data " + path +
                    "`; what was is kept");
  }
  auto self = std::make_unique<DataFolder>();
  self->path = path;
  TRY(auto town, sqlite::Database::open(self->town_path()));
  self->town = std::make_unique<sqlite::Database>(std::move(town));
  TRY(self->audit, audit::Log::open(path, self->clock, self->random));
  self->audit_sink = std::make_unique<AuditAdapter>(*self->audit);
  TRY(self->registry, registry::Registry::open(*self->town, self->clock, *self->audit_sink));
  TRY(self->access, access::Access::open(*self->town, self->town_path(), self->clock, self->random, *self->audit_sink));
  self->access->set_policy(sign_in_policy({}, path));
  return self;
}

Result<std::unique_ptr<readings::ReadingStore>> DataFolder::open_store(const Config& config, bool background,
                                                                       bool read_only,
                                                                       std::function<bool()> cancelled) {
  TRY(const auto zone, Zone::find(config.town_zone));
  readings::EmbeddedOptions options;
  options.memory_window = config.store_memory_hours * Instant::kHour;
  options.memory_limit = static_cast<std::uint64_t>(config.store_memory_mb) << 20;
  options.background = background;
  options.read_only = read_only;
  options.cancelled = std::move(cancelled);
  return readings::open_embedded(readings_path(), zone, clock, options);
}

}  // namespace qala::app
