#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "readings/log.h"
#include "readings/log_frame.h"

namespace qala::readings {

/// One file of the log as found on the disk.
struct LogFileState {
  std::string path;
  LogHead head;
  std::uint64_t size = 0;
  std::uint64_t first = 0;  ///< sequence of its first row, 0: it has none
  std::uint64_t last = 0;
  std::uint64_t used = kLogHead;  ///< where the next row would go
  std::uint64_t last_row = 0;     ///< offset of its last row
};

/// All files, oldest first, and where the log goes on.
struct LogState {
  std::vector<LogFileState> files;
  std::size_t current = 0;  ///< index of the file that takes the next row; any after it is prepared and empty
  std::uint64_t next_sequence = 1;
};

std::string log_file_name(std::uint64_t number);
/// Reads and verifies every row, oldest first. A row that is cut off or does not verify ends the log if nothing whole
/// follows it (an append that was never acknowledged); if something does, that is damage: `corrupt`, naming file,
/// offset and the rows lost. Changes nothing.
Result<LogState> read_log(const std::string& folder, const Log::Each& each);

}  // namespace qala::readings
