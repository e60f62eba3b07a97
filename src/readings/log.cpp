#include "readings/log.h"

#include <algorithm>
#include <filesystem>

#include "readings/log_ahead.h"
#include "readings/log_recovery.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

constexpr std::size_t kLongestRow = 1u << 30;

class DiskLog final : public Log {
 public:
  DiskLog(std::string folder, std::uint64_t segment_bytes, const Clock& clock, LogDisk& disk)
      : folder_(std::move(folder)), clock_(clock), disk_(disk), ahead_(folder_, segment_bytes, disk) {}

  Result<> recover(const Each& each);
  Result<std::uint64_t> append(std::span<const std::byte> row) override;
  std::uint64_t last_sequence() const override { return next_ - 1; }
  std::uint64_t first_sequence() const override;
  Result<> drop_until(std::uint64_t sequence, bool reuse) override;
  std::uint64_t bytes() const override;
  std::vector<Part> parts() const override;
  std::uint64_t sync_calls() const override { return sync_calls_; }
  std::uint64_t last_sync_ns() const override { return last_sync_ns_; }
  Result<> read_after(std::uint64_t sequence, const Each& each) const override;
  Result<> prepare_ahead() override;
  bool ahead_ready() const override { return ahead_.ready(); }
  Result<> roll() override;
  Result<> give_back() override;

 private:
  Result<> start_first_file();
  Result<> adopt_prepared(LogState& state);
  Result<> settle_last_row();
  Result<> enter(LogAhead::Ready ready);
  Result<> make_room(std::uint64_t frame);
  Result<> sync();
  Error broken(Error cause, std::string_view doing);
  LogFileState& current() { return files_.back(); }

  std::string folder_;
  const Clock& clock_;
  LogDisk& disk_;
  LogAhead ahead_;
  std::vector<LogFileState> files_;  ///< oldest first; the last one takes the next row
  std::optional<File> file_;         ///< files_.back(), open
  std::uint64_t next_ = 1;
  std::string frame_;  ///< reused
  std::string broken_;  ///< why nothing is written any more
  std::uint64_t sync_calls_ = 0;
  std::uint64_t last_sync_ns_ = 0;
};

Result<> DiskLog::recover(const Each& each) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail(ErrorKind::unavailable, "making " + folder_ + ": " + error.message());
  TRY(LogState state, read_log(folder_, each));
  if (state.files.empty()) return start_first_file();
  next_ = state.next_sequence;
  TRY_VOID(adopt_prepared(state));
  files_ = std::move(state.files);
  TRY(file_, File::open(current().path, File::Mode::write));
  return settle_last_row();
}

Result<> DiskLog::start_first_file() {
  TRY(auto ready, ahead_.take(1, 0));
  ready.head.first_sequence = 1;
  return enter(std::move(ready));
}

/// Files after the current one hold nothing: the first of them is ready for use, there should be no more.
Result<> DiskLog::adopt_prepared(LogState& state) {
  for (std::size_t i = state.current + 2; i < state.files.size(); i++) TRY_VOID(disk_.remove(state.files[i].path));
  if (state.current + 1 < state.files.size()) {
    const LogFileState& next = state.files[state.current + 1];
    TRY(File file, File::open(next.path, File::Mode::write));
    ahead_.adopt({.file = std::move(file), .path = next.path, .head = next.head, .size = next.size});
  }
  state.files.resize(state.current + 1);
  return {};
}

/// The last row may be in the page cache only: its writer may have died before, or got an error from, its sync (after
/// which the kernel may hold the page for clean). Written once more, it is on the disk before anything follows it.
Result<> DiskLog::settle_last_row() {
  const LogFileState& last = current();
  if (last.first != 0) {
    std::vector<std::byte> frame(last.used - last.last_row);
    TRY_VOID(file_->read_at(last.last_row, frame));
    TRY_VOID(disk_.write(*file_, last.last_row, frame));
    TRY_VOID(disk_.sync(*file_));
  }
  return disk_.sync_folder(folder_);
}

/// Goes on in a prepared file. One that is to be empty says in its head where the log is.
Result<> DiskLog::enter(LogAhead::Ready ready) {
  if (ready.head.first_sequence != 0) {
    std::string head;
    put_log_head(ready.head, head);
    TRY_VOID(disk_.write(ready.file, 0, bytes_of(head)));
    TRY_VOID(disk_.sync(ready.file));
  }
  files_.push_back({.path = std::move(ready.path), .head = ready.head, .size = ready.size});
  file_ = std::move(ready.file);
  return {};
}

Result<> DiskLog::make_room(std::uint64_t frame) {
  if (current().used + frame <= current().size) return {};
  TRY(auto ready, ahead_.take(current().head.number + 1, frame));
  return enter(std::move(ready));
}

Error DiskLog::broken(Error cause, std::string_view doing) {
  broken_ = cause.message;
  const auto kind = cause.kind == ErrorKind::full ? ErrorKind::unavailable : cause.kind;
  return Error{kind, std::move(cause.message)}.context(doing);
}

