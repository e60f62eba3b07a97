#include "app/folder_format.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "access/access.h"
#include "alarms/schema.h"
#include "app/audit_adapter.h"
#include "app/immutable.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/durable_copy.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "ingest/unclaimed.h"
#include "mqtt/session_store.h"
#include "registry/registry.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

std::string format_path(const std::string& data) { return data + "/format"; }

/// The folder is ours while this exists: the lock that the readings take as well.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& data) {
    const std::string path = data + "/readings/lock";
    std::error_code ec;
    fs::create_directories(data + "/readings", ec);
    FolderLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (lock.file_ < 0) return from_errno(errno, "opening " + path);
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) == 0) return lock;
    return fail(ErrorKind::conflict, "the folder " + data + " is in use by another process: stop it, then upgrade");
  }
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

/// Readings and pictures: files that nobody writes into are linked, the rest is copied.
Result<> keep_folder(const std::string& from, const std::string& to) {
  std::error_code ec;
  fs::create_directories(to, ec);
  for (const auto& entry : fs::directory_iterator(from, ec)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    if (entry.is_directory()) {
      TRY_VOID(keep_folder(entry.path().string(), target.string()));
      continue;
    }
    if (entry.path().filename() == "lock") continue;
    if (is_immutable(entry.path())) {
      fs::create_hard_link(entry.path(), target, ec);
      if (!ec) continue;
      ec.clear();
    }
    TRY_VOID(copy_durably(entry.path().string(), target.string()));
  }
  if (ec) return fail(ErrorKind::unavailable, "copying " + from + ": " + ec.message());
  return sync_folder(to);
}

/// A whole town beside the folder's own files; made once, before the first step.
Result<> keep_what_was(const std::string& data, int format) {
  const std::string kept = kept_before_upgrade(data, format);
  std::error_code ec;
  if (fs::exists(kept, ec)) return {};
  const std::string fresh = kept + ".unfinished";
  fs::remove_all(fresh, ec);
  fs::create_directories(fresh, ec);
  if (ec) return fail(ErrorKind::denied, "making " + fresh + ": " + ec.message());
  fs::permissions(fresh, fs::perms::owner_all, ec);
  for (const char* name : {"town.db", "audit.db", "mqtt.db"}) {
    if (!fs::exists(data + "/" + name, ec)) continue;
    TRY(auto db, sqlite::Database::open(data + "/" + name, {.read_only = true}));
    TRY_VOID(db.copy_to(fresh + "/" + name));
  }
  for (const char* name :
       {"receipts", "plan.geojson", "audit.key", "evidence.key", "second-factor.key", "rules", "tls", "format"}) {
    if (!fs::exists(data + "/" + name, ec)) continue;
    TRY_VOID(copy_durably(data + "/" + name, fresh + "/" + name));
  }
  TRY_VOID(keep_folder(data + "/readings", fresh + "/readings"));
  if (fs::exists(data + "/photos", ec)) TRY_VOID(keep_folder(data + "/photos", fresh + "/photos"));
  TRY_VOID(sync_folder(fresh));
  fs::rename(fresh, kept, ec);
  if (ec) return fail(ErrorKind::unavailable, "renaming " + fresh + ": " + ec.message());
  return sync_folder(data);
}

/// Every room brings its own tables up; each step is a transaction with its number, so one that was done is not done
/// again.
Result<> upgrade_rooms(const std::string& data) {
  const SystemClock clock;
  SystemRandom random;
  TRY(auto town, sqlite::Database::open(data + "/town.db"));
  TRY(const auto audit, audit::Log::open(data, clock, random));
  AuditAdapter sink(*audit);
  TRY(const auto registry, registry::Registry::open(town, clock, sink));
  TRY(const auto access, access::Access::open(town, data + "/town.db", clock, random, sink));
  TRY_VOID(alarms::upgrade_schema(town));
  TRY(const auto unclaimed, ingest::Unclaimed::open(town, clock));
  std::error_code ec;
  if (!fs::exists(data + "/mqtt.db", ec)) return {};
  TRY(const auto sessions, mqtt::open_sqlite_session_store(data + "/mqtt.db"));
  return {};
}

}  // namespace

std::string kept_before_upgrade(const std::string& data, int format) {
  return fmt::format("{}/before-upgrade-{}", data, format);
}

Result<int> folder_format(const std::string& data) {
  std::error_code ec;
  if (!fs::exists(format_path(data), ec)) return fs::exists(data + "/town.db", ec) ? 1 : 0;
  TRY(const auto bytes, read_file(format_path(data)));
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  int format = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (failed != std::errc() || format < 1) return fail(ErrorKind::corrupt, format_path(data) + " has no number");
  if (format <= kFolderFormat) return format;
  std::string by(end, text.data() + text.size());
  while (!by.empty() && (by.back() == '\n' || by.back() == ' ')) by.pop_back();
  std::string message =
      fmt::format("{} is of the newer format {}, written by{}; this is qala {}, which knows {}: start the newer one",
                  data, format, by.empty() ? " a newer qala" : by, kVersion, kFolderFormat);
  for (int before = kFolderFormat; before >= 1; before--) {
    if (!fs::exists(kept_before_upgrade(data, before), ec)) continue;
    message += fmt::format("; or go back to the town as it was before the upgrade: qala restore --from {} --data NEW",
                           kept_before_upgrade(data, before));
    break;
  }
  return fail(ErrorKind::conflict, message);
}

Result<> write_folder_format(const std::string& data) {
  const std::string text = fmt::format("{} qala {}\n", kFolderFormat, kVersion);
  return write_file_atomically(format_path(data), std::as_bytes(std::span(text)));
}

Result<int> upgrade_folder(const std::string& data) {
  TRY(const int format, folder_format(data));
  if (format == 0 || format == kFolderFormat) return format;
  TRY(const auto lock, FolderLock::take(data));
  log::info("data folder is upgraded",
            {{"from", format}, {"to", kFolderFormat}, {"kept", kept_before_upgrade(data, format)}});
  TRY_VOID(keep_what_was(data, format).context("keeping the folder as it was"));
  TRY_VOID(upgrade_rooms(data).context("upgrading " + data));
  TRY_VOID(write_folder_format(data));
  return format;
}

}  // namespace qala::app
