#include "footage/retention.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/log.h"
#include "footage/holds.h"

namespace qala::footage {

namespace {

constexpr std::uint64_t kBallast = 1 << 20;

/// The oldest closed file of a stream that may go, found when it is asked for.
class Stream {
 public:
  Stream(StreamId id, const Keep& keep) : id_(id), keep_(keep) {}

  /// Its oldest file that is not held; none: there is no more. Counts the held ones that were passed over.
  Result<const FileRow*> oldest(Index& index, const Held& held, std::uint64_t& passed) {
    while (!row_ && !done_) {
      TRY(row_, index.next_closed(id_, from_ms_, run_));
      if (!row_) {
        done_ = true;
        break;
      }
      from_ms_ = row_->from_ms;
      run_ = row_->run;
      if (!held.covers(id_.camera, row_->from_ms, row_->to_ms)) break;
      passed++;
      row_.reset();
    }
    return row_ ? &*row_ : nullptr;
  }
  FileRow take() {
    FileRow row = *row_;
    row_.reset();
    return row;
  }
  const Keep& keep() const { return keep_; }

 private:
  StreamId id_;
  Keep keep_;
  std::optional<FileRow> row_;
  std::int64_t from_ms_ = INT64_MIN;
  std::uint32_t run_ = 0;
  bool done_ = false;
};

/// Streams that share a limit of bytes.
struct Unit {
  Keep keep = {};
  std::uint64_t bytes = 0;
  std::vector<std::size_t> streams = {};
};

/// Chooses what goes, a batch at most.
class Choice {
 public:
  Choice(Index& index, const Held& held, std::vector<FileRow>& chosen) : index_(index), held_(held), chosen_(chosen) {}

  Result<> load(const Retention& retention, const std::vector<Expiry::Open>& open) {
    TRY(const auto sums, index_.sums());
    for (const auto& sum : sums) add(retention, sum.stream, sum.bytes);
    for (const auto& one : open) {
      if (const auto at = by_camera_.find(one.stream.camera); at != by_camera_.end())
        units_[at->second].bytes += one.bytes;
    }
    return {};
  }

  Result<> by_age(std::int64_t now_ms) {
    for (auto& stream : streams_) {
      if (stream.keep().days <= 0) continue;
      const std::int64_t limit = now_ms - stream.keep().days * (Instant::kDay / 1'000'000);
      while (!full()) {
        std::uint64_t passed = 0;
        TRY(const auto* row, stream.oldest(index_, held_, passed));
        held_files += passed;
        if (!row || row->to_ms > limit) break;
        take(stream);
      }
    }
    return {};
  }

  Result<> by_bytes() {
    for (auto& unit : units_) {
      while (unit.keep.bytes > 0 && unit.bytes > static_cast<std::uint64_t>(unit.keep.bytes) && !full()) {
        TRY(auto* stream, oldest_of(unit.streams));
        if (!stream) break;
        unit.bytes -= std::min(unit.bytes, take(*stream));
      }
    }
    return {};
  }

  Result<> by_free(std::uint64_t free, std::uint64_t least) {
    std::vector<std::size_t> all(streams_.size());
    for (std::size_t at = 0; at < all.size(); at++) all[at] = at;
    while (free + freed < least && !full()) {
      TRY(auto* stream, oldest_of(all));
      if (!stream) break;
      take(*stream);
    }
    return {};
  }

  bool full() const { return chosen_.size() >= Expiry::kBatch; }
  std::uint64_t freed = 0, held_files = 0;

 private:
  void add(const Retention& retention, StreamId stream, std::uint64_t bytes) {
    auto [at, fresh] = by_camera_.try_emplace(stream.camera, units_.size());
    if (fresh) at->second = unit_of(retention, stream.camera);
    Unit& unit = units_[at->second];
    unit.bytes += bytes;
    unit.streams.push_back(streams_.size());
    streams_.emplace_back(stream, unit.keep);
  }

  std::size_t unit_of(const Retention& retention, std::uint32_t camera) {
    for (std::size_t group = 0; group < retention.groups.size(); group++) {
      if (std::ranges::find(retention.groups[group].cameras, camera) == retention.groups[group].cameras.end()) continue;
      const auto [at, fresh] = by_group_.try_emplace(group, units_.size());
      if (fresh) units_.push_back({.keep = retention.groups[group].keep});
      return at->second;
    }
    units_.push_back({.keep = retention.others});
    return units_.size() - 1;
  }

  Result<Stream*> oldest_of(const std::vector<std::size_t>& which) {
    Stream* best = nullptr;
    std::int64_t best_ms = 0;
    for (const auto at : which) {
      std::uint64_t passed = 0;
      TRY(const auto* row, streams_[at].oldest(index_, held_, passed));
      held_files += passed;
      if (row && (!best || row->from_ms < best_ms)) {
        best = &streams_[at];
        best_ms = row->from_ms;
      }
    }
    return best;
  }

