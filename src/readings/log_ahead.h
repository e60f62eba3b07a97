#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "readings/log_disk.h"
#include "readings/log_frame.h"

namespace qala::readings {

/// The log file being made ready under `next.tmp`: a dropped file, if one was kept, else one zeroed in steps; then
/// given its head and its name. A dropped file's old rows may stay: they never pass for rows of the new one, whose salt
/// is another. Writer thread only. After an error it starts again from the beginning.
class LogAhead {
 public:
  LogAhead(std::string folder, std::uint64_t segment_bytes, LogDisk& disk)
      : folder_(std::move(folder)), segment_bytes_(segment_bytes), disk_(disk) {}

  struct Ready {
    File file;
    std::string path;
    LogHead head;
    std::uint64_t size = 0;
  };

  bool ready() const { return ready_.has_value(); }
  /// One step; done when ready(). `number`: of the file in the log.
  Result<> step(std::uint64_t number);
  /// All that is left, so that a row of `row_bytes` fits in, and hands the file over.
  Result<Ready> take(std::uint64_t number, std::uint64_t row_bytes);
  /// A prepared file found at start-up.
  void adopt(Ready ready) { ready_ = std::move(ready); }
  /// Keeps a dropped file's blocks for the next one, if none is kept yet; otherwise removes it.
  Result<> recycle(const std::string& path);
  /// The next file is to have no byte of an earlier life, though it is ready or was dropped before.
  Result<> overwrite();
  /// Removes what is prepared or kept for that.
  Result<> discard();
  /// Bytes on the disk that are not yet part of the log.
  std::uint64_t bytes() const;

 private:
  Result<> begin();
  Result<> finish(std::uint64_t number);
  Result<> advance(std::uint64_t number);
  std::string temporary() const { return folder_ + "/next.tmp"; }
  std::string spare() const { return folder_ + "/spare.old"; }

  std::string folder_;
  std::uint64_t segment_bytes_;
  LogDisk& disk_;
  std::optional<File> file_;  ///< being zeroed
  std::uint64_t size_ = 0;
  std::uint64_t zeroed_ = 0;
  bool overwrite_ = false;
  std::optional<Ready> ready_;
};

}  // namespace qala::readings
