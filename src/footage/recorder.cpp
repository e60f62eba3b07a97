#include "footage/recorder.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/log.h"
#include "footage/rebuild.h"
#include "footage/recording.h"
#include "footage/retention.h"

namespace qala::footage {

namespace {

constexpr std::int64_t kRetainEvery = 10 * Instant::kSecond;

/// Keeps the first of several failures.
class First {
 public:
  void take(Result<> result) {
    if (!result && first_) first_ = std::move(result);
  }
  Result<> result() && { return std::move(first_); }

 private:
  Result<> first_;
};

/// Files of different streams do not all change in the same moment, also when all of them began together.
std::int64_t stagger_ms(StreamId id) { return (std::int64_t{id.camera} * 2 + id.stream) * 7'919 % 120'000; }

Result<> check_samples(const Take& take) {
  if (take.video.empty()) return fail(ErrorKind::invalid, "a fragment without pictures");
  std::uint64_t bytes = 0;
  for (const auto list : {take.video, take.audio}) {
    std::int64_t dts = 0;
    for (const auto& sample : list) {
      if (sample.dts < dts) return fail(ErrorKind::invalid, "decode times that go back");
      dts = sample.dts;
      bytes += sample.data.size();
    }
  }
  if (bytes >= kLargestFragment) return fail(ErrorKind::invalid, "a fragment of more than 64 MB");
  return {};
}

class DiskRecorder final : public Recorder {
 public:
  DiskRecorder(std::string folder, FolderLock lock, Index index, const Clock& clock, Disk& disk)
      : folder_(std::move(folder)),
        lock_(std::move(lock)),
        index_(std::move(index)),
        clock_(clock),
        disk_(disk),
        expiry_(folder_, clock, disk) {}

  ~DiskRecorder() override {
    for (auto& [id, stream] : streams_) close(stream);
    First first;
    sync_files(first, true);
    first.take(enter_ended());
    if (auto result = std::move(first).result(); !result)
      log::warn("footage not closed in order, the next start will look it through", {{"why", result.error().message}});
  }

  /// What an earlier process left: files to remove, files that it was writing.
  Result<> adopt() {
    TRY_VOID(expiry_.clear_garbage(index_));
    TRY(const auto rows, index_.open_files());
    std::vector<Index::Ended> whole;
    std::vector<FileRow> empty;
    for (const auto& row : rows) {
      const std::string path = folder_ + "/" + row.path();
      auto looked = look_through(path, disk_, true);
      const auto problem = looked ? std::nullopt : std::optional(looked.error().kind);
      const bool nothing = problem == ErrorKind::not_found || problem == ErrorKind::corrupt;
      if (!looked && !nothing) return looked.error().context("looking through what was being recorded");
      if (problem == ErrorKind::corrupt) TRY_VOID(spare(path));
      counters_.adopted++;
      if (looked && looked->torn_bytes > 0) {
        counters_.torn_tails++;
        counters_.torn_bytes += looked->torn_bytes;
        log::warn("torn end of a footage file cut off", {{"path", row.path()}, {"bytes", looked->torn_bytes}});
      }
      if (nothing || looked->fragments == 0) {
        empty.push_back(row);
        continue;
      }
      looked->file.row.id = row.id;
      whole.push_back(std::move(looked->file));
    }
    TRY_VOID(expiry_.remove(index_, empty));
    if (whole.empty()) return {};
    return index_.end_files(whole);
  }

  Result<> begin(StreamId id, const media::Track& video, Instant at, const media::Track* audio) override {
    if (id.stream > kSub) return fail(ErrorKind::invalid, "a camera has two streams");
    Stream& stream = streams_[id];
    close(stream);
    stream.format = Format{.video = video, .audio = audio ? std::optional(*audio) : std::nullopt};
    stream.run = 0;
    log::debug("footage run begins", {{"stream", to_text(id)}, {"at", to_iso(at)}, {"codec", video.codec_string}});
    return {};
  }

