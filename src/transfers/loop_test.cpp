#include "transfers/loop.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <vector>

namespace qala::transfers {
namespace {

using namespace std::chrono_literals;

/// A port of this machine that takes connections and never says a word.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(socket_, 64), 0);
    socklen_t size = sizeof at;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/";
  }
  ~SilentPort() { ::close(socket_); }
  const std::string& url() const { return url_; }
  /// Waits for a connection.
  void greet() const { ::close(::accept(socket_, nullptr, nullptr)); }
  int hold() const { return ::accept(socket_, nullptr, nullptr); }

 private:
  int socket_;
  std::string url_;
};

constexpr int kCutOff = -1, kNever = -2;

/// How it ended; a transfer that is forgotten does not hold up the tests for ever.
int outcome(std::promise<int>& ended) {
  auto told = ended.get_future();
  return told.wait_for(60s) == std::future_status::ready ? told.get() : kNever;
}

class Get final : public Transfer {
 public:
  Get(const std::string& url, std::promise<int>& ended) : handle_(curl_easy_init()), ended_(ended) {
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  }
  ~Get() override { curl_easy_cleanup(handle_); }
  void* handle() override { return handle_; }
  void finish(int code) override { ended_.set_value(code); }
  void cut_off() override { ended_.set_value(kCutOff); }

 private:
  CURL* handle_;
  std::promise<int>& ended_;
};

class Unsendable final : public Transfer {
 public:
  explicit Unsendable(std::promise<int>& ended) : ended_(ended) {}
  void* handle() override { return nullptr; }
  void finish(int code) override { ended_.set_value(code); }
  void cut_off() override { ended_.set_value(kCutOff); }

 private:
  std::promise<int>& ended_;
};

Loop::Taken get(Loop& loop, const std::string& url, std::promise<int>& ended) {
  std::unique_ptr<Transfer> transfer = std::make_unique<Get>(url, ended);
  return loop.send(transfer);
}

TEST(Transfers, EndsAsLibcurlSays) {
  const SilentPort port;
  Loop loop({});
  std::promise<int> ended;
  ASSERT_EQ(get(loop, port.url(), ended), Loop::Taken::yes);
  port.greet();  // and hangs up
  const int code = outcome(ended);
  EXPECT_TRUE(code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR) << code;
}

TEST(Transfers, WhatCannotBeSentIsSaid) {
  Loop loop({});
  std::promise<int> ended;
  std::unique_ptr<Transfer> transfer = std::make_unique<Unsendable>(ended);
  ASSERT_EQ(loop.send(transfer), Loop::Taken::yes);
  EXPECT_EQ(outcome(ended), CURLE_FAILED_INIT);
}

TEST(Transfers, NoMoreAtOnceThanAllowedAndWhatIsTooMuchStaysTheCallers) {
  const SilentPort port;
  Loop loop({.name = "few", .at_once = 1, .most_waiting = 2});
  std::vector<std::promise<int>> ended(4);
  ASSERT_EQ(get(loop, port.url(), ended[0]), Loop::Taken::yes);
  const int held = port.hold();  // the first is under way, and stays so
  ASSERT_EQ(get(loop, port.url(), ended[1]), Loop::Taken::yes);
  ASSERT_EQ(get(loop, port.url(), ended[2]), Loop::Taken::yes);
  std::unique_ptr<Transfer> last = std::make_unique<Get>(port.url(), ended[3]);
  EXPECT_EQ(loop.send(last), Loop::Taken::full);
  EXPECT_TRUE(last);
  loop.stop(0ms);
  for (int i : {0, 1, 2}) EXPECT_EQ(outcome(ended[static_cast<std::size_t>(i)]), kCutOff) << i;
  EXPECT_EQ(loop.send(last), Loop::Taken::ending);
  EXPECT_TRUE(last);
  ::close(held);
}

TEST(Transfers, WhatIsUnderWayMayEndWithinItsGrace) {
  const SilentPort port;
  Loop loop({});
  std::promise<int> ended;
  ASSERT_EQ(get(loop, port.url(), ended), Loop::Taken::yes);
  const int held = port.hold();
  auto stopping = std::async(std::launch::async, [&] { loop.stop(1h); });
  ::close(held);
  EXPECT_NE(outcome(ended), kCutOff);
  stopping.get();
}

}  // namespace
}  // namespace qala::transfers
