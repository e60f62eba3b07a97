#include "app/backup_keeper.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "app/immutable.h"
#include "app/restore.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kRetryNs = Instant::kHour;
constexpr int kTries = 1000;
constexpr std::chrono::milliseconds kPause{20};
constexpr const char* kUnfinished = ".unfinished";
constexpr const char* kScratch = ".drill";
constexpr const char* kDrillFile = "drill.json";

/// 2026-11-23T03-00-07Z: sorts by time, and no file system minds it.
std::string name_of(Instant at) {
  std::string name = to_iso(at).substr(0, 19) + "Z";
  std::ranges::replace(name, ':', '-');
  return name;
}

bool is_backup_name(const std::string& name) {
  constexpr std::string_view kShape = "0000-00-00T00-00-00Z";
  return name.size() == kShape.size() && std::ranges::equal(name, kShape, [](char c, char shape) {
           return shape == '0' ? c >= '0' && c <= '9' : c == shape;
         });
}

bool on_same_disk(const std::string& a, const std::string& b) {
  struct stat first{}, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev;
}

/// What is unchanged need not be copied: the same bytes under another name. Where the disk knows no links, it is
/// copied.
void link_unchanged(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  for (const char* folder : {"readings", "photos"}) {
    if (!fs::exists(from / folder, ec)) continue;
    fs::create_directories(to / folder, ec);
    for (const auto& entry : fs::directory_iterator(from / folder, ec)) {
      if (is_immutable(entry.path())) fs::create_hard_link(entry.path(), to / folder / entry.path().filename(), ec);
    }
  }
}

/// Copying and verifying must not take the processor from what goes on.
void step_back() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  if (::setpriority(PRIO_PROCESS, thread, 10) != 0) log::debug("backups run at ordinary priority");
}

}  // namespace

std::vector<StoredBackup> list_backups(const std::string& folder) {
  std::vector<StoredBackup> out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    if (!is_backup_name(entry.path().filename().string())) continue;
    const auto contents = read_contents(entry.path().string());
    if (!contents) continue;
    out.push_back(
        {.path = entry.path().string(), .at = contents->at, .proven = fs::exists(entry.path() / kDrillFile, ec)});
  }
  std::ranges::sort(out, {}, &StoredBackup::path);
  return out;
}

Instant last_scheduled(Instant now, std::int64_t hour, const Zone& zone) {
  const auto local_hour = [&](Instant at) {
    const std::int64_t local = at.ns + zone.offset(at).count();
    return (local / Instant::kHour) % 24;
  };
  Instant at = zone.bucket_start(now, CalendarUnit::hour);
  // A day may have 23 to 25 hours, and the hour may be missing in one of them: two days back there is one.
  for (int steps = 0; steps < 49 && local_hour(at) != hour; steps++) at.ns -= Instant::kHour;
  return at;
}

BackupKeeper::BackupKeeper(const Config& config, const Zone& zone, const Clock& clock, const DataFolder& folder,
                           readings::ReadingStore& store, Worker& writer, Space space)
    : config_(config),
      zone_(zone),
      clock_(clock),
      folder_(folder),
      store_(store),
      writer_(writer),
      space_(std::move(space)) {
  health_.scheduled = !config.backup_folder.empty();
  health_.folder = config.backup_folder;
  if (!health_.scheduled) return;
  health_.same_disk = on_same_disk(config.backup_folder, folder.path);
  health_.since = clock.now();
  const auto there = list_backups(config.backup_folder);
  health_.kept = there.size();
  for (const auto& backup : there) {
    if (backup.proven && backup.at <= clock.now()) health_.last_good = std::max(health_.last_good, backup.at);
  }
}

/// When the last good one was made. One from the future is of a clock that stood ahead then: it does not count.
Instant BackupKeeper::last_good(Instant now) const { return health_.last_good <= now ? health_.last_good : Instant{}; }

bool BackupKeeper::due() const {
  const std::lock_guard lock(mutex_);
  if (!health_.scheduled || health_.running || cancelled_) return false;
  if (not_before_ns_ != 0 && clock_.monotonic_ns() < not_before_ns_) return false;
  const Instant now = clock_.now();
  return last_good(now) < last_scheduled(now, config_.backup_hour, zone_);
}

void BackupKeeper::tick() {
  if (!due()) return;
  {
    const std::lock_guard lock(mutex_);
    health_.running = true;
    health_.last_attempt = clock_.now();
  }
  worker_.post([this] { finish(run()); });
}

/// Asks the writer for the moment, again while the store is busy.
Result<std::unique_ptr<TownSnapshot>> BackupKeeper::hold() {
  TRY(auto moment, TownSnapshot::prepare(folder_));
  for (int tries = 0; !cancelled_; tries++) {
    std::promise<Result<>> answer;
    writer_.post([&] { answer.set_value(moment->take(store_, *folder_.registry, clock_)); });
    const auto taken = answer.get_future().get();
    if (taken) return moment;
    if (taken.error().kind != ErrorKind::unavailable || tries == kTries) return taken.error();
    std::this_thread::sleep_for(kPause);
  }
  return fail(ErrorKind::cancelled, "the copy was ended before it was done");
}

Result<Contents> BackupKeeper::copy_now(const std::string& to) {
  step_back();
  TRY(const auto moment, hold());
  return moment->copy_to(to, [this] { return cancelled_.load(); });
}

void BackupKeeper::stop() {
  cancelled_ = true;
  worker_.stop();
}

