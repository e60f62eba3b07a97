#include <chrono>

#include <pthread.h>

#include "base/log.h"
#include "readings/engine.h"

namespace qala::readings {

void Engine::wake() {
  {
    const std::lock_guard lock(wake_lock_);
    wanted_ = true;
  }
  wake_.notify_one();
}

/// A merge that fails has often written as much as one that is well, and taken the space of others meanwhile.
Engine::Setback Engine::setback_of(const Result<>& done) const {
  static constexpr std::int64_t kPatience = 5 * Instant::kMinute;
  if (done) return {};
  return {.why = done.error().message, .until = clock_.monotonic_ns() + kPatience};
}

/// Flushes, warms or merges, whatever is most urgent.
Result<> Engine::get_on(bool& did) {
  {
    const std::shared_lock lock(memory_);
    did = frozen_ != nullptr;
  }
  if (did) return flush();
  if (cold_) {
    did = true;
    return warm();
  }
  if (clock_.monotonic_ns() < merging_.until) return {};
  auto done = merge_one(false, did);
  merging_ = setback_of(done);
  return done;
}

/// The most urgent thing there is to do; false if there is nothing or it failed.
bool Engine::work_once() {
  const std::lock_guard work(work_);
  bool did = false, rid = false;
  auto done = get_on(did);
  if (!done || !did) {
    // What has to go goes though the other fails: it gives back the space that may be wanting.
    const bool waits = clock_.monotonic_ns() < rewriting_.until;
    auto gone = rewrite_hidden(rid, waits);
    if (!waits) rewriting_ = setback_of(gone);
    rid = rid && gone;
    if (done && !gone) done = std::move(gone);
    if (done && !rid) done = recount();
  }
  {
    const std::unique_lock lock(memory_);
    background_error_ = !done ? done.error().message : (!merging_.why.empty() ? merging_.why : rewriting_.why);
  }
  if (done) return did || rid;
  log::warn("background work failed, tried again", {{"why", done.error().message}});
  return rid;
}

void Engine::run() {
  pthread_setname_np(pthread_self(), "qala-readings");
  std::unique_lock lock(wake_lock_);
  while (!stopping_) {
    wanted_ = false;
    lock.unlock();
    const bool more = work_once();
    lock.lock();
    if (more) continue;
    // Looks round by itself now and then: months close by the clock, full disks are emptied.
    static constexpr auto kRound = std::chrono::seconds(2);
    wake_.wait_for(lock, kRound, [this] { return stopping_ || wanted_; });
  }
}

Result<> Engine::settle() {
  const std::lock_guard work(work_);
  for (bool all_frozen = false; !all_frozen;) {
    TRY_VOID(flush());
    const std::lock_guard writer(writer_);
    bool any = false;
    {
      const std::shared_lock lock(memory_);
      if (frozen_ != nullptr) continue;  // an append was quicker
      any = active_->rows() != 0;
    }
    if (any) freeze();
    all_frozen = true;
  }
  TRY_VOID(flush());
  for (bool did = true; did;) TRY_VOID(merge_one(true, did));
  if (cold_) TRY_VOID(warm());
  TRY_VOID(recount());
  const std::lock_guard writer(writer_);
  if (log_ != nullptr) drop_log();
  return {};
}

}  // namespace qala::readings
