#include "footage/index.h"

#include <chrono>

#include <fmt/format.h>

#include "base/schema.h"
#include "footage/schema.h"

namespace qala::footage {

namespace {

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kRowColumns) + " FROM file " + std::string(rest);
}

constexpr std::int64_t kComplete = 1;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

std::string FileRow::path() const {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(from_ms)};
  const auto midnight = floor<days>(at);
  const year_month_day date(midnight);
  const hh_mm_ss time(at - midnight);
  return fmt::format("{}/{}/{:04}{:02}{:02}/{:02}{:02}{:02}.{:03}-{}.mp4", stream.camera, name_of_stream(stream.stream),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count(), run);
}

std::string folder_of(std::string_view path) { return std::string(path.substr(0, path.rfind('/'))); }

std::string index_path(const std::string& folder) { return folder + "/index.db"; }

FileRow read_row(const sqlite::Statement& row) {
  return {.id = row.integer(0),
          .stream = {static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint8_t>(row.integer(2))},
          .run = static_cast<std::uint32_t>(row.integer(3)),
          .from_ms = row.integer(4),
          .to_ms = row.integer(5),
          .bytes = static_cast<std::uint64_t>(row.integer(6)),
          .open = row.integer(7) != 0,
          .marks = static_cast<Marks>(row.integer(8))};
}

Result<Index> Index::open(const std::string& folder) {
  TRY(auto db, sqlite::Database::open(index_path(folder)));
  TRY_VOID(sqlite::upgrade_room(db, "footage", kIndexSteps));
  Index index(std::move(db));
  TRY_VOID(index.prepare());
  return index;
}

Result<> Index::prepare() {
  TRY(insert_, db_.prepare("INSERT INTO file (camera, stream, run, from_ms, to_ms, bytes, open, marks, fragments) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  TRY(end_, db_.prepare("UPDATE file SET to_ms=?2, bytes=?3, marks=?4, fragments=?5, open=0 WHERE id=?1"));
  TRY(delete_, db_.prepare("DELETE FROM file WHERE id=?1"));
  TRY(next_closed_, db_.prepare(select("WHERE camera=?1 AND stream=?2 AND (from_ms, run) > (?3, ?4) AND open=0 "
                                       "ORDER BY from_ms, run LIMIT 1")));
  return {};
}

Result<> Index::put(const Ended& file) {
  const auto& row = file.row;
  insert_.bind(1, std::int64_t{row.stream.camera}).bind(2, std::int64_t{row.stream.stream});
  insert_.bind(3, std::int64_t{row.run}).bind(4, row.from_ms).bind(5, row.to_ms).bind(6, number(row.bytes));
  insert_.bind(7, std::int64_t{row.open}).bind(8, static_cast<std::int64_t>(row.marks));
  insert_.bind_blob(9, std::as_bytes(std::span(file.list)));
  return insert_.run();
}

Result<std::int64_t> Index::begin_file(const FileRow& row) {
  TRY_VOID(put({.row = row, .list = encode_list({}, row.from_ms, 0)}));
  return db_.last_insert_id();
}

Result<> Index::end_files(std::span<const Ended> files) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const auto& [row, list] : files) {
    end_.bind(1, row.id).bind(2, row.to_ms).bind(3, number(row.bytes)).bind(4, static_cast<std::int64_t>(row.marks));
    end_.bind_blob(5, std::as_bytes(std::span(list)));
    TRY_VOID(end_.run());
  }
  return transaction.commit();
}

Result<> Index::expire(std::span<const FileRow> rows) {
  TRY(auto add, db_.prepare("INSERT INTO garbage VALUES (?1) ON CONFLICT DO NOTHING"));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const auto& row : rows) {
    TRY_VOID(add.bind(1, row.path()).run());
    TRY_VOID(delete_.bind(1, row.id).run());
  }
  return transaction.commit();
}

Result<> Index::forget_garbage(std::span<const std::string> paths) {
  TRY(auto forget, db_.prepare("DELETE FROM garbage WHERE path=?1"));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const auto& path : paths) TRY_VOID(forget.bind(1, path).run());
  return transaction.commit();
}

Result<std::vector<std::string>> Index::garbage() {
  TRY(auto all, db_.prepare("SELECT path FROM garbage"));
  std::vector<std::string> paths;
  while (true) {
    TRY(const bool row, all.step());
    if (!row) return paths;
    paths.push_back(all.text(0));
  }
}

Result<std::vector<FileRow>> Index::open_files() {
  TRY(auto all, db_.prepare(select("WHERE open=1 ORDER BY id")));
  std::vector<FileRow> rows;
  while (true) {
    TRY(const bool row, all.step());
    if (!row) return rows;
    rows.push_back(read_row(all));
  }
}

Result<std::uint32_t> Index::newest_run(StreamId stream) {
  TRY(auto newest, db_.prepare("SELECT coalesce(max(run), 0) FROM file WHERE camera=?1 AND stream=?2"));
  newest.bind(1, std::int64_t{stream.camera}).bind(2, std::int64_t{stream.stream});
  TRY([[maybe_unused]] const bool row, newest.step());
  return static_cast<std::uint32_t>(newest.integer(0));
}

Result<std::optional<std::int64_t>> Index::newest_before(std::int64_t ms) {
  TRY(auto newest, db_.prepare("SELECT from_ms FROM file WHERE from_ms < ?1 ORDER BY from_ms DESC LIMIT 1"));
  TRY(const bool row, newest.bind(1, ms).step());
  return row ? std::optional(newest.integer(0)) : std::nullopt;
}

Result<std::optional<FileRow>> Index::next_closed(StreamId stream, std::int64_t from_ms, std::uint32_t run) {
  next_closed_.bind(1, std::int64_t{stream.camera}).bind(2, std::int64_t{stream.stream});
  TRY(const bool found, next_closed_.bind(3, from_ms).bind(4, std::int64_t{run}).step());
  if (!found) return std::nullopt;
  const FileRow row = read_row(next_closed_);
  next_closed_.reset();
  return row;
}

Result<std::vector<Index::Sum>> Index::sums() {
  TRY(auto all, db_.prepare("SELECT camera, stream, sum(bytes) FROM day GROUP BY camera, stream"));
  std::vector<Sum> list;
  while (true) {
    TRY(const bool row, all.step());
    if (!row) return list;
    list.push_back({.stream = {static_cast<std::uint32_t>(all.integer(0)), static_cast<std::uint8_t>(all.integer(1))},
                    .bytes = static_cast<std::uint64_t>(all.integer(2))});
  }
}

Result<bool> Index::complete() {
  TRY(const auto version, db_.user_version());
  return version == kComplete;
}

Result<> Index::replace(const std::function<Result<std::optional<Ended>>()>& next) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(db_.exec("DELETE FROM file; DELETE FROM day; DELETE FROM garbage"));
  while (true) {
    TRY(const auto file, next());
    if (!file) break;
    TRY_VOID(put(*file));
  }
  TRY_VOID(db_.set_user_version(kComplete));
  return transaction.commit();
}

}  // namespace qala::footage
