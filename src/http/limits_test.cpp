
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/coding.h"
#include "http_client.h"
#include "http_server.h"

namespace qala::http {
namespace {

using namespace std::chrono_literals;
using test::HttpAnswer;
using test::HttpClient;
using test::TestServer;

asio::awaitable<Response> echo(Request& request) { co_return Response::text(request.body); }
asio::awaitable<Response> size_of(Request& request) { co_return Response::text(std::to_string(request.body.size())); }

Router echo_router() {
  Router router;
  router.add(Method::post, "/echo", echo, {.body_limit = 100'000, .unpacked_limit = 200'000});
  router.add(Method::post, "/size", size_of, {.body_limit = 8 << 20, .unpacked_limit = 8 << 20});
  router.add(Method::get, "/echo", echo);
  return router;
}

constexpr Timeouts kImpatient{.header = 150ms, .body = 150ms, .idle = 400ms, .stop = 2'000ms};

TEST(Limits, ABodyBeyondTheLimitIsRefusedBeforeItIsRead) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");  // and no body at all
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(Limits, TheAnswerArrivesThoughTheClientIsStillSending) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  EXPECT_EQ(client.post("/echo", std::string(5'000'000, 'x')).status, 413);
}

asio::awaitable<Response> never_reached(Request&) {
  ADD_FAILURE() << "the handler ran";
  co_return Response::empty();
}

TEST(Limits, AStrangerIsToldBeforeHisBodyIsRead) {
  Router router;
  const auto admits = [](const Request& request) -> std::optional<Response> {
    if (request.header("authorization") == "Token known") return std::nullopt;
    return Response::error(fail(ErrorKind::denied, "who are you?"), "token.unknown");
  };
  router.add(Method::post, "/inner", never_reached, {.body_limit = 8 << 20, .admits = admits});
  router.add(Method::post, "/size", size_of, {.body_limit = 8 << 20, .admits = admits});
  TestServer server(std::move(router));
  HttpClient client(server.port());
  // A small body is read over, and the connection lives.
  EXPECT_EQ(client.post("/inner", "small").status, 403);
  EXPECT_EQ(client.post("/size", std::string(3'000'000, 'x'), {{"Authorization", "Token known"}}).body, "3000000");
  client.send("POST /inner HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");  // and no body at all
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(Limits, AllBodiesTogetherHaveALimit) {
  TestServer server(echo_router(), {.body_memory = 6 << 20});
  const std::string head = "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n";
  HttpClient one(server.port());
  HttpClient two(server.port());
  one.send(head + std::string(3'999'999, 'x'));  // a byte is missing
  HttpClient first(server.port());
  bool full = false;
  for (int i = 0; i < 300 && !full; ++i) full = first.post("/size", std::string(2'500'000, 'x')).status == 503;
  ASSERT_TRUE(full);  // all of it has come
  two.send(head + std::string(3'000'000, 'x'));
  const auto refused = two.read_answer();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "1");
  const HttpClient::Headers packed{{"Content-Encoding", "gzip"}};
  HttpClient three(server.port());
  EXPECT_EQ(three.post("/size", gzip(std::string(5'000'000, 'x')), packed).status, 503);
  HttpClient four(server.port());
  EXPECT_EQ(four.post("/size", std::string(60'000, 'x')).body, "60000");  // small ones pass
  one.send("x");
  EXPECT_EQ(one.read_answer().body, "4000000");
  EXPECT_EQ(four.post("/size", std::string(4'000'000, 'x')).body, "4000000");  // and there is room again
  EXPECT_EQ(four.post("/size", gzip(std::string(5'000'000, 'x')), packed).body, "5000000");
}

TEST(Limits, WhatWasOnlyAnnouncedTakesNobodysRoom) {
  TestServer server(echo_router(), {.body_memory = 3 << 20});
  std::vector<std::unique_ptr<HttpClient>> silent;
  for (int i = 0; i < 5; i++) {
    silent.push_back(std::make_unique<HttpClient>(server.port()));
    silent.back()->send("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(silent.back()->read_answer().status, 100);
  }
  HttpClient client(server.port());
  EXPECT_EQ(client.post("/size", std::string(200'000, 'x')).body, "200000");
}

TEST(Limits, ABodyThatTricklesEndsToo) {
  TestServer server(echo_router(), {.timeouts = kImpatient});
  HttpClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  std::future<int> status = std::async(std::launch::async, [&] { return client.read_answer().status; });
  int sent = 0;
  for (; sent < 400 && status.wait_for(50ms) != std::future_status::ready; ++sent) {
    try {
      client.send("x");
    } catch (const std::exception&) {
      break;  // it has closed
    }
  }
  EXPECT_EQ(status.get(), 408);
  EXPECT_LT(sent, 400);  // it was not waited until the last byte had been sent
}

TEST(Limits, ABodyOfExactlyTheLimitPasses) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  EXPECT_EQ(client.post("/echo", std::string(100'000, 'x')).status, 200);
}

TEST(Limits, AChunkedBodyIsReadAndLimitedToo) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  client.send(head + "3\r\nabc\r\n");
  client.send("2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "abcde");
  client.send(head + "186a1\r\n" + std::string(100'001, 'x'));
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(Limits, AGzipBodyIsUnpackedAndABombRefused) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  const HttpClient::Headers packed{{"Content-Encoding", "gzip"}};
  EXPECT_EQ(client.post("/echo", gzip("hello"), packed).body, "hello");
  EXPECT_EQ(client.post("/echo", gzip(std::string(200'000, 'x')), packed).status, 200);
  const auto bomb = client.post("/echo", gzip(std::string(20'000'000, 'x')), packed);
  EXPECT_EQ(bomb.status, 413);
  EXPECT_TRUE(bomb.body.contains("http.unpacked_too_large"));
  EXPECT_EQ(client.post("/echo", "no gzip", packed).status, 400);
  EXPECT_EQ(client.post("/echo", "still served").body, "still served");
}

TEST(Limits, AnUnknownCodingIsRefused) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  EXPECT_EQ(client.post("/echo", "x", {{"Content-Encoding", "br"}}).status, 415);
}

TEST(Limits, AClientThatAsksFirstIsToldToContinue) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.read_answer().body, "hello");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(Limits, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i)
    all +=
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i) + (i % 7 ? "" : "\r\n");
  client.send(all);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.read_answer().body, std::to_string(100 + i));
}

TEST(Limits, NothingOfARefusedRequestIsTakenForAnother) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nsmuggled");
  const auto all = client.read_to_end();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 400 "));
  EXPECT_FALSE(all.contains("smuggled"));
  EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos);
}

TEST(Limits, AHeaderThatNeverEndsIsAnsweredInTime) {
  TestServer server(echo_router(), {.timeouts = kImpatient});
  HttpClient client(server.port());
  client.send("GET /echo HTTP/1.1\r\nHost:");
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_TRUE(client.at_end());
}

TEST(Limits, ABodyThatStopsIsAnsweredInTime) {
  TestServer server(echo_router(), {.timeouts = kImpatient});
  HttpClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_TRUE(client.at_end());
}

TEST(Limits, AnIdleConnectionIsClosedWithoutAWord) {
  TestServer server(echo_router(), {.timeouts = kImpatient});
  HttpClient client(server.port());
  EXPECT_EQ(client.post("/echo", "x").status, 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Limits, OneConnectionTooManyIsTurnedAway) {
  TestServer server(echo_router(), {.max_connections = 2});
  HttpClient one(server.port());
  HttpClient two(server.port());
  const std::string half = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  for (auto* client : {&one, &two}) {
    client->send(half);
    EXPECT_EQ(client->read_answer().status, 100);  // both are served now
  }
  HttpClient three(server.port());
  EXPECT_EQ(three.read_answer().status, 503);
  one.send("ab");
  EXPECT_EQ(one.read_answer().body, "ab");
}

TEST(Limits, WhoSaysNothingKeepsNobodyOut) {
  TestServer server(echo_router(), {.max_connections = 3});
  HttpClient known(server.port());
  EXPECT_EQ(known.post("/echo", "1").status, 200);
  HttpClient silent(server.port());
  HttpClient begun(server.port());
  begun.send("GET /echo HTTP/1.1\r\nHost:");
  HttpClient four(server.port());
  EXPECT_EQ(four.post("/echo", "4").body, "4");
  HttpClient five(server.port());
  EXPECT_EQ(five.post("/echo", "5").body, "5");
  EXPECT_TRUE(silent.at_end());
  EXPECT_EQ(begun.read_to_end(), "");
  EXPECT_EQ(known.post("/echo", "1").status, 200);  // it would have ended later than those
}

TEST(Limits, AConnectionMustBeginSoon) {
  TestServer server(echo_router(), {.timeouts = {.header = 150ms, .idle = 600'000ms}});
  HttpClient client(server.port());
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Limits, ManyLargeBodiesReuseTheirMemoryUnharmed) {
  TestServer server(echo_router());
  HttpClient client(server.port());
  for (const std::size_t size : {3'000'000u, 2'600'000u, 1'100'000u, 500'000u, 100'001u, 50'000u})
    EXPECT_EQ(client.post("/size", std::string(size, 'x')).body, std::to_string(size));
  EXPECT_EQ(client.post("/size", "").body, "0");
  EXPECT_EQ(client.post("/echo", "abc").body, "abc");
}

asio::awaitable<Response> pause(std::shared_ptr<asio::steady_timer> gate, std::shared_ptr<std::promise<void>> begun) {
  begun->set_value();
  boost::system::error_code cancelled;  // how the test opens the gate
  co_await gate->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  co_return Response::text("done");
}

TEST(Stop, LetsARunningRequestEndAndTakesNoMore) {
  Router router;
  auto begun = std::make_shared<std::promise<void>>();
  auto timer = std::make_shared<std::shared_ptr<asio::steady_timer>>();
  router.add(Method::get, "/slow", [timer, begun](Request&) { return pause(*timer, begun); });
  TestServer server(std::move(router));
  *timer = std::make_shared<asio::steady_timer>(server.context(), std::chrono::hours(1));
  HttpClient client(server.port());
  HttpClient idle(server.port());
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  begun->get_future().wait();
  std::thread stopper([&] { server.stop(); });
  EXPECT_TRUE(idle.at_end());  // the server is stopping now
  asio::post(server.context(), [timer] { (*timer)->cancel(); });
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.at_end());
  stopper.join();
  EXPECT_THROW(HttpClient(server.port()), std::exception);
  timer->reset();
}

TEST(Stop, AContextMayGoWithoutBeingStoppedFirst) {
  const Router router = echo_router();
  auto context = std::make_unique<asio::io_context>(1);
  auto server = std::make_unique<Server>(*context, router, ServerOptions{.listeners = {{"127.0.0.1", 0, false}}});
  ASSERT_TRUE(server->start());
  HttpClient client(server->endpoints().front().second);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  while (server->counters().requests == 0) context->run_one();
  server.reset();
  context.reset();
  EXPECT_TRUE(client.at_end());
}

TEST(Start, ATakenPortIsAConflictAndNothingIsBound) {
  TestServer first(echo_router());
  asio::io_context context;
  Router router;
  Server second(context, router, {.listeners = {{"127.0.0.1", 0, false}, {"127.0.0.1", first.port(), false}}});
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(started.error().message.contains(std::to_string(first.port())));
  EXPECT_TRUE(second.endpoints().empty());
}

}  // namespace
}  // namespace qala::http
