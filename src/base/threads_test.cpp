#include "base/threads.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace qala {
namespace {

boost::asio::awaitable<void> ask(Worker& worker, int& answer, bool& same_thread) {
  const auto here = std::this_thread::get_id();
  answer = co_await run_on(worker, [] { return 42; });
  same_thread = std::this_thread::get_id() == here;
}

TEST(Worker, ComesBackToTheCallersThreadWithTheResult) {
  Worker worker(1, "test");
  boost::asio::io_context context(1);
  int answer = 0;
  bool same_thread = false;
  boost::asio::co_spawn(context, ask(worker, answer, same_thread), boost::asio::detached);
  context.run();
  EXPECT_EQ(answer, 42);
  EXPECT_TRUE(same_thread);
}

TEST(Worker, RunsEverythingQueuedBeforeItStops) {
  int done = 0;
  {
    Worker worker(1, "test");
    for (int i = 0; i < 100; i++) worker.post([&done] { done++; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace qala
