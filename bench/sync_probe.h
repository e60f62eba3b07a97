#pragma once

#include <string>

#include "client.h"

namespace qala::bench {

/// What a disk allows: a bare loop of one write and one fdatasync of `row` bytes into a preallocated, zeroed file in
/// `path`, as the log does it. The file goes with the object.
class SyncProbe {
 public:
  /// `rate`: how many a second come by to see how long the disk makes them wait.
  SyncProbe(const std::string& path, std::size_t row, double rate);
  ~SyncProbe();
  SyncProbe(const SyncProbe&) = delete;
  SyncProbe& operator=(const SyncProbe&) = delete;

  enum class Pace { flat_out, at_rate };
  /// One thread at a time.
  void run_until(std::int64_t monotonic_end_ns, Pace pace);
  /// Of each sync.
  const Times& times() const { return times_; }
  /// Of those who come at `rate` and wait for the next sync to begin and end, as a message does: a stall of 100 ms is
  /// one of ten thousand syncs, but met by everybody who comes in these 100 ms.
  const Times& arrivals() const { return arrivals_; }
  std::size_t row() const { return row_; }

 private:
  std::string path_;
  std::size_t row_, at_ = 0;
  int file_;
  std::int64_t apart_ns_;
  Times times_, arrivals_;
};

}  // namespace qala::bench
