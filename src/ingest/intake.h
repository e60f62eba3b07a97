#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "ingest/admission.h"

namespace qala::ingest {

/// The bridge from the transports to the writer. submit() from any thread; the writer takes everything that waits into
/// one commit. Rule for full: refuse (`unavailable`), at kMaxRows readings or kMaxSubmissions waiting.
class Intake {
 public:
  static constexpr std::size_t kMaxRows = 2'000'000;
  static constexpr std::size_t kMaxSubmissions = 50'000;
  static constexpr std::size_t kGroupRows = 40'000;  ///< a commit is cut here, so that no step of the writer is long
  static constexpr std::size_t kGroupText = 32u << 20;  ///< and here, far below what a row of the log takes

  Intake(Admission& admission, Worker& writer, const Clock& clock)
      : admission_(admission), writer_(writer), clock_(clock) {}

  /// `submission.done` is called on the writer thread, always.
  void submit(Submission submission);
  std::size_t waiting_rows() const;

 private:
  void run();

  Admission& admission_;
  Worker& writer_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Submission> waiting_;
  std::size_t waiting_rows_ = 0;
  std::int64_t oldest_ns_ = 0;
  bool scheduled_ = false;
};

}  // namespace qala::ingest
