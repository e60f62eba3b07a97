#include <future>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "http_server.h"
#include "websocket_client.h"

namespace qala::http {
namespace {

using test::HttpClient;
using test::SocketClient;
using test::TestServer;

/// Answers every text with itself; "bye" closes, "flood" sends more than a slow reader takes.
class Echo final : public WebSocketHandler {
 public:
  explicit Echo(std::shared_ptr<std::promise<void>> ended) : ended_(std::move(ended)) {}
  void opened(std::shared_ptr<WebSocket> socket) override {
    socket_ = std::move(socket);
    socket_->send(std::make_shared<const std::string>("hello"));
  }
  void received(std::string_view text) override {
    if (text == "bye") return socket_->close(4001, "as you wish");
    if (text == "flood") {
      const auto large = std::make_shared<const std::string>(1 << 20, 'x');
      while (socket_->send(large)) {
      }
      return;
    }
    if (text == "many") {
      const auto small = std::make_shared<const std::string>("x");
      std::size_t sent = 0;
      while (socket_->send(small)) ++sent;
      EXPECT_EQ(sent, 64u);
      return;
    }
    socket_->send(std::make_shared<const std::string>(text));
  }
  void closed() override {
    EXPECT_FALSE(socket_->send(std::make_shared<const std::string>("too late")));
    socket_.reset();
    ended_->set_value();
  }

 private:
  std::shared_ptr<WebSocket> socket_;
  std::shared_ptr<std::promise<void>> ended_;
};

class WebSockets : public testing::Test {
 protected:
  explicit WebSockets(ServerOptions options = {})
      : server_(routes(ended_), std::move(options)), http_(server_.port()), client_(http_) {}

  static Router routes(std::shared_ptr<std::promise<void>> ended) {
    Router router;
    router.websocket("/stream/{name}", [ended](Request& request) { return decide(request, ended); });
    return router;
  }
  static asio::awaitable<UpgradeDecision> decide(Request& request, std::shared_ptr<std::promise<void>> ended) {
    if (request.param("name") == "closed") co_return fail(ErrorKind::denied, "not for you");
    if (request.param("name") == "private") co_return Response::text("who are you?", 401);
    co_return std::make_shared<Echo>(ended);
  }
  ServerCounters counters() {
    return server_.run([this] { return server_.server().counters(); });
  }
  /// Closes our side too, as every client does after a goodbye.
  void wait_for_end() {
    http_.finish_sending();
    ended_->get_future().wait();
  }

  std::shared_ptr<std::promise<void>> ended_ = std::make_shared<std::promise<void>>();
  TestServer server_;
  HttpClient http_;
  SocketClient client_;
};

TEST_F(WebSockets, TalksBothWays) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.answer().header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client_.read_frame().payload, "hello");
  for (const std::size_t size : {1u, 125u, 126u, 60'000u, 65'536u}) {
    const std::string text(size, 'a');
    client_.send_text(text);
    const auto frame = client_.read_frame();
    EXPECT_EQ(frame.opcode, 1);
    EXPECT_TRUE(frame.payload == text) << size;
  }
  EXPECT_EQ(counters().websockets, 1u);
  client_.send_close();
  EXPECT_EQ(client_.read_frame().close_code(), 1000);
  wait_for_end();
}

TEST_F(WebSockets, TheHandlerLearnsThatTheClientWentAway) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  wait_for_end();
}

