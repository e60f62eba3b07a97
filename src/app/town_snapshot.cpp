#include "app/town_snapshot.h"

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>

#include "app/version.h"
#include "base/durable_copy.h"
#include "base/json_writer.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSmallFiles[] = {"format", "plan.geojson", "audit.key", "evidence.key", "second-factor.key",
                                       "rules",  "tls"};

Result<> make_folder(const std::string& path) {
  TRY_VOID(make_folders(path));
  std::error_code ec;
  fs::permissions(path, fs::perms::owner_all, ec);  // password hashes and keys are in it
  return {};
}

Result<> copy_whole(const File& from, const std::string& to) {
  TRY(const auto size, from.size());
  std::vector<std::byte> bytes(size);
  TRY_VOID(from.read_at(0, bytes));
  return write_file_atomically(to, bytes);
}

/// Files and folders that are written anew as a whole, and seldom.
Result<> copy_small(const std::string& from, const std::string& to) {
  std::error_code ec;
  for (const char* name : kSmallFiles) {
    fs::remove_all(to + "/" + name, ec);
    if (!fs::exists(from + "/" + name, ec)) continue;
    TRY_VOID(copy_durably(from + "/" + name, to + "/" + name));
  }
  return {};
}

/// Whether a copy holds another town than the folder: each has a key of its own. One cut off may have part of it.
Result<bool> of_another_town(const std::string& town, const std::string& copy) {
  std::error_code ec;
  if (!fs::exists(copy + "/audit.key", ec)) return false;
  TRY(const auto theirs, read_file(copy + "/audit.key"));
  TRY(const auto ours, read_file(town + "/audit.key"));
  return theirs.size() > ours.size() || !std::ranges::equal(theirs, std::span(ours).first(theirs.size()));
}

}  // namespace

std::string Contents::to_json() const {
  std::string out;
  JsonWriter json(out);
  json.object().field("version", version).key("at").time(at).field("sequence", sequence);
  json.field("observations", observations).field("things", things).field("datastreams", datastreams);
  json.field("photos", photos);
  json.field("audit_entries", audit_entries).field("audit_head", audit_head).end();
  out += '\n';
  return out;
}