  Result<> append(StreamId id, Instant at, std::span<const media::Sample> video, bool motion,
                  std::span<const media::Sample> audio) override {
    auto written = try_append(id, {.at_ms = at.ms(), .video = video, .audio = audio, .motion = motion});
    if (written) return {};
    counters_.refused++;
    if (written.error().kind == ErrorKind::full) counters_.full++;
    return std::move(written).context(to_text(id));
  }

  void end(StreamId id) override {
    const auto at = streams_.find(id);
    if (at == streams_.end()) return;
    close(at->second);
    streams_.erase(at);
  }

  void retain(Retention retention) override {
    expiry_.retain(std::move(retention));
    next_expiry_ = clock_.monotonic_ns();
  }

  Result<> sync() override {
    First first;
    sync_files(first, false);
    first.take(enter_ended());
    if (clock_.monotonic_ns() >= next_expiry_) first.take(expire());
    return std::move(first).result();
  }

  RecorderCounters counters() const override { return counters_; }

 private:
  struct Stream {
    std::optional<Format> format;
    std::uint32_t run = 0;  ///< 0: the next fragment begins one
    std::unique_ptr<OpenFile> file;
    std::int64_t length_ms = 0;  ///< after which the file ends
    std::int64_t at_ms = 0, end_ms = 0;  ///< beginning and end of the newest fragment of the run
  };

  /// A file without a beginning that is larger than a torn beginning can be is not thrown away.
  static Result<> spare(const std::string& path) {
    std::error_code ec;
    const auto size = std::filesystem::file_size(path, ec);
    if (ec || size <= kLargestInit) return {};
    std::filesystem::rename(path, path + ".damaged", ec);
    if (ec) return fail(ErrorKind::unavailable, "renaming " + path + ": " + ec.message());
    log::error("footage file has lost its beginning", {{"path", path + ".damaged"}});
    return {};
  }

  Result<> try_append(StreamId id, Take take) {
    const auto at = streams_.find(id);
    if (at == streams_.end() || !at->second.format)
      return fail(ErrorKind::conflict, "fragments before the beginning of a run");
    Stream& stream = at->second;
    if (take.at_ms < 0 || take.at_ms > kLatestMs - kFileLength)
      return fail(ErrorKind::invalid, "a time that no clock can have");
    while (!take.audio.empty() && take.audio.front().dts < 0) take.audio = take.audio.subspan(1);  // before the run
    TRY_VOID(check_samples(take));
    continue_or_not(stream, take);
    if (stream.run != 0) take.at_ms = std::max(take.at_ms, stream.at_ms + 1);  // never before what is written
    if (!stream.file) {
      if (!take.key()) return fail(ErrorKind::unavailable, "waits for a key frame");
      TRY_VOID(new_file(id, stream, take.at_ms));
    }
    const std::uint64_t before = stream.file->size();
    if (auto written = stream.file->append(take, *stream.format); !written) {
      close(stream);
      stream.run = 0;  // something is missing now: what follows is another run
      return written;
    }
    if (dirty_since_ < 0) dirty_since_ = clock_.monotonic_ns();
    stream.at_ms = take.at_ms;
    stream.end_ms = stream.file->end_ms();
    counters_.fragments++;
    counters_.bytes += stream.file->size() - before;
    return {};
  }

  /// Ends the file where a new one must begin, and the run where time does not go on.
  void continue_or_not(Stream& stream, const Take& take) {
    const bool lost = stream.file && !stream.file->usable();
    if (stream.run != 0 && (lost || std::abs(take.at_ms - stream.end_ms) > kLongestGapMs)) {
      close(stream);
      stream.run = 0;
    }
    if (!stream.file) return;
    const std::int64_t length = take.at_ms - stream.file->from_ms();
    if ((length >= stream.length_ms && take.key()) || length >= kLongestFile / 1'000'000) close(stream);
  }

