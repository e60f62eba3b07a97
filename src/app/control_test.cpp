#include "app/control.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace qala::app {
namespace {

class ControlSocket : public ::testing::Test {
 protected:
  ControlSocket() {
    std::string pattern = ::testing::TempDir() + "qala-control-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ControlSocket() override {
    stop();
    std::filesystem::remove_all(folder_);
  }
  void serve() {
    control_ = std::make_unique<Control>(network_, path(), [](std::string line) -> boost::asio::awaitable<Result<std::string>> {
      if (line == "break") co_return fail(ErrorKind::full, "the disk is full");
      co_return "did " + line;
    });
    ASSERT_TRUE(control_->start());
    boost::asio::co_spawn(network_, control_->run(), boost::asio::detached);
    thread_ = std::thread([this] { network_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(network_, [this] { control_->stop(); });
    thread_.join();
  }
  std::string path() const { return folder_ + "/control.sock"; }

  std::string folder_;
  boost::asio::io_context network_;
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
  struct stat about {};
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

}  // namespace
}  // namespace qala::app
