#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "api/render.h"
#include "app/commands.h"
#include "app/control.h"
#include "app/data_folder.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

std::string describe(const readings::Damage& damage) {
  std::string text = fmt::format("{} at {}: {}", damage.file, damage.offset, damage.what);
  if (damage.datastream) text += fmt::format("; datastream {}", damage.datastream.value);
  if (damage.window.to > damage.window.from) {
    text += fmt::format("; {} to {}", to_iso({damage.window.from}), to_iso({damage.window.to}));
  }
  return text;
}

Result<std::uint64_t> check_sqlite(const std::string& path) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return std::uint64_t{0};
  auto db = sqlite::Database::open(path, {.read_only = true});
  std::uint64_t found = 0;
  if (db) {
    if (auto statement = db->prepare("PRAGMA integrity_check(20)")) {
      for (;;) {
        const auto row = statement->step();
        if (!row) fmt::print("{}: {}\n", path, row.error().message), found++;
        if (!row || !*row) break;
        if (statement->text(0) != "ok") fmt::print("{}: {}\n", path, statement->text(0)), found++;
      }
      return found;
    }
  }
  fmt::print("{}: cannot be opened\n", path);
  return std::uint64_t{1};
}

Result<> export_readings(DataFolder& folder, const ExportOptions& options) {
  TRY(const auto store, folder.open_store(options.config, false, true));
  readings::Window window{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  for (const auto& [text, into] : {std::pair(&options.from, &window.from), std::pair(&options.to, &window.to)}) {
    if (text->empty()) continue;
    const auto at = parse_iso(*text);
    if (!at) return fail(ErrorKind::invalid, "\"" + *text + "\" is not an ISO 8601 time");
    *into = at->ns;
  }
  std::vector<std::tuple<std::string, std::string, DatastreamId>> streams;
  folder.registry->read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) {
      const auto* thing = view.thing(stream.thing);
      if (thing && (options.thing.empty() || thing->key == options.thing)) streams.emplace_back(thing->key, stream.key, stream.id);
    });
  });
  fmt::print("thing,key,time,value\n");
  for (const auto& [thing, key, id] : streams) {
    for (auto left = window;;) {
      TRY(const auto range, store->range(id, left, 50'000));
      for (const auto& row : range.batch.rows) {
        std::string value;
        JsonWriter json(value);
        const bool textual = row.type >= readings::ValueType::text;
        api::render_value(json, row.type, row.scale, row.bits, textual ? range.batch.text_of(row.bits) : std::string_view());
        fmt::print("{},{},{},{}\n", thing, key, to_iso({row.time}), value);
      }
      if (!range.more || range.batch.rows.empty()) break;
      left.from = range.batch.rows.back().time + 1;
    }
  }
  return {};
}

}  // namespace

Result<> export_data(const ExportOptions& options) {
  TRY(auto folder, DataFolder::open(options.data, false));
  if (options.what == "readings") return export_readings(*folder, options);
  if (options.what != "things") return fail(ErrorKind::invalid, "what: things or readings");
  fmt::print("{}", options.format == "geojson" ? registry::export_geojson(*folder->registry)
                                               : registry::export_csv(*folder->registry));
  return {};
}

Result<> backup(const std::string& data, const std::string& to, const Config& config) {
  std::error_code ec;
  const std::string target = fs::absolute(to, ec).string();
  const auto asked = ask_server(data + "/control.sock", "backup " + target);
  if (asked || asked.error().kind != ErrorKind::unavailable) {
    if (!asked) return asked.error();
    fmt::print("{}\n", *asked);
    return {};
  }
  TRY(auto folder, DataFolder::open(data, false));
  TRY(const auto store, folder->open_store(config, false));
  TRY_VOID(folder->copy_databases(target));
  TRY_VOID(store->backup(target + "/readings"));
  fmt::print("written to {}\n", target);
  return {};
}

Result<> restore(const std::string& from, const std::string& data, const Config& config) {
  std::error_code ec;
  if (!fs::exists(from + "/town.db", ec)) return fail(ErrorKind::not_found, from + " is not a backup: it has no town.db");
  if (fs::exists(data, ec) && !fs::is_empty(data, ec)) {
    return fail(ErrorKind::conflict, data + " is not empty: restore into a new folder, then take that");
  }
  fs::create_directories(data, ec);
  fs::copy(from, data, fs::copy_options::recursive | fs::copy_options::overwrite_existing, ec);
  if (ec) return fail(ErrorKind::full, "copying to " + data + ": " + ec.message());
  TRY(const int found, check(data, config));
  if (found != 0) return fail(ErrorKind::corrupt, "the backup was copied but is damaged, see above");
  fmt::print("restored to {}\n", data);
  return {};
}

Result<int> check(const std::string& data, const Config& config) {
  TRY(auto folder, DataFolder::open(data, false));
  std::uint64_t found = 0;
  for (const char* name : {"/town.db", "/audit.db", "/mqtt.db"}) {
    TRY(const auto n, check_sqlite(data + name));
    found += n;
  }
  TRY(const auto verdict, audit::verify(data));
  if (!verdict.ok) fmt::print("{}/audit.db: {}\n", data, verdict.problem), found++;
  TRY(const auto store, folder->open_store(config, false, true));
  TRY(const auto damages, store->check([](const readings::Damage& damage) { fmt::print("{}\n", describe(damage)); }));
  found += damages;
  const auto health = store->health();
  fmt::print("{} observations in {} files, {} audit entries: {}\n", health.observations, health.files, verdict.entries,
             found == 0 ? "sound" : std::to_string(found) + " damaged");
  return found == 0 ? 0 : 1;
}

Result<> check_config(const std::string& file) {
  Config config;
  TRY_VOID(read_config(file, config));
  fmt::print("{} is fine\n", file);
  return {};
}

Result<int> audit_verify(const std::string& data, const std::string& head) {
  TRY(const auto verdict, head.empty() ? audit::verify(data) : audit::verify(data, head));
  if (!verdict.ok) {
    fmt::print("entry {} does not fit: {}\n", verdict.first_bad, verdict.problem);
    return 1;
  }
  fmt::print("{} entries, {} personal parts erased, the chain is whole\nhead {}\n", verdict.entries, verdict.erased, verdict.head);
  return 0;
}

}  // namespace qala::app