  Result<> new_file(StreamId id, Stream& stream, std::int64_t at_ms) {
    std::uint32_t run = stream.run;
    if (run == 0) {
      TRY(run, next_run(id));
    }
    FileRow row{.stream = id, .run = run, .from_ms = at_ms, .to_ms = at_ms, .open = true};
    TRY(row.id, index_.begin_file(row));
    auto made = OpenFile::create(folder_, row, *stream.format, disk_);
    if (!made) {
      runs_[id] = run;  // not this name again
      // A file that is there already is not ours to remove.
      auto undone = made.error().kind == ErrorKind::conflict ? index_.drop(row) : expiry_.remove(index_, {row});
      if (!undone) return undone.error().context(made.error().message);
      return std::move(made.error());
    }
    stream.file = std::move(*made);
    stream.length_ms = kFileLength / 1'000'000 - (stream.run == 0 ? stagger_ms(id) : 0);
    if (stream.run == 0) runs_[id] = run;
    stream.run = run;
    counters_.files++;
    counters_.bytes += stream.file->size();
    return {};
  }

  Result<std::uint32_t> next_run(StreamId id) {
    const auto known = runs_.find(id);
    if (known != runs_.end()) return known->second + 1;
    TRY(const auto newest, index_.newest_run(id));
    return newest + 1;
  }

  void close(Stream& stream) {
    if (stream.file) ended_.push_back(std::move(stream.file));
    stream.file.reset();
  }

  /// All that is due together: the first sync carries the others' sizes along.
  void sync_files(First& first, bool all) {
    const std::int64_t now = clock_.monotonic_ns();
    const bool due = all || (dirty_since_ >= 0 && now - dirty_since_ >= kSyncEvery);
    std::vector<OpenFile*> files;
    files.reserve(ended_.size() + streams_.size());
    for (auto& file : ended_) files.push_back(file.get());
    if (due) {
      for (auto& [id, stream] : streams_) {
        if (stream.file) files.push_back(stream.file.get());
      }
      dirty_since_ = -1;
    }
    std::erase_if(files, [](const OpenFile* file) { return !file->unsynced() || !file->usable(); });
    for (auto* file : files) file->start_sync();
    for (auto* file : files) {
      counters_.syncs++;
      auto synced = file->sync();
      if (!synced && file->usable()) dirty_since_ = now;
      first.take(std::move(synced));
    }
  }

  Result<> enter_ended() {
    if (ended_.empty()) return {};
    std::vector<Index::Ended> rows;
    std::vector<FileRow> empty;
    for (const auto& file : ended_) {
      auto row = file->ended();
      if (file->fragments() > 0) rows.push_back(std::move(row));
      else empty.push_back(row.row);
    }
    if (!rows.empty()) TRY_VOID(index_.end_files(rows).context("entering footage into the index"));
    std::erase_if(ended_, [](const auto& file) { return file->fragments() > 0; });
    TRY_VOID(expiry_.remove(index_, empty));
    ended_.clear();
    return {};
  }

  Result<> expire() {
    next_expiry_ = clock_.monotonic_ns() + kRetainEvery;
    std::vector<Expiry::Open> open;
    for (const auto& [id, stream] : streams_) {
      if (stream.file) open.push_back({.stream = id, .bytes = stream.file->size()});
    }
    Expiry::Done done;
    auto result = expiry_.run(index_, open, done).context("removing old footage");
    counters_.expired_files += done.files;
    counters_.expired_bytes += done.bytes;
    counters_.held_files = done.held;
    if (done.more) next_expiry_ = clock_.monotonic_ns();
    return result;
  }

  std::string folder_;
  FolderLock lock_;
  Index index_;
  const Clock& clock_;
  Disk& disk_;
  Expiry expiry_;
  std::map<StreamId, Stream> streams_;
  std::map<StreamId, std::uint32_t> runs_;         ///< newest of each stream
  std::vector<std::unique_ptr<OpenFile>> ended_;   ///< not yet entered
  std::int64_t dirty_since_ = -1;                  ///< monotonic; -1: everything is synced
  std::int64_t next_expiry_ = 0;
  RecorderCounters counters_;
};

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& folder, const Clock& clock, Disk& disk) {
  TRY_VOID(disk.make_folder(folder));
  TRY(auto lock, FolderLock::take(folder));
  TRY(auto index, open_or_rebuild(folder, disk));
  auto recorder = std::make_unique<DiskRecorder>(folder, std::move(lock), std::move(index), clock, disk);
  TRY_VOID(recorder->adopt().context("opening " + folder));
  return recorder;
}

}  // namespace qala::footage
