#include "sandbox/helper.h"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

#include <jstypes.h>

#include <js/HelperThreadAPI.h>

namespace qala::sandbox {

namespace {

constexpr std::size_t kStackBytes =
    512u << 10;  ///< what the engine believes to have; the thread has the C library's 8 MB

/// Never destroyed: the thread waits on it until the process ends.
struct Work {
  std::mutex mutex;
  std::condition_variable more, ready;
  unsigned open = 0;  ///< tasks that nobody has begun
  bool waits = false;
};
Work& work() {
  static Work& all = *new Work;
  return all;
}

void run() {
  Work& all = work();
  std::unique_lock lock(all.mutex);
  all.waits = true;
  all.ready.notify_all();
  for (;;) {
    all.more.wait(lock, [&] { return all.open > 0; });
    all.open--;
    lock.unlock();
    JS::RunHelperThreadTask();
    lock.lock();
  }
}

/// Called by the engine, which holds its own lock.
void dispatch(JS::DispatchReason) {
  const std::lock_guard lock(work().mutex);
  work().open++;
  work().more.notify_one();
}

}  // namespace

void start_helper() {
  std::thread(run).detach();
  {
    std::unique_lock lock(work().mutex);
    work().ready.wait(lock, [] { return work().waits; });
  }
  JS::SetHelperThreadTaskCallback(dispatch, 1, kStackBytes);
}

}  // namespace qala::sandbox
