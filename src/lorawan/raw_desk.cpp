#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "lorawan/raw.h"

namespace qala::lorawan {

bool RawDesk::commit(Work work, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMostWaiting) return false;
    jobs_.push_back({std::move(work), std::move(done)});
    if (std::exchange(scheduled_, true)) return true;
  }
  worker_.post([this] { run(); }, "lorawan");
  return true;
}

void RawDesk::run() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
    scheduled_ = false;
  }
  Result<> outcome;
  if (auto transaction = sqlite::Transaction::begin(store_.database()); !transaction) {
    outcome = transaction.error();
  } else {
    for (Job& job : jobs) {
      if (outcome = job.work(store_); !outcome) break;
    }
    if (outcome) outcome = transaction->commit();
  }
  if (!outcome) log::error("raw payloads not stored", {{"why", outcome.error().message}});
  boost::asio::post(network_, [jobs = std::move(jobs), outcome = std::move(outcome)] {
    for (const Job& job : jobs) {
      if (job.done) job.done(outcome);
    }
  });
}

}  // namespace qala::lorawan
