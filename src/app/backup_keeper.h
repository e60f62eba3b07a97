#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/context.h"
#include "app/config.h"
#include "app/town_snapshot.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "base/threads.h"
#include "base/zone.h"

namespace qala::app {

/// One backup in the folder of backups.
struct StoredBackup {
  std::string path;
  Instant at;
  bool proven = false;  ///< its drill went well
};

/// Finished backups in `folder`, oldest first. Others (half written, or not ours) are left out.
std::vector<StoredBackup> list_backups(const std::string& folder);

/// The last time that the clocks of `zone` showed `hour` o'clock, at or before `now`.
Instant last_scheduled(Instant now, std::int64_t hour, const Zone& zone);

/// Scheduled backups: FOLDER/2026-11-23T03-00-07Z, each whole by itself; files of readings that are unchanged since the
/// one before are links to the same bytes. After each the drill; then the oldest beyond `keep` go, never the newest
/// that was proven. Config: backup.folder, backup.hour, backup.keep.
///
/// A thread of its own; the writer is asked for the moment only. Everything handed in must outlive it.
class BackupKeeper {
 public:
  using Space = std::function<Result<DiskSpace>(const std::string& path)>;

  BackupKeeper(const Config& config, const Zone& zone, const Clock& clock, const DataFolder& folder,
               readings::ReadingStore& store, Worker& writer, Space space = disk_space);

  /// Time for one: a scheduled time has passed since the newest, and the last attempt did not just fail. Any thread.
  bool due() const;
  /// Begins a backup if one is due. Any thread; once a second.
  void tick();
  /// One for somebody who asked (`qala backup`), not scheduled, not drilled. Only by run_on(worker(), …).
  Result<Contents> copy_now(const std::string& to);
  Worker& worker() { return worker_; }
  api::BackupHealth health() const;
  /// Ends what runs, soon; returns when nothing does. Before the writer stops.
  void stop();

 private:
  Result<std::unique_ptr<TownSnapshot>> hold();
  Result<> run();
  void finish(const Result<>& result);
  Result<> prove(const std::string& backup);
  void prune(std::int64_t keep);
  void remove_unproven();
  void remove(const StoredBackup& backup);
  Instant last_good(Instant now) const;
  Result<> leave_room();
  void remove_unfinished() const;

  const Config& config_;
  const Zone zone_;
  const Clock& clock_;
  const DataFolder& folder_;
  readings::ReadingStore& store_;
  Worker& writer_;
  const Space space_;
  std::atomic<bool> cancelled_ = false;
  mutable std::mutex mutex_;
  api::BackupHealth health_;
  std::int64_t not_before_ns_ = 0;  ///< monotonic: after a failure
  Worker worker_{1, "backup"};
};

}  // namespace qala::app