Result<> BackupKeeper::run() {
  const std::int64_t started = clock_.monotonic_ns();
  const std::string& folder = config_.backup_folder;
  std::error_code ec;
  if (!fs::is_directory(folder, ec)) {
    return fail(ErrorKind::not_found, "there is no folder " + folder + ": is its disk mounted?");
  }
  remove_unfinished();
  remove_unproven();
  TRY_VOID(leave_room());
  const std::string target = folder + "/" + name_of(clock_.now());
  if (fs::exists(target, ec)) return fail(ErrorKind::conflict, target + " is there already");
  const std::string unfinished = target + kUnfinished;
  TRY_VOID(begin_copy(folder_.path, unfinished));
  if (const auto before = list_backups(folder); !before.empty()) link_unchanged(before.back().path, unfinished);
  const auto written = copy_now(unfinished);
  if (!written) {
    remove_unfinished();
    return written.error();
  }
  fs::rename(unfinished, target, ec);
  if (ec) return fail(ErrorKind::unavailable, "renaming " + unfinished + ": " + ec.message());
  TRY_VOID(sync_folder(folder));
  TRY_VOID(prove(target));
  prune(config_.backup_keep);
  const std::lock_guard lock(mutex_);
  health_.last_good = written->at;
  health_.took_s = static_cast<double>(clock_.monotonic_ns() - started) / 1e9;
  return {};
}

Result<> BackupKeeper::prove(const std::string& backup) {
  const std::string scratch = config_.backup_folder + "/" + kScratch;
  TRY(const auto problems, drill(backup, scratch, config_, [this] { return cancelled_.load(); }));
  if (!problems.empty()) {
    for (const auto& problem : problems) log::error("backup is not whole", {{"what", problem}});
    return fail(ErrorKind::corrupt, "a restore of " + backup + " is not what was backed up: " + problems.front());
  }
  std::string text;
  JsonWriter(text).object().key("at").time(clock_.now()).field("whole", true).end();
  text += '\n';
  return write_file_atomically(backup + "/" + kDrillFile, std::as_bytes(std::span(text)));
}

/// Of the proven ones the newest `keep` stay; one whose drill failed goes once a newer one is proven.
void BackupKeeper::prune(std::int64_t keep) {
  auto there = list_backups(config_.backup_folder);
  const Instant now = clock_.now();
  // One from the future is of a clock that stood ahead: all others are newer.
  std::ranges::sort(there, {}, [&](const StoredBackup& one) { return std::pair(one.at <= now, one.path); });
  std::int64_t proven_after = std::ranges::count_if(there, &StoredBackup::proven);
  std::uint64_t kept = 0;
  for (const auto& backup : there) {
    if (backup.proven) proven_after--;
    const bool goes = backup.proven ? proven_after >= keep : proven_after > 0;
    if (!goes) {
      kept++;
      continue;
    }
    remove(backup);
  }
  const std::lock_guard lock(mutex_);
  health_.kept = kept;
}

/// While drills go on failing, each try leaves one: of those only the newest stays, for whoever looks into it.
void BackupKeeper::remove_unproven() {
  auto there = list_backups(config_.backup_folder);
  std::erase_if(there, &StoredBackup::proven);
  if (!there.empty()) there.pop_back();
  for (const auto& backup : there) remove(backup);
}

void BackupKeeper::remove(const StoredBackup& backup) {
  std::error_code ec;
  // Its name goes first: half removed it must not pass for a backup.
  const std::string gone = backup.path + kUnfinished;
  fs::rename(backup.path, gone, ec);
  if (!ec) fs::remove_all(gone, ec);
  if (ec) log::warn("old backup not removed", {{"backup", backup.path}, {"why", ec.message()}});
  else log::info("old backup removed", {{"backup", backup.path}});
}

/// Readings go before backups: on the disk of the town, none is made of the last twentieth, and old ones make room.
Result<> BackupKeeper::leave_room() {
  if (!on_same_disk(config_.backup_folder, folder_.path)) return {};
  const auto scarce = [this] {
    const auto disk = space_(config_.backup_folder);
    return disk && disk->total > 0 && disk->free < disk->total / 20;
  };
  if (!scarce()) return {};
  prune(1);
  if (!scarce()) return {};
  return fail(ErrorKind::full, "less than 5 % of the disk is free, and that is for readings: no backup is made on it");
}

void BackupKeeper::remove_unfinished() const {
  std::error_code ec;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(config_.backup_folder, ec)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kUnfinished)) continue;
    if (is_backup_name(name.substr(0, name.size() - std::string_view(kUnfinished).size()))) found.push_back(entry);
  }
  for (const auto& path : found) fs::remove_all(path, ec);
}

void BackupKeeper::finish(const Result<>& result) {
  const std::lock_guard lock(mutex_);
  health_.running = false;
  if (result) {
    not_before_ns_ = 0;
    health_.problem.clear();
    log::info("backup written and restored for a test", {{"kept", health_.kept}, {"seconds", health_.took_s}});
    return;
  }
  not_before_ns_ = clock_.monotonic_ns() + kRetryNs;
  if (result.error().kind == ErrorKind::cancelled) return;
  health_.problem = result.error().message;
  log::error("backup failed", {{"why", health_.problem}});
}

api::BackupHealth BackupKeeper::health() const {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  auto health = health_;
  if (!health.scheduled) return health;
  health.last_good = last_good(now);
  const Instant last = last_scheduled(now, config_.backup_hour, zone_);
  if (health.last_good < last) {  // it is made up for: now, or when the next try is due
    const std::int64_t wait = not_before_ns_ == 0 ? 0 : not_before_ns_ - clock_.monotonic_ns();
    health.next = {now.ns + std::max<std::int64_t>(0, wait)};
    return health;
  }
  health.next = last_scheduled({now.ns + Instant::kDay}, config_.backup_hour, zone_);
  return health;
}

}  // namespace qala::app
