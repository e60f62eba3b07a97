#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "footage/disk.h"
#include "footage/index.h"
#include "footage/model.h"
#include "footage/walk.h"
#include "media/format.h"

namespace qala::footage {

/// What a run is made of.
struct Format {
  media::Track video = {};
  std::optional<media::Track> audio = {};
};

/// One fragment that is to be written.
struct Take {
  std::int64_t at_ms = 0;
  std::span<const media::Sample> video = {}, audio = {};
  bool motion = false;

  bool key() const { return !video.empty() && video.front().key; }
};
/// How long the samples last, in milliseconds: at least one, at most a minute, whatever the last one claims.
std::uint32_t duration_ms(std::span<const media::Sample> samples, std::uint32_t clock);

/// One footage file that is being written. Part of the recorder, on its thread.
class OpenFile {
 public:
  /// Makes the file, with its init segment and its mark. If that fails nothing is left.
  static Result<std::unique_ptr<OpenFile>> create(const std::string& folder, const FileRow& row, const Format& format,
                                                  Disk& disk);

  /// If it fails the file is as it was; if even that cannot be had, usable() is false from then on.
  Result<> append(const Take& take, const Format& format);
  /// fdatasync; makes the name durable, too.
  void start_sync();
  Result<> sync();

  bool usable() const { return usable_; }
  bool unsynced() const { return size_ != synced_ || new_name_; }
  std::uint64_t size() const { return size_; }
  std::int64_t from_ms() const { return row_.from_ms; }
  std::int64_t end_ms() const { return fragments_.empty() ? row_.from_ms : fragments_.back().end_ms(); }
  std::size_t fragments() const { return fragments_.size(); }
  /// What the index is told when it is over.
  Index::Ended ended() const;

 private:
  OpenFile(std::string folder, FileRow row, File file, Disk& disk);

  std::string folder_;  ///< of the day
  FileRow row_;
  File file_;
  Disk& disk_;
  std::uint64_t begin_ = 0;  ///< of the first mark
  std::uint64_t size_ = 0, synced_ = 0;
  bool new_name_ = true, usable_ = true;
  std::uint32_t boxes_ = 0;  ///< moof boxes so far
  std::vector<Fragment> fragments_;
};

}  // namespace qala::footage
