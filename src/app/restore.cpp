#include "app/restore.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/immutable.h"
#include "app/store_check.h"
#include "base/durable_copy.h"
#include "base/file.h"
#include "registry/photos.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

/// Of the backup itself or of a process, not of the town.
bool belongs_to_no_town(const std::string& name) {
  return name == kContentsFile || name == kUnfinishedFile || name == "drill.json" || name == "control.sock" ||
         name == "setup-link" || name.ends_with("-shm") || name == "lock";
}

/// `link`: for a drill, which nobody needs after a power cut.
Result<> copy_file(const fs::path& from, const fs::path& to, bool link) {
  if (!link) return copy_durably(from.string(), to.string());
  std::error_code ec;
  if (is_immutable(from)) {
    fs::create_hard_link(from, to, ec);
    if (!ec) return {};
  }
  fs::copy_file(from, to, ec);
  if (ec) return from_errno(ec.value(), "copying to " + to.string());
  return {};
}

template <class Value>
void compare(std::vector<std::string>& problems, const char* what, const Value& is, const Value& expected) {
  if (is != expected) problems.push_back(fmt::format("{}: {} instead of {}", what, is, expected));
}

}  // namespace

std::vector<std::string> check_sqlite(const std::string& path) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return {};
  std::vector<std::string> found;
  auto db = sqlite::Database::open(path, {.read_only = true});
  auto statement = db ? db->prepare("PRAGMA integrity_check(20)") : Result<sqlite::Statement>(db.error());
  if (!statement) return {path + ": cannot be opened"};
  for (;;) {
    const auto row = statement->step();
    if (!row) found.push_back(path + ": " + row.error().message);
    if (!row || !*row) return found;
    if (statement->text(0) != "ok") found.push_back(path + ": " + statement->text(0));
  }
}

Result<> copy_backup(const std::string& backup, const std::string& data, bool link) {
  std::error_code ec;
  if (!fs::exists(backup + "/town.db", ec)) {
    return fail(ErrorKind::not_found, backup + " is not a backup: it has no town.db");
  }
  if (fs::exists(backup + "/" + kUnfinishedFile, ec) && !fs::exists(backup + "/" + kContentsFile, ec)) {
    return fail(ErrorKind::corrupt,
                backup + " is no backup yet: it was cut off while it was written, and what is in it " +
                    "does not fit together. Write it anew (qala backup --to " + backup + ") or restore another one");
  }
  if (fs::exists(data, ec) && !fs::is_empty(data, ec)) {
    return fail(ErrorKind::conflict, data + " is not empty: restore into a new folder, then take that");
  }
  TRY_VOID(make_folders(data));
  fs::permissions(data, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec, ec);
  std::vector<fs::path> folders{data};
  for (fs::recursive_directory_iterator at(backup, ec), end; !ec && at != end; at.increment(ec)) {
    const fs::path target = fs::path(data) / fs::relative(at->path(), backup, ec);
    if (belongs_to_no_town(at->path().filename().string())) continue;
    if (at->is_directory()) folders.push_back(target), fs::create_directories(target, ec);
    else if (at->is_regular_file()) TRY_VOID(copy_file(at->path(), target, link));
  }
  if (ec) return fail(ErrorKind::unavailable, "copying " + backup + ": " + ec.message());
  if (link) return {};
  for (const auto& folder : folders) TRY_VOID(sync_folder(folder.string()));
  return {};
}

Result<std::vector<std::string>> compare_folder(const std::string& data, const Contents& contents, const Config& config,
                                                const std::function<bool()>& cancelled) {
  std::vector<std::string> problems;
  for (const char* name : kDatabases) {
    for (auto& line : check_sqlite(data + "/" + name)) problems.push_back(std::move(line));
  }
  if (!problems.empty()) return problems;
  TRY(const auto verdict, audit::verify(data));
  if (!verdict.ok) problems.push_back("audit.db: " + verdict.problem);
  compare(problems, "audit entries", verdict.entries, contents.audit_entries);
  compare(problems, "head of the audit chain", verdict.head, contents.audit_head);
  std::size_t photos = 0;
  for (auto& line : registry::check_photos(data + "/photos", photos)) problems.push_back(std::move(line));
  compare<std::uint64_t>(problems, "pictures", photos, contents.photos);
  TRY(auto folder, DataFolder::open(data, false));
  folder->registry->read([&](const registry::Registry::View& view) {
    compare<std::uint64_t>(problems, "things", view.thing_count(), contents.things);
    compare<std::uint64_t>(problems, "datastreams", view.datastream_count(), contents.datastreams);
  });
  TRY(const auto store, folder->open_store(config, false, true, cancelled));
  compare(problems, "last row of the log", store->last_sequence(), contents.sequence);
  TRY(auto found, check_store(*store, false));
  compare(problems, "readings", found.counts.observations, contents.observations);
  for (auto& line : found.damages) problems.push_back(std::move(line));
  return problems;
}

Result<std::vector<std::string>> drill(const std::string& backup, const std::string& scratch, const Config& config,
                                       const std::function<bool()>& cancelled) {
  struct Scratch {
    const std::string& path;
    explicit Scratch(const std::string& at) : path(at) { clear(); }
    ~Scratch() { clear(); }
    void clear() const {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  const Scratch cleaned(scratch);
  TRY(const auto contents, read_contents(backup));
  TRY_VOID(copy_backup(backup, scratch, true));
  return compare_folder(scratch, contents, config, cancelled);
}

}  // namespace qala::app
