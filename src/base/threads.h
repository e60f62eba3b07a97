#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

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

/// Calls `begin` with a function that is to be called once, from any thread, and waits for it on the caller's executor
/// (one thread). Who drops that function without calling it ends the coroutine that waits. For `answer_of` and
/// `run_on`, which say what is given back; compiled once, because Asio's part is long.
boost::asio::awaitable<void> wait_for_call(std::function<void(std::function<void()>)> begin);

/// Waits for what is given to a function, once and from any thread, and goes on with it on the caller's executor:
/// `auto report = co_await answer_of<Result<Report>>([&](auto done) { intake.submit(submission, done); });`
template <class Value, class Begin>
boost::asio::awaitable<Value> answer_of(Begin begin) {
  const auto kept = std::make_shared<std::optional<Value>>();
  co_await wait_for_call([&begin, kept](std::function<void()> call) {
    begin([kept, call = std::move(call)](Value value) {
      kept->emplace(std::move(value));
      call();
    });
  });
  co_return std::move(**kept);
}

/// Runs `job` on `worker` and comes back to the caller's executor. What it refers to must live until then, as what lies
/// in the coroutine that waits does.
boost::asio::awaitable<void> run_job_on(Worker& worker, std::function<void()> job, const char* what);

/// Runs `work` on `worker` and comes back to the caller's executor with its result:
/// `auto page = co_await run_on(pool, [&] { return read_page(); });`
template <class Work>
auto run_on(Worker& worker, Work work, const char* what = "request") -> boost::asio::awaitable<decltype(work())> {
  std::optional<decltype(work())> value;
  co_await run_job_on(worker, [&] { value.emplace(work()); }, what);
  co_return std::move(*value);
}

}  // namespace qala