TEST_F(WebSockets, PagesOfOtherSitesMayNotConnect) {
  EXPECT_EQ(client_.upgrade("/stream/open", {{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(client_.upgrade("/stream/open", {{"Origin", "null"}}), 403);
  EXPECT_EQ(client_.upgrade("/stream/open", {{"Origin", "http://localhost.evil.example"}}), 403);
  EXPECT_EQ(client_.upgrade("/stream/open", {{"Cookie", "qala_session=a"}}), 403);
  EXPECT_EQ(client_.upgrade("/stream/private", {{"Cookie", "qala_session=a"}}), 403) << "before the route is asked";
}

TEST_F(WebSockets, AProgramNeedsNoOrigin) {
  EXPECT_EQ(client_.upgrade("/stream/private", {}), 401) << "but the route wants to know who it is";
  EXPECT_EQ(client_.upgrade("/stream/open", {{"Authorization", "Bearer abc"}}), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
}

TEST_F(WebSockets, ARefusedUpgradeIsAnOrdinaryAnswer) {
  EXPECT_EQ(client_.upgrade("/stream/closed"), 403);
  EXPECT_EQ(client_.upgrade("/stream/private"), 401);
  EXPECT_EQ(client_.answer().body, "who are you?");
  EXPECT_EQ(counters().websockets, 0u);
  EXPECT_EQ(http_.get("/stream/open").status, 426);
  EXPECT_EQ(http_.post("/stream/open", "x").status, 405);
  EXPECT_EQ(client_.upgrade("/elsewhere"), 404);
  EXPECT_EQ(client_.upgrade("/stream/open"), 101);
}

TEST_F(WebSockets, AMessageTooLargeClosesTheConnection) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_text(std::string(65'537, 'a'));
  EXPECT_EQ(client_.read_frame().close_code(), 1009);
  wait_for_end();
}

TEST_F(WebSockets, TextThatIsNoTextClosesTheConnection) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_text("\xff\xfe");
  EXPECT_EQ(client_.read_frame().close_code(), 1007);
  wait_for_end();
}

TEST_F(WebSockets, BinaryMessagesAreNotTaken) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_frame(2, "abc");
  EXPECT_EQ(client_.read_frame().close_code(), 1003);
}

TEST_F(WebSockets, PingsAreAnswered) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_frame(9, "are you there");
  const auto frame = client_.read_frame();
  EXPECT_EQ(frame.opcode, 10);
  EXPECT_EQ(frame.payload, "are you there");
}

/// The same server, impatient.
class SilentWebSockets : public WebSockets {
 protected:
  SilentWebSockets() : WebSockets(ServerOptions{.timeouts = {.socket = std::chrono::milliseconds(200)}}) {}
};

TEST_F(SilentWebSockets, AreAskedWhetherTheyLiveAndClosedIfNot) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  EXPECT_EQ(client_.read_frame().opcode, 9);
  ended_->get_future().wait();  // no pong: it is taken for gone, though the connection stands
  EXPECT_EQ(counters().websockets, 0u);
}

/// One whose pings leave the other side two seconds to answer, however slow the machine is.
class PatientWebSockets : public WebSockets {
 protected:
  PatientWebSockets() : WebSockets(ServerOptions{.timeouts = {.socket = std::chrono::milliseconds(4'000)}}) {}
};

TEST_F(PatientWebSockets, StayOpenIfTheyAnswer) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  for (int i = 0; i < 3; i++) {  // longer than the silence that is allowed
    const auto ping = client_.read_frame();
    ASSERT_EQ(ping.opcode, 9);
    client_.send_frame(10, ping.payload);
  }
  client_.send_text("still here");
  auto frame = client_.read_frame();
  while (frame.opcode == 9) frame = client_.read_frame();
  EXPECT_EQ(frame.payload, "still here");
}

TEST_F(WebSockets, TheServerSaysGoodbyeWithItsReason) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_text("bye");
  const auto frame = client_.read_frame();
  EXPECT_EQ(frame.close_code(), 4001);
  EXPECT_EQ(frame.payload.substr(2), "as you wish");
  client_.send_close();
  wait_for_end();
}

TEST_F(WebSockets, AReaderTooSlowIsDroppedAndCounted) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  client_.send_text("flood");  // and nothing is read
  ended_->get_future().wait();
  EXPECT_EQ(counters().slow_readers, 1u);
  EXPECT_EQ(counters().websockets, 0u);
}

TEST_F(WebSockets, SixtyFourMessagesFitTheQueue) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  client_.send_text("many");
  wait_for_end();
  EXPECT_EQ(counters().slow_readers, 1u);
}

TEST_F(WebSockets, AStoppingServerGoesAwayPolitely) {
  ASSERT_EQ(client_.upgrade("/stream/open"), 101);
  EXPECT_EQ(client_.read_frame().payload, "hello");
  std::thread stopper([this] { server_.stop(); });
  EXPECT_EQ(client_.read_frame().close_code(), 1001);
  client_.send_close();
  http_.finish_sending();
  stopper.join();
  wait_for_end();
}

}  // namespace
}  // namespace qala::http
