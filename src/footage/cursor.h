#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "footage/finder.h"
#include "footage/library.h"

namespace qala::footage {

/// Goes from file to file and, in a file that is being written, waits at its end for more.
class FileCursor final : public Cursor {
 public:
  FileCursor(Finder& finder, StreamId stream, std::int64_t from_ms, std::int64_t to_ms)
      : finder_(finder), stream_(stream), from_ms_(from_ms), to_ms_(to_ms) {}

  Result<std::optional<Piece>> next() override;
  std::uint64_t damaged() const override { return damaged_; }

 private:
  struct Place {
    FileRow row;
    std::vector<Fragment> fragments;
    std::size_t at = 0;
    std::optional<File> file;
    std::string init;
  };

  /// The file that holds `from`, or the first one after it.
  Result<> find_beginning();
  /// True if there is more in this file now, or another one to go on with.
  Result<bool> advance();
  Result<bool> more_in_this();
  /// False: it cannot be read, or is gone.
  Result<bool> enter(const FileRow& row);
  Result<std::optional<Piece>> read(const Fragment& fragment);
  Piece init_piece(const Fragment& next) const;

  Finder& finder_;
  StreamId stream_;
  std::int64_t from_ms_, to_ms_;
  std::optional<Place> place_;
  std::int64_t passed_ms_ = INT64_MIN;  ///< beginning and run of the file gone through last
  std::uint32_t passed_run_ = 0;
  std::uint32_t run_ = 0;  ///< of the init segment handed out last
  bool begun_ = false;
  std::uint64_t damaged_ = 0;
};

/// What to begin with in a file so that [from_ms …) can be decoded: its last key frame at or before it.
std::size_t first_needed(const std::vector<Fragment>& fragments, std::int64_t from_ms);

}  // namespace qala::footage