Result<Contents> Contents::from_json(const std::string& text) {
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(text, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  if (!object) return fail(ErrorKind::corrupt, "is no JSON object");
  Contents out;
  const auto number = [&](const char* name, std::uint64_t& into) {
    const auto* value = object->if_contains(name);
    if (value) into = value->to_number<std::uint64_t>(ec);
    return value && !ec;
  };
  const auto words = [&](const char* name, std::string& into) {
    const auto* value = object->if_contains(name);
    if (value && value->is_string()) into = value->as_string();
    return value && value->is_string();
  };
  if (object->contains("photos") && !number("photos", out.photos)) {
    return fail(ErrorKind::corrupt, "does not count its pictures");
  }
  std::string at;
  if (!words("version", out.version) || !words("at", at) || !words("audit_head", out.audit_head) ||
      !number("sequence", out.sequence) || !number("observations", out.observations) || !number("things", out.things) ||
      !number("datastreams", out.datastreams) || !number("audit_entries", out.audit_entries)) {
    return fail(ErrorKind::corrupt, "does not say all that belongs to it");
  }
  const auto instant = parse_iso(at);
  if (!instant) return fail(ErrorKind::corrupt, "has no time");
  out.at = *instant;
  return out;
}

Result<Contents> read_contents(const std::string& backup) {
  const std::string path = backup + "/" + kContentsFile;
  TRY(const auto bytes, read_file(path));
  auto contents = Contents::from_json(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (!contents) return Result<Contents>(std::move(contents.error())).context(path);
  return contents;
}

Result<> begin_copy(const std::string& town, const std::string& to) {
  std::error_code ec;
  if (fs::equivalent(town, to, ec)) return fail(ErrorKind::conflict, to + " is the town's own data folder");
  const bool whole = fs::exists(to + "/" + kContentsFile, ec);
  if (!whole && !fs::exists(to + "/" + kUnfinishedFile, ec)) {
    for (const auto& entry : fs::directory_iterator(to, ec)) {
      if (entry.path().filename() == "lost+found") continue;  // of the root of a disk
      const std::string found = entry.path().filename().string();
      return fail(ErrorKind::conflict, to + " is neither empty nor a backup, and one would write over what is in it (" +
                                           found + "): name a new folder");
    }
  }
  TRY(const bool foreign, of_another_town(town, to));
  if (foreign) {
    return fail(ErrorKind::conflict, to + " is the backup of another town than " + town +
                                         " (its audit.key differs), and one would write over it: name a new folder");
  }
  TRY_VOID(make_folder(to));
  if (whole) fs::rename(to + "/" + kContentsFile, to + "/" + kUnfinishedFile, ec);
  if (!whole || ec) return write_file_atomically(to + "/" + kUnfinishedFile, {});
  return sync_folder(to);
}

Result<std::unique_ptr<TownSnapshot>> TownSnapshot::prepare(const DataFolder& folder) {
  std::unique_ptr<TownSnapshot> self(new TownSnapshot(folder));
  std::error_code ec;
  for (const char* name : kDatabases) {
    const std::string path = folder.path + "/" + name;
    if (!fs::exists(path, ec)) continue;
    TRY(auto db, sqlite::Database::open(path, {.read_only = true}));
    TRY_VOID(db.exec("SELECT count(*) FROM sqlite_schema"));  // the file is looked at now, not at the moment
    self->databases_.emplace_back(name, std::move(db));
  }
  return self;
}

Result<> TownSnapshot::take(readings::ReadingStore& store, const registry::Registry& registry, const Clock& clock) {
  TRY(readings_, store.snapshot());
  // The first look of a transaction fixes what it sees until it ends.
  for (auto& [name, db] : databases_) TRY_VOID(db.exec("BEGIN; SELECT count(*) FROM sqlite_schema").context(name));
  const registry::Photos photos(folder_.path);
  photos_held_ = photos.hold();
  photos_ = registry::photo_names(registry);
  std::error_code ec;
  if (fs::exists(folder_.receipts_path(), ec)) {
    TRY(receipts_, File::open(folder_.receipts_path(), File::Mode::read));  // replaced as a whole, never written into
  }
  contents_ = {.version = std::string(kVersion),
               .at = clock.now(),
               .sequence = readings_->last_sequence(),
               .observations = readings_->observations(),
               .audit_head = {}};
  registry.read([this](const registry::Registry::View& view) {
    contents_.things = view.thing_count();
    contents_.datastreams = view.datastream_count();
  });
  return {};
}

Result<Contents> TownSnapshot::copy_to(const std::string& to, const std::function<bool()>& cancelled) {
  auto copied = copy_held(to, cancelled);
  databases_.clear();
  receipts_.reset();
  readings_.reset();
  photos_held_.reset();
  return copied;
}

Result<Contents> TownSnapshot::copy_held(const std::string& to, const std::function<bool()>& cancelled) {
  TRY_VOID(begin_copy(folder_.path, to));
  std::error_code ec;
  for (auto& [name, db] : databases_) {
    if (cancelled && cancelled()) return fail(ErrorKind::cancelled, "the copy was ended before it was done");
    const std::string target = to + "/" + name;
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(target + suffix, ec);
    TRY_VOID(db.copy_to(target));
    TRY_VOID(db.exec("COMMIT"));
  }
  fs::remove(to + "/receipts", ec);
  if (receipts_) TRY_VOID(copy_whole(*receipts_, to + "/receipts"));
  TRY_VOID(copy_small(folder_.path, to));
  TRY_VOID(readings_->copy_to(to + "/readings", cancelled));
  TRY(contents_.photos, registry::copy_photos(folder_.path + "/photos", to + "/photos", photos_));
  TRY(const auto verdict, audit::verify(to));
  contents_.audit_entries = verdict.entries;
  contents_.audit_head = verdict.head;
  const std::string text = contents_.to_json();
  TRY_VOID(sync_folder(to));
  TRY_VOID(write_file_atomically(to + "/" + kContentsFile, std::as_bytes(std::span(text))));
  fs::remove(to + "/" + kUnfinishedFile, ec);
  return contents_;
}

}  // namespace qala::app
