#include "footage/finder.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "footage/recorder.h"

namespace qala::footage {

static_assert(kLongestFileMs > Recorder::kLongestFile / 1'000'000 + kLongestGapMs);

namespace {

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kRowColumns) + " FROM file " + std::string(rest);
}

void bind(sqlite::Statement& statement, StreamId stream) {
  statement.bind(1, std::int64_t{stream.camera}).bind(2, std::int64_t{stream.stream});
}

/// Connections to an index that has been set aside are never closed: SQLite removes files by name when it closes, and
/// that name belongs to the new index now.
void retire(sqlite::Database db) {
  static auto* retired = new std::vector<sqlite::Database>;
  static std::mutex lock;
  const std::lock_guard guard(lock);
  retired->push_back(std::move(db));
}

}  // namespace

Result<bool> Finder::connect() {
  struct stat info{};
  if (::stat(index_path(folder_).c_str(), &info) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return from_errno(errno, "looking for " + index_path(folder_));
    return false;
  }
  if (db_ && info.st_ino == inode_) return true;
  if (db_) retire(std::move(*db_));
  db_.reset();
  growing_.clear();
  TRY(auto db, sqlite::Database::open(index_path(folder_), {.read_only = true}));
  // Made a moment ago: without its tables it is as good as none.
  TRY(auto tables, db.prepare("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN ('file', 'day')"));
  TRY([[maybe_unused]] const bool row, tables.step());
  const bool ready = tables.integer(0) == 2;
  tables.reset();
  if (!ready) return false;
  db_ = std::move(db);
  inode_ = info.st_ino;
  return true;
}

Result<Finder::Growing*> Finder::grow(const FileRow& row) {
  const std::string path = folder_ + "/" + row.path();
  TRY(const auto file, File::open(path, File::Mode::read));
  TRY(const auto size, file.size());
  const ReadAt read = reader_of(file);
  const auto known = growing_.find(row.id);
  Growing grown;
  if (known == growing_.end()) {
    TRY(const auto mark, read_file_mark(read, size).context(path));
    grown.begin = mark.init_bytes + kMarkBytes;
    TRY(grown.walked, walk(read, grown.begin, size, Verify::marks));
    return &(growing_[row.id] = std::move(grown));
  }
  auto& walked = known->second.walked;
  TRY(auto more, walk(read, walked.end, size, Verify::marks, walked.sequence));
  walked.fragments.insert(walked.fragments.end(), more.fragments.begin(), more.fragments.end());
  walked.end = more.end;
  walked.sequence = more.sequence;
  return &known->second;
}

Result<> Finder::look(FileRow& row) {
  if (!row.open) {
    growing_.erase(row.id);
    return {};
  }
  auto growing = grow(row);
  if (!growing) {
    // Not made yet, or its beginning is just being written.
    const auto kind = growing.error().kind;
    if (kind == ErrorKind::not_found || kind == ErrorKind::corrupt) return {};
    return std::move(growing.error());
  }
  const auto& fragments = (*growing)->walked.fragments;
  if (!fragments.empty()) row.to_ms = std::max(row.from_ms, fragments.back().end_ms());
  row.bytes = (*growing)->walked.end;
  row.marks = marks_of(fragments);
  return {};
}

Result<std::vector<FileRow>> Finder::files(StreamId stream, std::int64_t from_ms, std::int64_t to_ms) {
  const std::lock_guard guard(mutex_);
  std::vector<FileRow> rows;
  TRY(const bool there, connect());
  if (!there) return rows;
  TRY(auto find, db_->prepare(select("WHERE camera=?1 AND stream=?2 AND from_ms > ?3 AND from_ms < ?4 "
                                     "AND (to_ms > ?5 OR open=1) ORDER BY from_ms, run")));
  bind(find, stream);
  find.bind(3, from_ms - kLongestFileMs).bind(4, to_ms).bind(5, from_ms);
  while (true) {
    TRY(const bool found, find.step());
    if (!found) return rows;
    FileRow row = read_row(find);
    TRY_VOID(look(row));
    if (row.to_ms > from_ms) rows.push_back(row);
  }
}

Result<std::optional<FileRow>> Finder::one(sqlite::Statement& statement) {
  TRY(const bool found, statement.step());
  if (!found) return std::nullopt;
  FileRow row = read_row(statement);
  statement.reset();
  TRY_VOID(look(row));
  return row;
}

