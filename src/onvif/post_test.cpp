#include "onvif/post.h"

#include <gmock/gmock.h>

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <thread>

#include "onvif/limits.h"

namespace qala::onvif {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;

/// Takes one connection and answers whatever comes with these bytes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)) {
    thread_ = std::thread([this] {
      boost::system::error_code ec;
      tcp::socket socket(io_);
      acceptor_.accept(socket, ec);
      asio::streambuf buffer;
      asio::read_until(socket, buffer, "\r\n\r\n", ec);
      asked.assign(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
      asio::write(socket, asio::buffer(answer_), ec);
      socket.shutdown(tcp::socket::shutdown_both, ec);
    });
  }
  ~OneAnswer() { thread_.join(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/x"; }
  std::string asked;

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::string answer_;
  std::thread thread_;
};

// The loop outlives the thread that answers into it.
class Sender {
 public:
  Result<Reply> send(Letter letter) {
    io_.restart();
    std::optional<Result<Reply>> out;
    asio::co_spawn(io_, post.send(std::move(letter)),
                   [&](const std::exception_ptr&, Result<Reply> done) { out = std::move(done); });
    io_.run();
    return std::move(*out);
  }

 private:
  asio::io_context io_{1};

 public:
  CurlPost post;
};

TEST(CurlPost, BringsAnAnswerWhateverItsStatus) {
  Sender sender;
  OneAnswer camera("HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\n<no/>");
  const auto reply = sender.send({.url = camera.url(), .action = "urn:a", .body = "<x/>"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 400U);
  EXPECT_EQ(reply->body, "<no/>");
}

TEST(CurlPost, TakesNoAnswerWithoutEnd) {
  Sender sender;
  OneAnswer camera("HTTP/1.1 200 OK\r\n\r\n" + std::string(Limits::kAnswer + 1, 'x'));
  const auto reply = sender.send({.url = camera.url(), .body = "<x/>"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::full);
}

TEST(CurlPost, FollowsNoRedirect) {
  Sender sender;
  OneAnswer camera("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/secret\r\nContent-Length: 0\r\n\r\n");
  const auto reply = sender.send({.url = camera.url(), .body = "<x/>"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 302U);
}

TEST(CurlPost, NeverSendsAPasswordAsItIs) {
  Sender sender;
  std::string asked;
  {
    OneAnswer camera("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    const auto reply = sender.send({.url = camera.url(), .body = "<x/>", .user = "op", .password = "secret"});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 401U);
    asked = camera.asked;
  }
  EXPECT_EQ(asked.find("Authorization"), std::string::npos) << asked;
}

TEST(CurlPost, CutsOffAtTheEnd) {
  Sender sender;
  sender.post.stop();
  EXPECT_EQ(sender.send({.url = "http://127.0.0.1:1/", .body = "<x/>"}).error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace qala::onvif
