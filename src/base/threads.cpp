#include "base/threads.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qala {

Worker::Worker(std::size_t threads, const char* name) {
  for (std::size_t i = 0; i < threads; i++) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), name);
  }
}

Worker::~Worker() { stop(); }

void Worker::post(std::function<void()> job, const char* what) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(job), what});
  }
  wake_.notify_one();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t Worker::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

Worker::Longest Worker::take_longest() {
  const std::lock_guard lock(mutex_);
  return std::exchange(longest_, {});
}

bool Worker::is_this_thread() const {
  return std::ranges::any_of(threads_, [](const auto& t) { return t.get_id() == std::this_thread::get_id(); });
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    job.run();
    job.run = nullptr;
    const auto took = std::chrono::steady_clock::now() - start;
    lock.lock();
    const std::int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
    if (ns > longest_.ns) longest_ = {.ns = ns, .what = job.what};
  }
}

boost::asio::awaitable<void> wait_for_call(std::function<void(std::function<void()>)> begin) {
  namespace asio = boost::asio;
  auto executor = co_await asio::this_coro::executor;
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [executor](auto handler, const std::function<void(std::function<void()>)>& first) {
        // shared: std::function wants what can be copied
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // post: called within `first`, it would go on while the coroutine is still on its way to sleep
        first([shared, executor] { asio::post(executor, [shared] { std::move (*shared)(); }); });
      },
      asio::use_awaitable, std::move(begin));
}

boost::asio::awaitable<void> run_job_on(Worker& worker, std::function<void()> job, const char* what) {
  return wait_for_call([&worker, job = std::move(job), what](std::function<void()> done) {
    worker.post(
        [job, done = std::move(done)] {
          job();
          done();
        },
        what);
  });
}

}  // namespace qala
