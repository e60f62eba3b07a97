#include "app/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <future>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include "temporary_folder.h"

namespace qala::app {
namespace {

class ControlSocket : public ::testing::Test {
 protected:
  ~ControlSocket() override { stop(); }
  void serve(ControlLimits limits = {}) {
    control_ = std::make_unique<Control>(
        network_, path(), [this](std::string line, ControlOutput& output) { return command(std::move(line), output); },
        limits);
    ASSERT_TRUE(control_->start());
    boost::asio::co_spawn(network_, control_->run(), boost::asio::detached);
    thread_ = std::thread([this] { network_.run(); });
  }
  boost::asio::awaitable<Result<std::string>> command(std::string line, ControlOutput& output) {
    if (line == "break") co_return fail(ErrorKind::full, "the disk is full");
    if (line == "throw") throw std::runtime_error("a library's");
    if (line == "recite") {
      for (int i = 0; i < 100; i++) co_await output.print(std::string(50'000, 'x') + "\nok not the end\n");
    }
    if (line == "flood") {
      while (co_await output.print(std::string(1 << 20, 'x'))) {
      }
      flood_ended_.set_value();
    }
    if (line == "ponder") co_await hold_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return "did " + line;
  }
  /// A client of its own: what a program that does not read, or does not speak, looks like.
  int connected() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  void stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(network_, [this] {
      control_->stop();
      hold_.expires_at(std::chrono::steady_clock::time_point::min());  // also for a command that has yet to begin
    });
    thread_.join();
  }
  std::string path() const { return folder_.file("control.sock"); }

  tests::TemporaryFolder folder_;
  boost::asio::io_context network_;
  boost::asio::steady_timer hold_{network_, std::chrono::steady_clock::time_point::max()};
  std::promise<void> flood_ended_;
  std::unique_ptr<Control> control_;
  std::thread thread_;
};

TEST_F(ControlSocket, AnswersOneLineWithOne) {
  serve();
  EXPECT_EQ(*ask_server(path(), "settle"), "did settle");
  const auto failed = ask_server(path(), "break");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "the disk is full");
}

TEST_F(ControlSocket, IsForTheOwnerOnly) {
  serve();
  struct stat about{};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(ControlSocket, SaysThatNoServerRuns) {
  EXPECT_EQ(ask_server(path(), "settle").error().kind, ErrorKind::unavailable);
  serve();
  stop();
  EXPECT_FALSE(std::filesystem::exists(path())) << "nothing is left behind";
  EXPECT_EQ(ask_server(path(), "settle").error().kind, ErrorKind::unavailable);
}

TEST_F(ControlSocket, APathThatIsTooLongIsRefusedWithTheLimitAndNoServerIsThere) {
  const std::string path = folder_.file(std::string(kLongestSocketPath - folder_.path().size(), 'p'));
  ASSERT_EQ(path.size(), kLongestSocketPath + 1);
  Control control(network_, path, {});
  const auto started = control.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::invalid);
  EXPECT_NE(started.error().message.find(path), std::string::npos) << started.error().message;
  EXPECT_NE(started.error().message.find("at most 107"), std::string::npos) << started.error().message;
  EXPECT_EQ(ask_server(path, "check").error().kind, ErrorKind::unavailable);
  Control longest(network_, path.substr(0, kLongestSocketPath), {});
  EXPECT_TRUE(longest.start());
}

TEST_F(ControlSocket, TakesOverWhatAKilledServerLeft) {
  serve();
  stop();
  FILE* left = std::fopen(path().c_str(), "w");
  ASSERT_NE(left, nullptr);
  std::fclose(left);
  network_.restart();
  serve();
  EXPECT_TRUE(ask_server(path(), "settle"));
}

TEST_F(ControlSocket, WhatACommandPrintsComesWholeAndInOrder) {
  serve();
  std::string heard;
  EXPECT_EQ(*ask_server(path(), "recite", [&](std::string_view piece) { heard += piece; }), "did recite");
  std::string expected;
  for (int i = 0; i < 100; i++) expected += std::string(50'000, 'x') + "\nok not the end\n";
  EXPECT_TRUE(heard == expected) << heard.size();
}

TEST_F(ControlSocket, ACommandThatThrowsFailed) {
  serve();
  const auto answer = ask_server(path(), "throw");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the command failed within the server");
}

TEST_F(ControlSocket, ACommandThatTakesTooLongIsToldOf) {
  serve({.work = std::chrono::milliseconds(1)});
  const auto answer = ask_server(path(), "ponder", {}, std::chrono::seconds(20));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("the server goes on with it"), std::string::npos) << answer.error().message;
  EXPECT_EQ(*ask_server(path(), "settle"), "did settle") << "and the next one is answered";
}

TEST_F(ControlSocket, WhoDoesNotSpeakIsHungUpOn) {
  serve({.line = std::chrono::milliseconds(1)});
  const int silent = connected();
  char byte = 0;
  EXPECT_EQ(::recv(silent, &byte, 1, 0), 0);
  ::close(silent);
}

TEST_F(ControlSocket, WhoDoesNotReadIsHungUpOnAndTheCommandEnds) {
  serve({.take = std::chrono::milliseconds(1)});
  const int deaf = connected();
  ASSERT_EQ(::send(deaf, "flood\n", 6, 0), 6);
  flood_ended_.get_future().wait();
  ::close(deaf);
}

TEST_F(ControlSocket, AServerThatSaysNothingIsNotWaitedForForEver) {
  serve();
  const auto answer = ask_server(path(), "ponder", {}, std::chrono::milliseconds(1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
}

TEST_F(ControlSocket, TooManyAtOnceAreRefusedWithAReason) {
  serve({.conversations = 0});
  const auto answer = ask_server(path(), "settle");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("busy"), std::string::npos);
}

}  // namespace
}  // namespace qala::app
