#include "http/server.h"

#include <gtest/gtest.h>

#include "http_client.h"
#include "http_server.h"

namespace qala::http {
namespace {

using test::HttpClient;
using test::TestServer;

asio::awaitable<Response> echo(Request& request) { co_return Response::text(request.body); }
asio::awaitable<Response> name_id(Request& request) { co_return Response::text(std::string(request.param("id"))); }

Router small_router() {
  Router router;
  router.add(Method::post, "/echo", echo, {.body_limit = 1 << 20, .unpacked_limit = 1 << 20});
  router.add(Method::get, "/things/{id}", name_id);
  return router;
}

TEST(Server, AnswersManyRequestsOnOneConnection) {
  TestServer server(small_router());
  HttpClient client(server.port());
  for (int i = 0; i < 100; ++i) {
    const auto text = std::to_string(i);
    EXPECT_EQ(client.post("/echo", text).body, text);
    EXPECT_EQ(client.get("/things/" + text).body, text);
  }
  EXPECT_EQ(server.run([&] { return server.server().counters().connections; }), 1u);
}

TEST(Server, ReadsBodiesOfEverySizeWhole) {
  TestServer server(small_router());
  HttpClient client(server.port());
  for (const std::size_t size : {0u, 1u, 100u, 3'900u, 4'096u, 5'000u, 70'000u, 375'000u, 1'048'576u}) {
    std::string body(size, 'a');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 23);
    const auto answer = client.post("/echo", body);
    EXPECT_EQ(answer.status, 200) << size;
    EXPECT_TRUE(answer.body == body) << size;
  }
}

TEST(Server, ASlowRequestIsLoggedByItsPatternSinceItsPathMayHoldAToken) {
  testing::internal::CaptureStderr();
  {
    TestServer server(small_router(), {.timeouts = {.slow = std::chrono::milliseconds(0)}});
    HttpClient client(server.port());
    EXPECT_EQ(client.get("/things/secret-4711").status, 200);
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("slow request"), std::string::npos) << log;
  EXPECT_NE(log.find("/things/{id}"), std::string::npos) << log;
  EXPECT_EQ(log.find("4711"), std::string::npos) << log;
}

TEST(Server, AnOrdinaryRequestIsNotLogged) {
  testing::internal::CaptureStderr();
  {
    TestServer server(small_router(), {.timeouts = {.slow = std::chrono::hours(1)}});
    HttpClient client(server.port());
    EXPECT_EQ(client.get("/things/1").status, 200);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr().find("slow"), std::string::npos);
}

TEST(Server, TheOwnerOfARouteLearnsOfBodiesRefusedBeforeItsHandler) {
  std::vector<std::string> told;
  Router router;
  router.add(Method::post, "/echo", echo,
             {.body_limit = 10,
              .unpacked_limit = 10,
              .body_refused = [&](const Request& request, unsigned status, std::string_view) {
                told.push_back(std::to_string(status) + " " + request.path);
              }});
  {
    TestServer server(std::move(router));
    EXPECT_EQ(HttpClient(server.port()).post("/echo", "0123456789").status, 200);
    EXPECT_EQ(HttpClient(server.port()).post("/echo", "0123456789a").status, 413);
    EXPECT_EQ(HttpClient(server.port()).request("POST", "/echo", "no gzip", {{"Content-Encoding", "gzip"}}).status,
              400);
  }
  EXPECT_EQ(told, (std::vector<std::string>{"413 /echo", "400 /echo"}));
}

}  // namespace
}  // namespace qala::http
