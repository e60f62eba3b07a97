#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "readings/observation.h"

namespace qala::readings {

class LogDisk;

constexpr std::size_t kMostRowReadings = 1u << 22;
constexpr std::size_t kMostRowText = 1u << 28;  ///< bytes of all texts of a row; of all parameters

/// One log row, as columns: <= 8 bytes a reading for ordinary telemetry, never request text. Pure functions. Rows
/// beyond the limits above are not decoded.
void encode_row(std::span<const Batch* const> batches, std::string_view attachment, std::string& out);
Result<> decode_row(std::span<const std::byte> bytes, Batch& into, std::string& attachment);

/// The durable log: preallocated files `000001.log`..., rows with sequence, length and CRC32C. Writer thread only.
/// A torn row at the end (never acknowledged) is dropped on open; damage before the end is `corrupt`, named.
class Log {
 public:
  using Each = std::function<Result<>(std::uint64_t sequence, std::span<const std::byte> row)>;
  /// Opens the folder and hands every row that is there to `each`, oldest first.
  static Result<std::unique_ptr<Log>> open(const std::string& folder, std::uint64_t segment_bytes, const Clock& clock,
                                           const Each& each, LogDisk* disk = nullptr);
  /// What a log holds; `last` is `first` - 1 if that is no row.
  struct Rows {
    std::uint64_t first = 1, last = 0;
  };
  /// Verifies the log and hands out its rows without changing anything; for `qala check`.
  static Result<Rows> verify(const std::string& folder, const Each& each);
  virtual ~Log() = default;
  /// Writes and syncs (fdatasync). After an error nothing of the row counts and the log refuses further rows until
  /// reopened, but for `full`, after which it goes on when there is space.
  virtual Result<std::uint64_t> append(std::span<const std::byte> row) = 0;
  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t first_sequence() const = 0;
  /// Removes (or, if `reuse`, recycles as the next preallocated file) whole files that hold only rows <= sequence.
  virtual Result<> drop_until(std::uint64_t sequence, bool reuse = true) = 0;
  virtual std::uint64_t bytes() const = 0;
  /// The files and how much of each holds rows, oldest first.
  struct Part {
    std::string path;
    std::uint64_t bytes = 0;
  };
  virtual std::vector<Part> parts() const = 0;
  virtual std::uint64_t sync_calls() const = 0;
  virtual std::uint64_t last_sync_ns() const = 0;
  /// Every row after `sequence`, oldest first.
  virtual Result<> read_after(std::uint64_t sequence, const Each& each) const = 0;
  /// Makes the next file ready ahead of need, so that append never waits for it: one step of at most 512 KiB written
  /// and synced a call (none of that for a file used before), nothing to do once ahead_ready(). Called when the writer
  /// is idle.
  virtual Result<> prepare_ahead() = 0;
  virtual bool ahead_ready() const = 0;
  /// Goes on in a fresh file now, so that drop_until(last_sequence()) can drop every row there is; then
  /// prepare_ahead() until ahead_ready() has overwritten their bytes. For erasing.
  virtual Result<> roll() = 0;
  /// Gives back the space that only waits for rows to come. For a clean stop: the next start prepares it again.
  virtual Result<> give_back() = 0;
};

}  // namespace qala::readings
