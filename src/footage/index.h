#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sqlite.h"
#include "footage/fragment_list.h"
#include "footage/model.h"
#include "footage/walk.h"

namespace qala::footage {

/// A file as the index has it.
struct FileRow {
  std::int64_t id = 0;
  StreamId stream = {};
  std::uint32_t run = 0;
  std::int64_t from_ms = 0, to_ms = 0;
  std::uint64_t bytes = 0;
  bool open = false;
  Marks marks = Marks::still;

  /// "7/main/20261129/101500.000-12.mp4", from the footage folder.
  std::string path() const;
};
/// Of path(): the folder of the day.
std::string folder_of(std::string_view path);

std::string index_path(const std::string& folder);

/// index.db for those who change it: the recorder and rebuild(). Each call is one transaction and on the disk when it
/// returns. One thread at a time.
class Index {
 public:
  static Result<Index> open(const std::string& folder);

  /// Before the file is made. Gives the id.
  Result<std::int64_t> begin_file(const FileRow& row);
  struct Ended {
    FileRow row = {};
    std::string list = {};
  };
  /// Their rows get bytes, end and fragments, and are open no more.
  Result<> end_files(std::span<const Ended> files);
  /// Rows go, and their paths become garbage; the files are there still.
  Result<> expire(std::span<const FileRow> rows);
  /// The row goes, whatever file has its name stays.
  Result<> drop(const FileRow& row) { return delete_.bind(1, row.id).run(); }
  Result<> forget_garbage(std::span<const std::string> paths);
  Result<std::vector<std::string>> garbage();

  Result<std::vector<FileRow>> open_files();
  Result<std::uint32_t> newest_run(StreamId stream);
  /// When the newest file of all that began before `ms` began.
  Result<std::optional<std::int64_t>> newest_before(std::int64_t ms);
  /// Of closed files behind (from_ms, run) the first.
  Result<std::optional<FileRow>> next_closed(StreamId stream, std::int64_t from_ms, std::uint32_t run);
  struct Sum {
    StreamId stream = {};
    std::uint64_t bytes = 0;
  };
  Result<std::vector<Sum>> sums();

  /// False until replace() was done once: a new index knows nothing of the files that may be there.
  Result<bool> complete();
  /// Empties everything and puts these in their place, in one transaction. `next` gives the rows, none at the end.
  Result<> replace(const std::function<Result<std::optional<Ended>>()>& next);

 private:
  explicit Index(sqlite::Database db) : db_(std::move(db)) {}
  Result<> prepare();
  Result<> put(const Ended& file);

  sqlite::Database db_;
  sqlite::Statement insert_, end_, delete_, next_closed_;
};

/// The columns that read_row() wants, in its order.
constexpr std::string_view kRowColumns = "id, camera, stream, run, from_ms, to_ms, bytes, open, marks";
FileRow read_row(const sqlite::Statement& row);

}  // namespace qala::footage