Result<> DiskLog::sync() {
  const std::int64_t start = clock_.monotonic_ns();
  auto done = disk_.sync(*file_);
  last_sync_ns_ = static_cast<std::uint64_t>(clock_.monotonic_ns() - start);
  sync_calls_++;
  return done;
}

Result<std::uint64_t> DiskLog::append(std::span<const std::byte> row) {
  if (!broken_.empty()) return fail(ErrorKind::unavailable, "the log takes no rows until a restart: " + broken_);
  if (row.size() > kLongestRow) return fail(ErrorKind::invalid, "a log row of more than 1 GiB");
  if (auto room = make_room(frame_bytes(row.size())); !room) {
    if (room.error().kind == ErrorKind::full) return room.error().context("appending to the log");
    return broken(std::move(room.error()), "appending to the log");
  }
  frame_.clear();
  put_frame(current().head.salt, next_, row, frame_);
  if (auto written = disk_.write(*file_, current().used, bytes_of(frame_)); !written) {
    // Part of the row may be there. The next row is written over it, and its checksum does not hold.
    if (written.error().kind == ErrorKind::full) return written.error().context("appending to the log");
    return broken(std::move(written.error()), "appending to the log");
  }
  if (auto synced = sync(); !synced) return broken(std::move(synced.error()), "appending to the log");
  LogFileState& file = current();
  if (file.first == 0) file.first = next_;
  file.last = next_;
  file.last_row = file.used;
  file.used += frame_.size();
  return next_++;
}

std::uint64_t DiskLog::first_sequence() const {
  for (const LogFileState& file : files_) {
    if (file.first != 0) return file.first;
  }
  return next_;
}

Result<> DiskLog::drop_until(std::uint64_t sequence, bool reuse) {
  bool changed = false;
  while (files_.size() > 1 && files_.front().last <= sequence) {
    TRY_VOID(reuse ? ahead_.recycle(files_.front().path) : disk_.remove(files_.front().path));
    files_.erase(files_.begin());
    changed = true;
  }
  if (changed) return disk_.sync_folder(folder_);
  return {};
}

std::uint64_t DiskLog::bytes() const {
  std::uint64_t sum = ahead_.bytes();
  for (const LogFileState& file : files_) sum += file.size;
  return sum;
}

std::vector<Log::Part> DiskLog::parts() const {
  std::vector<Part> out;
  for (const LogFileState& file : files_) out.push_back({.path = file.path, .bytes = file.used});
  return out;
}

Result<> DiskLog::read_after(std::uint64_t sequence, const Each& each) const {
  for (const LogFileState& file : files_) {
    if (file.first == 0 || file.last <= sequence) continue;
    TRY(const auto bytes, read_file(file.path));
    for (std::uint64_t at = kLogHead; at < file.used;) {
      const auto frame = parse_frame(bytes, at, file.head.salt);
      if (!frame) return fail(ErrorKind::corrupt, file.path + ": damaged at byte " + std::to_string(at));
      if (frame->sequence > sequence) TRY_VOID(each(frame->sequence, frame->row));
      at += frame_bytes(frame->row.size());
    }
  }
  return {};
}

Result<> DiskLog::prepare_ahead() {
  if (!broken_.empty()) return {};
  return ahead_.step(current().head.number + 1);
}

Result<> DiskLog::roll() {
  if (!broken_.empty()) return fail(ErrorKind::unavailable, "the log takes no rows until a restart: " + broken_);
  if (current().first == 0) return {};
  // What was erased must be gone from the file that goes into use, and from the one that is made ready in its place.
  TRY_VOID(ahead_.overwrite());
  TRY(auto ready, ahead_.take(current().head.number + 1, 0));
  TRY_VOID(ahead_.overwrite());
  ready.head.first_sequence = next_;
  return enter(std::move(ready));
}

Result<> DiskLog::give_back() {
  TRY_VOID(ahead_.discard());
  if (!broken_.empty() || current().used >= current().size) return disk_.sync_folder(folder_);
  // What is cut off holds zeros only; a row that would not fit goes to the next file.
  TRY_VOID(disk_.truncate(*file_, current().used));
  current().size = current().used;
  TRY_VOID(disk_.sync(*file_));
  return disk_.sync_folder(folder_);
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(const std::string& folder, std::uint64_t segment_bytes, const Clock& clock,
                                       const Each& each, LogDisk* disk) {
  auto log = std::make_unique<DiskLog>(folder, std::max<std::uint64_t>(segment_bytes, 4096), clock,
                                       disk == nullptr ? LogDisk::system() : *disk);
  TRY_VOID(log->recover(each).context("opening the log"));
  return std::unique_ptr<Log>(std::move(log));
}

Result<Log::Rows> Log::verify(const std::string& folder, const Each& each) {
  TRY(const auto state, read_log(folder, each));
  const auto file = std::ranges::find_if(state.files, [](const LogFileState& one) { return one.first != 0; });
  return Rows{.first = file == state.files.end() ? state.next_sequence : file->first, .last = state.next_sequence - 1};
}

}  // namespace qala::readings