Result<std::optional<FileRow>> Finder::next_file(StreamId stream, std::int64_t from_ms, std::uint32_t run,
                                                 std::int64_t to_ms) {
  const std::lock_guard guard(mutex_);
  TRY(const bool there, connect());
  if (!there) return std::nullopt;
  TRY(auto find, db_->prepare(select("WHERE camera=?1 AND stream=?2 AND (from_ms, run) > (?3, ?4) AND from_ms < ?5 "
                                     "ORDER BY from_ms, run LIMIT 1")));
  bind(find, stream);
  find.bind(3, from_ms).bind(4, std::int64_t{run}).bind(5, to_ms);
  return one(find);
}

Result<std::optional<FileRow>> Finder::again(std::int64_t id) {
  const std::lock_guard guard(mutex_);
  TRY(const bool there, connect());
  if (!there) return std::nullopt;
  TRY(auto find, db_->prepare(select("WHERE id=?1")));
  find.bind(1, id);
  return one(find);
}

Result<std::vector<Fragment>> Finder::fragments(const FileRow& row) {
  const std::lock_guard guard(mutex_);
  TRY(const bool there, connect());
  if (!there) return std::vector<Fragment>();
  TRY(auto find, db_->prepare("SELECT open, fragments FROM file WHERE id=?1"));
  TRY(const bool found, find.bind(1, row.id).step());
  if (!found) return std::vector<Fragment>();
  if (find.integer(0) == 0) return decode_list(find.blob(1), row.from_ms);
  auto growing = grow(row);
  if (growing) return (*growing)->walked.fragments;
  const auto kind = growing.error().kind;
  if (kind == ErrorKind::not_found || kind == ErrorKind::corrupt) return std::vector<Fragment>();
  return std::move(growing.error());
}

Result<std::vector<Finder::DaySum>> Finder::days() {
  const std::lock_guard guard(mutex_);
  std::vector<DaySum> sums;
  TRY(const bool there, connect());
  if (!there) return sums;
  TRY(auto all, db_->prepare("SELECT camera, stream, day, files, bytes FROM day ORDER BY camera, stream, day"));
  while (true) {
    TRY(const bool row, all.step());
    if (!row) break;
    sums.push_back({.stream = {static_cast<std::uint32_t>(all.integer(0)), static_cast<std::uint8_t>(all.integer(1))},
                    .day = all.integer(2),
                    .files = static_cast<std::uint64_t>(all.integer(3)),
                    .bytes = static_cast<std::uint64_t>(all.integer(4))});
  }
  TRY(auto open, db_->prepare(select("WHERE open=1")));
  std::set<std::int64_t> still_open;
  while (true) {
    TRY(const bool found, open.step());
    if (!found) break;
    FileRow row = read_row(open);
    still_open.insert(row.id);
    TRY_VOID(look(row));
    const auto at = std::ranges::find_if(sums, [&](const DaySum& sum) {
      return sum.stream == row.stream && sum.day == row.from_ms / (Instant::kDay / 1'000'000);
    });
    if (at != sums.end()) at->bytes += row.bytes;
  }
  // Nobody may ever look again at what has ended meanwhile.
  std::erase_if(growing_, [&](const auto& known) { return !still_open.contains(known.first); });
  return sums;
}

Result<std::optional<Finder::Reach>> Finder::reach(StreamId stream) {
  const std::lock_guard guard(mutex_);
  TRY(const bool there, connect());
  if (!there) return std::nullopt;
  constexpr std::string_view kOf = "WHERE camera=?1 AND stream=?2 ";
  TRY(auto first, db_->prepare(select(std::string(kOf) + "ORDER BY from_ms, run LIMIT 1")));
  bind(first, stream);
  TRY(const auto oldest, one(first));
  if (!oldest) return std::nullopt;
  TRY(auto last, db_->prepare(select(std::string(kOf) + "ORDER BY from_ms DESC, run DESC LIMIT 1")));
  bind(last, stream);
  TRY(const auto newest, one(last));
  return Reach{.from_ms = oldest->from_ms, .to_ms = newest ? newest->to_ms : oldest->to_ms};
}

}  // namespace qala::footage
