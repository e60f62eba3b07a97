#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/control.h"
#include "app/data_folder.h"
#include "app/folder_format.h"
#include "app/readings_export.h"
#include "app/restore.h"
#include "app/store_check.h"
#include "app/town_snapshot.h"
#include "app/notify_wiring.h"
#include "registry/photos.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

/// The readings belong to one process at a time: a server that runs does the work, else we open them ourselves.
template <class There, class Here>
auto where_it_is_open(const std::string& data, const std::string& line, const Printed& printed, There there, Here here)
    -> decltype(here()) {
  const auto asked = ask_server(data + "/control.sock", line, printed);
  if (asked) return there(*asked);
  if (asked.error().kind != ErrorKind::unavailable) return asked.error();
  auto done = here();
  if (!done && done.error().kind == ErrorKind::conflict) {
    done.error().message += ": an import, or a server that is just starting or ending; try again when it is done";
  }
  return done;
}

/// False: it could not be written. Then there is no need to go on; run_command_line tells.
bool print_piece(std::string_view piece) { return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size(); }

Result<> export_readings(DataFolder& folder, const ExportOptions& options) {
  const ReadingsSelection selection{.thing = options.thing, .from = options.from, .to = options.to};
  TRY(const auto line, to_line(selection));
  return where_it_is_open(
      options.data, line, print_piece, [](const std::string&) { return Result<>(); },
      [&]() -> Result<> {
        TRY(const auto store, folder.open_store(options.config, false, true));
        TRY(auto pieces, ReadingsExport::make(selection, *folder.registry, *store));
        for (;;) {
          TRY(const auto piece, pieces.next());
          if (piece.empty() || !print_piece(piece)) return {};
        }
      });
}

Result<StoreCounts> check_readings(DataFolder& folder, const Config& config) {
  return where_it_is_open(folder.path, "check", print_piece, counts_from, [&]() -> Result<StoreCounts> {
    TRY(const auto store, folder.open_store(config, false, true));
    TRY(const auto found, check_store(*store, false));
    for (const auto& damage : found.damages) fmt::print("{}\n", damage);
    return found.counts;
  });
}

}  // namespace

Result<> export_data(const ExportOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  if (options.what == "readings") return export_readings(*folder, options);
  if (options.what != "things") return fail(ErrorKind::invalid, "what: things or readings");
  print_piece(options.format == "geojson" ? registry::export_geojson(*folder->registry)
                                          : registry::export_csv(*folder->registry));
  return {};
}

Result<> backup(const std::string& data, const std::string& to, const Config& config) {
  std::error_code ec;
  const std::string target = fs::absolute(to, ec).string();
  const auto told = [](const std::string& answer) -> Result<> {
    fmt::print("{}\n", answer);
    return {};
  };
  return where_it_is_open(data, "backup " + target, {}, told, [&]() -> Result<> {
    TRY(auto folder, DataFolder::open(data, false));
    TRY(const auto store, folder->open_store(config, false));
    TRY(const auto moment, TownSnapshot::prepare(*folder));
    TRY_VOID(moment->take(*store, *folder->registry, folder->clock));
    TRY([[maybe_unused]] const auto contents, moment->copy_to(target));
    fmt::print("written to {}\n", target);
    return {};
  });
}

Result<> upgrade(const std::string& data) {
  TRY(const int format, upgrade_folder(data));
  if (format == 0) return fail(ErrorKind::not_found, "there is no town in " + data);
  if (format == kFolderFormat) fmt::print("{} is of format {} already\n", data, format);
  else
    fmt::print("{}: from format {} to {}; what was is in {}\n", data, format, kFolderFormat,
               kept_before_upgrade(data, format));
  return {};
}

Result<> restore(const std::string& from, const std::string& data, const Config& config) {
  TRY_VOID(copy_backup(from, data, false));
  TRY([[maybe_unused]] const int was, upgrade_folder(data));
  std::error_code ec;
  if (fs::exists(from + "/" + kContentsFile, ec)) {  // absent in backups before 0.2
    TRY(const auto contents, read_contents(from));
    TRY(const auto problems, compare_folder(data, contents, config));
    for (const auto& problem : problems) fmt::print("{}\n", problem);
    if (!problems.empty()) return fail(ErrorKind::corrupt, "the backup was copied but is not as it was, see above");
  }
  TRY(const int found, check(data, config));
  if (found != 0) return fail(ErrorKind::corrupt, "the backup was copied but is damaged, see above");
  fmt::print("restored to {}\n", data);
  return {};
}

Result<int> check(const std::string& data, const Config& config) {
  TRY(auto folder, DataFolder::open(data, false));
  std::uint64_t found = 0;
  for (const char* name : kDatabases) {
    for (const auto& line : check_sqlite(data + "/" + name)) fmt::print("{}\n", line), found++;
  }
  TRY(const auto verdict, audit::verify(data));
  if (!verdict.ok) fmt::print("{}/audit.db: {}\n", data, verdict.problem), found++;
  std::size_t pictures = 0;
  for (const auto& line : registry::check_photos(data + "/photos", pictures)) fmt::print("{}\n", line), found++;
  TRY(const auto readings, check_readings(*folder, config));
  found += readings.damages;
  fmt::print("{} observations in {} files, {} audit entries: {}\n", readings.observations, readings.files,
             verdict.entries, found == 0 ? "sound" : std::to_string(found) + " damaged");
  return found == 0 ? 0 : 1;
}

Result<> check_config(const std::string& file) {
  Config config;
  TRY_VOID(read_config(file, config));
  TRY([[maybe_unused]] const auto mail, courier_options(config));
  fmt::print("{} is fine\n", file);
  return {};
}

Result<int> audit_verify(const std::string& data, const std::string& head) {
  TRY(const auto verdict, head.empty() ? audit::verify(data) : audit::verify(data, head));
  if (!verdict.ok) {
    fmt::print("entry {} does not fit: {}\n", verdict.first_bad, verdict.problem);
    return 1;
  }
  fmt::print("{} entries, {} personal parts erased, the chain is whole\nhead {}\n", verdict.entries, verdict.erased,
             verdict.head);
  return 0;
}

}  // namespace qala::app
