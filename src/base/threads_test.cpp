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
  boost::asio::io_context context(1);
  Worker worker(1, "test");  // ends first: it may still be waking the other
  int answer = 0;
  bool same_thread = false;
  boost::asio::co_spawn(context, ask(worker, answer, same_thread), boost::asio::detached);
  context.run();
  EXPECT_EQ(answer, 42);
  EXPECT_TRUE(same_thread);
}

boost::asio::awaitable<void> listen(std::function<void(std::function<void(std::string)>)> asked, std::string& heard,
                                    std::thread::id& where) {
  heard = co_await answer_of<std::string>([&](auto done) { asked(done); });
  where = std::this_thread::get_id();
}

TEST(Answer, FromAnotherThreadIsHeardOnTheCallers) {
  boost::asio::io_context context(1);
  Worker worker(1, "test");  // ends first: it may still be waking the other
  std::string heard;
  std::thread::id where;
  const auto asked = [&](std::function<void(std::string)> done) { worker.post([done] { done("there"); }); };
  boost::asio::co_spawn(context, listen(asked, heard, where), boost::asio::detached);
  context.run();
  EXPECT_EQ(heard, "there");
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Answer, GivenAtOnceIsHeardOnceTheCallerWaits) {
  boost::asio::io_context context(1);
  std::string heard;
  std::thread::id where;
  bool asking = false;
  const auto asked = [&](const std::function<void(std::string)>& done) {
    asking = true;
    done("at once");
    EXPECT_EQ(heard, "");
    asking = false;
  };
  boost::asio::co_spawn(context, listen(asked, heard, where), boost::asio::detached);
  context.run();
  EXPECT_FALSE(asking);
  EXPECT_EQ(heard, "at once");
}

TEST(Answer, ThatWillNeverComeEndsWhoWaits) {
  boost::asio::io_context context(1);
  std::string heard = "nothing";
  std::thread::id where;
  boost::asio::co_spawn(context, listen([](const auto&) {}, heard, where), boost::asio::detached);
  context.run();
  EXPECT_EQ(heard, "nothing");
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
