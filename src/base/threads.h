#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qala {

/// A thread (or a few) that run posted jobs in order. The writer is one of one thread; the pool one of a few.
/// stop() runs what is queued, then joins. Jobs must not throw.
/// A job has a name, a word of the health page ("commit"): what took long is said with it.
class Worker {
 public:
  explicit Worker(std::size_t threads, const char* name);
  ~Worker();
  void post(std::function<void()> job, const char* what = "request");
  void stop();
  std::size_t queued() const;
  struct Longest {
    std::int64_t ns = 0;
    const char* what = "";
  };
  /// The longest job since the last call.
  Longest take_longest();
  bool is_this_thread() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  struct Job {
    std::function<void()> run;
    const char* what;
  };
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
  Longest longest_;
  bool stopping_ = false;
};

/// Runs `work` on `worker` and comes back to the caller's executor with its result:
/// `auto page = co_await run_on(pool, [&] { return read_page(); });`
template <class Work>
auto run_on(Worker& worker, Work work, const char* what = "request") -> boost::asio::awaitable<decltype(work())> {
  using Value = decltype(work());
  namespace asio = boost::asio;
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Value)>(
      [&worker, executor, what](auto handler, Work job) {
        // shared: std::function wants copyable jobs
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        worker.post(
            [shared, executor, job = std::move(job)]() mutable {
              auto value = std::make_shared<Value>(job());
              asio::dispatch(executor, [shared, value]() mutable { std::move (*shared)(std::move(*value)); });
            },
            what);
      },
      asio::use_awaitable, std::move(work));
}

}  // namespace qala