  std::uint64_t take(Stream& stream) {
    chosen_.push_back(stream.take());
    freed += chosen_.back().bytes;
    return chosen_.back().bytes;
  }

  Index& index_;
  const Held& held_;
  std::vector<FileRow>& chosen_;
  std::vector<Stream> streams_;
  std::vector<Unit> units_;
  std::map<std::uint32_t, std::size_t> by_camera_;
  std::map<std::size_t, std::size_t> by_group_;
};

}  // namespace

Expiry::Expiry(std::string folder, const Clock& clock, Disk& disk)
    : folder_(std::move(folder)), clock_(clock), disk_(disk), wall_(clock) {}

Result<bool> Expiry::clock_is_believed(Index& index) {
  constexpr std::int64_t kDayMs = Instant::kDay / 1'000'000;
  if (!began_) {
    const std::int64_t now_ms = clock_.now().ms();
    TRY(const auto newest, index.newest_before(now_ms - kDayMs));
    began_ = true;
    if (newest && now_ms - *newest > 2 * kDayMs) {
      log::warn("nothing was recorded a day ago: footage is not removed by age before the clock is steady for a day");
      steady_for_ = Instant::kDay;
    }
  }
  if (const auto jump = wall_.look()) {
    if (*jump > Instant::kDay) steady_for_ = Instant::kDay;
    log::warn("wall clock jumped, footage is not removed by age for a while",
              {{"seconds", *jump / Instant::kSecond}, {"minutes", steady_for_ / Instant::kMinute}});
  }
  if (wall_.steady_ns() < steady_for_) return false;
  steady_for_ = WallWatch::kSteady;
  return true;
}

Result<> Expiry::run(Index& index, const std::vector<Open>& open, Done& done) {
  TRY(const bool believed, clock_is_believed(index));
  if (!retention_) return {};
  TRY_VOID(clear_garbage(index));
  TRY(auto holds, read_holds(folder_).context("footage stays, because what is held is not known"));
  const Held held(std::move(holds), clock_.now());
  TRY(const auto space, disk_.space(folder_));
  std::vector<FileRow> chosen;
  Choice choice(index, held, chosen);
  TRY_VOID(choice.load(*retention_, open));
  if (believed) TRY_VOID(choice.by_age(clock_.now().ms()));
  TRY_VOID(choice.by_bytes());
  TRY_VOID(choice.by_free(space.free, retention_->least_free));
  TRY_VOID(remove(index, chosen));
  done = {.files = chosen.size(), .bytes = choice.freed, .held = choice.held_files, .more = choice.full()};
  keep_ballast(space.free);
  if (space.free + choice.freed < retention_->least_free && !choice.full())
    return fail(ErrorKind::full, "the disk has only " + std::to_string((space.free + choice.freed) >> 20) +
                                     " MB free, and all footage that is left is held or being written: release holds "
                                     "or give it more room");
  return {};
}

Result<> Expiry::remove(Index& index, const std::vector<FileRow>& rows) {
  if (rows.empty()) return {};
  auto moved = index.expire(rows);
  if (!moved && moved.error().kind == ErrorKind::full) {
    // Not even room to note what goes: for that the ballast is there.
    TRY_VOID(disk_.remove(folder_ + "/ballast"));
    moved = index.expire(rows);
  }
  TRY_VOID(std::move(moved));
  std::vector<std::string> paths;
  for (const auto& row : rows) paths.push_back(row.path());
  return unlink(index, paths);
}

Result<> Expiry::clear_garbage(Index& index) {
  TRY(const auto paths, index.garbage());
  if (paths.empty()) return {};
  return unlink(index, paths);
}

Result<> Expiry::unlink(Index& index, const std::vector<std::string>& paths) {
  std::vector<std::string> folders;
  for (const auto& path : paths) {
    TRY_VOID(disk_.remove(folder_ + "/" + path));
    const std::string folder = folder_of(path);
    if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  }
  for (const auto& folder : folders) {
    const std::string whole = folder_ + "/" + folder;
    std::error_code ec;
    if (!std::filesystem::exists(whole, ec)) continue;
    TRY_VOID(disk_.sync_folder(whole));
    std::filesystem::remove(whole, ec);  // only when it is empty
  }
  return index.forget_garbage(paths);
}

void Expiry::keep_ballast(std::uint64_t free) {
  const std::string path = folder_ + "/ballast";
  std::error_code ec;
  if (free < 16 * kBallast || std::filesystem::exists(path, ec)) return;
  auto file = File::open(path, File::Mode::create);
  if (!file || !file->preallocate(kBallast)) log::warn("no ballast in the footage folder", {{"path", path}});
}

}  // namespace qala::footage
