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

/// The most urgent thing there is to do; false if there is nothing.
bool Engine::work_once() {
  const std::lock_guard work(work_);
  bool did = false;
  const auto done = [&]() -> Result<> {
    {
      const std::shared_lock lock(memory_);
      did = frozen_ != nullptr;
    }
    if (did) return flush();
    if (cold_) {
      did = true;
      return warm();
    }
    TRY_VOID(merge_one(false, did));
    if (did) return {};
    return rewrite_hidden(did);
  }();
  {
    const std::unique_lock lock(memory_);
    background_error_ = done ? std::string() : done.error().message;
  }
  if (done) return did;
  log::warn("background work failed, tried again", {{"why", done.error().message}});
  return false;
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
  TRY_VOID(flush());
  {
    const std::lock_guard writer(writer_);
    bool any = false;
    {
      const std::shared_lock lock(memory_);
      any = active_->rows() != 0;
    }
    if (any) freeze();
  }
  TRY_VOID(flush());
  for (bool did = true; did;) TRY_VOID(merge_one(true, did));
  if (cold_) TRY_VOID(warm());
  const std::lock_guard writer(writer_);
  if (log_ != nullptr) drop_log();
  return {};
}

}  // namespace qala::readings
