#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "footage/disk.h"
#include "footage/model.h"
#include "media/format.h"

namespace qala::footage {

/// Since open(); for the health page and the metrics.
struct RecorderCounters {
  std::uint64_t fragments = 0, bytes = 0, files = 0;
  std::uint64_t syncs = 0;          ///< fdatasync of one file
  std::uint64_t refused = 0;        ///< fragments that were not stored, whatever the reason
  std::uint64_t full = 0;           ///< of these: because the disk was full
  std::uint64_t adopted = 0;        ///< files that an earlier process left open
  std::uint64_t torn_tails = 0;     ///< of these: whose end was cut
  std::uint64_t torn_bytes = 0;     ///< that were cut
  std::uint64_t expired_files = 0;  ///< removed by retention
  std::uint64_t expired_bytes = 0;
  std::uint64_t held_files = 0;     ///< that would have gone by now if they were not held; as of the last sync()
};

/// Writes what cameras send to the disk, and removes it when its time has come. One per footage folder and machine: a
/// second one, in this or another process, is refused (`conflict`).
///
/// FOLDER/<camera>/<main|sub>/YYYYMMDD/HHMMSS.mmm-<run>.mp4   (UTC), an ordinary fragmented MP4 that players open;
/// boxes of our own in it say when each fragment was and whether it is whole. FOLDER/index.db can be made anew from
/// these files (library.h). Formats: docs/formats/footage.md.
///
/// What it promises:
/// - kill -9 loses nothing whose append() had returned; of an append() under way nothing is ever served.
/// - A power cut loses at most what was appended within kSyncEvery before it, if sync() is called once a second.
/// - An append() that fails leaves the file as it was before; what was stored stays. The stream goes on with the next
///   fragment that begins with a key frame, in a new run.
/// - No file without a row, no row without a file, wherever it is interrupted.
///
/// Any one thread at a time. Every call may wait for the disk (a full group of syncs can take a second on a slow one),
/// so give it a thread of its own with a bounded queue; never the thread of the sockets. `clock` and `disk` must
/// outlive it. The destructor ends all streams.
class Recorder {
 public:
  static constexpr std::int64_t kSyncEvery = 4 * Instant::kSecond;    ///< and the second until sync() is called: 5 s
  static constexpr std::int64_t kFileLength =
      5 *
      Instant::kMinute;  ///< a file ends at the next key frame after it; the first of a run up to two minutes sooner
  static constexpr std::int64_t kLongestFile = 30 * Instant::kMinute; ///< and here without one
  static constexpr std::int64_t kLongestGap = Instant::kSecond;       ///< a longer one within a run begins a new run

  /// `folder` is DATA/footage or one on a disk of its own; made if absent. Files that an earlier process left open are
  /// looked through, torn ends cut, and entered. An index that is missing or unreadable is made anew from the files
  /// (minutes for a full disk; said in the log).
  static Result<std::unique_ptr<Recorder>> open(const std::string& folder, const Clock& clock,
                                                Disk& disk = Disk::system());
  virtual ~Recorder() = default;

  /// Begins a run: what comes is not continuous with what was before (a new connection, another format). The file is
  /// made by the first append(). `at` is when it began; only for the log. Ends the run before it.
  virtual Result<> begin(StreamId id, const media::Track& video, Instant at, const media::Track* audio = nullptr) = 0;

  /// Appends one fragment: a group of pictures or a part of one, at best 1 to 2 s long. `at`: wall clock of the first
  /// picture; kept to the millisecond. `video` in decode order, decode times not decreasing within the run; `audio` of
  /// the same stretch of time, in the audio track's clock. The first fragment of a run begins with a key frame; others
  /// need not. Files change only at key frames. Written (not yet synced) when this returns.
  ///
  /// If `at` leaves the end of the fragment before by more than kLongestGap, forwards (recording on motion) or
  /// backwards (the clock was set), a new run begins by itself, with a key frame.
  ///
  /// Errors, after each of which the same or the next fragment may be tried: `full` (the disk), `unavailable` (waits
  /// for a key frame), `conflict` (no begin()), `invalid` (no samples, or more than 64 MB), others of the disk.
  virtual Result<> append(StreamId id, Instant at, std::span<const media::Sample> video, bool motion,
                          std::span<const media::Sample> audio = {}) = 0;

  /// The stream is over: its file is synced and entered by the next sync().
  virtual void end(StreamId id) = 0;

  /// What goes when; nothing goes before this was called.
  virtual void retain(Retention retention) = 0;

  /// To be called once a second: syncs what is due, all due files together; enters files that have ended; removes what
  /// retention says, a bounded number at a time. By age nothing is removed in the first ten minutes, nor in the ten
  /// after the wall clock jumped: a wrong clock must not empty a disk. The first error is returned, the rest of the
  /// work is done all the same.
  virtual Result<> sync() = 0;

  virtual RecorderCounters counters() const = 0;
};

}  // namespace qala::footage
