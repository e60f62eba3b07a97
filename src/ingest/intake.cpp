#include "ingest/intake.h"

#include <span>
#include <utility>

namespace qala::ingest {

void Intake::submit(Submission submission) {
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    refused = waiting_rows_ >= kMaxRows || waiting_.size() >= kMaxSubmissions;
    if (!refused) {
      if (waiting_.empty()) oldest_ns_ = clock_.monotonic_ns();
      waiting_rows_ += submission.batch.rows.size();
      waiting_.push_back(std::move(submission));
      if (std::exchange(scheduled_, true)) return;
    }
  }
  if (!refused) {
    writer_.post([this] { run(); }, "commit");
    return;
  }
  // Only the answer waits for the writer: what is refused must not fill the memory.
  admission_.count_busy(submission.batch.rows.size());
  writer_.post([done = std::move(submission.done)] {
    if (done) done(fail(ErrorKind::unavailable, "the writer is busy: send again a little later"));
  });
}

void Intake::run() {
  std::vector<Submission> group;
  std::int64_t since = 0;
  {
    const std::lock_guard lock(mutex_);
    group.swap(waiting_);
    waiting_rows_ = 0;
    since = oldest_ns_;
    scheduled_ = false;
  }
  for (std::size_t from = 0; from < group.size();) {
    std::size_t rows = 0, text = 0;
    std::size_t to = from;
    for (; to < group.size(); to++) {
      const auto& batch = group[to].batch;
      const bool fits = rows + batch.rows.size() <= kGroupRows && text + batch.text.size() <= kGroupText;
      if (to != from && !fits) break;
      rows += batch.rows.size();
      text += batch.text.size();
    }
    admission_.commit(std::span(group).subspan(from, to - from), since);
    from = to;
  }
}

std::size_t Intake::waiting_rows() const {
  const std::lock_guard lock(mutex_);
  return waiting_rows_;
}

}  // namespace qala::ingest
