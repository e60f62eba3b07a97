#pragma once

#include <string>

#include "client.h"

namespace qala::bench {

/// What a disk allows: a bare loop of one write and one fdatasync of `row` bytes into a preallocated, zeroed file in
/// `folder`, as the log does it. The file goes with the object.
class SyncProbe {
 public:
  SyncProbe(const std::string& folder, std::size_t row);
  ~SyncProbe();
  SyncProbe(const SyncProbe&) = delete;
  SyncProbe& operator=(const SyncProbe&) = delete;

  void run_until(std::int64_t monotonic_end_ns);
  const Times& times() const { return times_; }
  std::size_t row() const { return row_; }

 private:
  std::string path_;
  std::size_t row_, at_ = 0;
  int file_;
  Times times_;
};

}  // namespace qala::bench
