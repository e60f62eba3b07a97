#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sqlite.h"
#include "footage/index.h"
#include "footage/model.h"
#include "footage/walk.h"

namespace qala::footage {

/// Finds files and fragments for readers: the index for files that have ended, the files themselves for those that are
/// being written. Any thread; one question at a time. Notices when the index was made anew.
class Finder {
 public:
  explicit Finder(std::string folder) : folder_(std::move(folder)) {}

  /// Files that have anything in [from_ms, to_ms), by their beginnings. Of open ones to_ms and bytes are what is there.
  Result<std::vector<FileRow>> files(StreamId stream, std::int64_t from_ms, std::int64_t to_ms);
  /// The first behind (from_ms, run) that begins before to_ms.
  Result<std::optional<FileRow>> next_file(StreamId stream, std::int64_t from_ms, std::uint32_t run,
                                           std::int64_t to_ms);
  /// As it is now; none: it is gone.
  Result<std::optional<FileRow>> again(std::int64_t id);
  Result<std::vector<Fragment>> fragments(const FileRow& row);

  struct DaySum {
    StreamId stream = {};
    std::int64_t day = 0;
    std::uint64_t files = 0, bytes = 0;
  };
  /// By camera, stream and day; open files count with what they have.
  Result<std::vector<DaySum>> days();
  /// Beginning of the first and end of the last file of a stream.
  struct Reach {
    std::int64_t from_ms = 0, to_ms = 0;
  };
  Result<std::optional<Reach>> reach(StreamId stream);

  const std::string& folder() const { return folder_; }
  /// Files that are known to be written; days() forgets those that have ended.
  std::size_t growing() const { return growing_.size(); }

 private:
  /// What is known of a file that is being written.
  struct Growing {
    std::uint64_t begin = 0;
    Walked walked;
  };
  Result<bool> connect();
  Result<> look(FileRow& row);
  Result<Growing*> grow(const FileRow& row);
  Result<std::optional<FileRow>> one(sqlite::Statement& statement);

  std::string folder_;
  std::mutex mutex_;
  std::optional<sqlite::Database> db_;
  ino_t inode_ = 0;
  std::map<std::int64_t, Growing> growing_;
};

/// A file that lasts longer than this is not looked for from its end.
constexpr std::int64_t kLongestFileMs = 31 * 60 * 1'000;

}  // namespace qala::footage
