#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "http/certificate.h"
#include "http_server.h"
#include "tls_client.h"
#include "websocket_client.h"

namespace qala::http {
namespace {

namespace fs = std::filesystem;
using test::HttpClient;
using test::SocketClient;
using test::TestServer;
using test::TlsClient;

asio::awaitable<Response> echo(Request& request) {
  co_return Response::text((request.secure ? "secure " : "plain ") + request.body);
}

class Greeter final : public WebSocketHandler {
  void opened(std::shared_ptr<WebSocket> socket) override {
    socket->send(std::make_shared<const std::string>("hello"));
  }
  void received(std::string_view) override {}
  void closed() override {}
};

asio::awaitable<UpgradeDecision> greet(Request&) { co_return std::make_shared<Greeter>(); }

class Tls : public testing::Test {
 protected:
  Tls() : folder_(fs::temp_directory_path() / ("qala-tls-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    files_ = *ensure_self_signed(folder_.string(), {"localhost", "qala.town", "127.0.0.1", "::1"});
    Router router;
    router.add(Method::post, "/echo", echo);
    router.websocket("/stream", greet);
    ServerOptions options;
    options.listeners = {{"127.0.0.1", 0, true}, {"127.0.0.1", 0, false}};
    options.tls = files_;
    server_ = std::make_unique<TestServer>(std::move(router), options);
  }
  ~Tls() override {
    server_.reset();
    fs::remove_all(folder_);
  }

  fs::path folder_;
  TlsFiles files_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(Tls, AnswersOverTlsToAClientThatVerifies) {
  TlsClient client(server_->port(0), files_.certificate);
  const auto answer = client.post("/echo", "hi");
  EXPECT_EQ(answer.body, "secure hi");
  EXPECT_EQ(answer.header("strict-transport-security"), "max-age=31536000");
  const std::string large(300'000, 'x');
  EXPECT_EQ(client.post("/echo", large).body, "secure " + large);
}

TEST_F(Tls, TheCertificateNamesEveryHostAndNoOther) {
  EXPECT_NO_THROW(TlsClient(server_->port(0), files_.certificate, "qala.town"));
  EXPECT_THROW(TlsClient(server_->port(0), files_.certificate, "other.town"), std::runtime_error);
}

TEST_F(Tls, OldVersionsAreNotSpoken) {
  EXPECT_EQ(TlsClient(server_->port(0), {}, "localhost", TLS1_2_VERSION).version(), "TLSv1.2");
  EXPECT_THROW(TlsClient(server_->port(0), {}, "localhost", TLS1_1_VERSION), std::runtime_error);
}

TEST_F(Tls, APlainRequestOnTheTlsPortIsToldSo) {
  HttpClient client(server_->port(0));
  const auto answer = client.get("/echo");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.body.contains("use https"));
}

TEST_F(Tls, ATlsGreetingOnThePlainPortIsRefused) {
  EXPECT_THROW(TlsClient client(server_->port(1)), std::runtime_error);
  HttpClient client(server_->port(1));
  EXPECT_EQ(client.post("/echo", "hi").body, "plain hi");
  EXPECT_EQ(client.post("/echo", "hi").header("strict-transport-security"), "");
}

TEST_F(Tls, WebSocketsWorkOverTls) {
  TlsClient client(server_->port(0));
  SocketClient socket(client);
  ASSERT_EQ(socket.upgrade("/stream", {{"Origin", "https://localhost"}}), 101);
  EXPECT_EQ(socket.read_frame().payload, "hello");
  socket.send_close();
  EXPECT_EQ(socket.read_frame().close_code(), 1000);
}

TEST_F(Tls, ANewCertificateIsTakenWithoutARestart) {
  TlsClient before(server_->port(0));
  fs::remove(files_.certificate);
  fs::remove(files_.key);
  ASSERT_TRUE(ensure_self_signed(folder_.string(), {"localhost"}));
  ASSERT_TRUE(server_->run([this] { return server_->server().reload_tls(); }));
  TlsClient after(server_->port(0), files_.certificate);
  EXPECT_NE(before.certificate(), after.certificate());
  EXPECT_EQ(before.post("/echo", "still here").status, 200);
}

TEST_F(Tls, ABrokenCertificateLeavesTheOldOneInUse) {
  std::ofstream(files_.certificate) << "rubbish";
  const auto reloaded = server_->run([this] { return server_->server().reload_tls(); });
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().kind, ErrorKind::invalid);
  EXPECT_TRUE(reloaded.error().message.contains(files_.certificate));
  EXPECT_EQ(TlsClient(server_->port(0)).post("/echo", "hi").status, 200);
}

TEST_F(Tls, TheKeyIsPrivateAndNeverOverwritten) {
  struct stat info{};
  ASSERT_EQ(::stat(files_.key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto written = fs::last_write_time(files_.key);
  ASSERT_TRUE(ensure_self_signed(folder_.string(), {"elsewhere"}));
  EXPECT_EQ(fs::last_write_time(files_.key), written);
}

TEST_F(Tls, ItIsKnownWhoseACertificateIsAndWhenItEnds) {
  const auto facts = certificate_facts(files_.certificate);
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->subject.empty());
  EXPECT_TRUE(facts->self_signed);
  const auto days = (facts->end.ns - SystemClock().now().ns) / Instant::kDay;
  EXPECT_GT(days, 3640);
  EXPECT_LT(days, 3660);
  EXPECT_EQ(certificate_facts(files_.key).error().kind, ErrorKind::invalid);
  EXPECT_EQ(certificate_facts(files_.key + "-none").error().kind, ErrorKind::not_found);
}

TEST_F(Tls, AMissingFolderIsMadeForTheOwnerOnly) {
  const auto folder = folder_ / "made";
  ASSERT_TRUE(ensure_self_signed(folder.string(), {"localhost"}));
  struct stat info{};
  ASSERT_EQ(::stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(Tls, NonsenseIsNoHostName) {
  fs::create_directories(folder_ / "fresh");
  EXPECT_FALSE(ensure_self_signed((folder_ / "fresh").string(), {"a,IP:1.2.3.4"}));
  EXPECT_FALSE(ensure_self_signed((folder_ / "fresh").string(), {}));
}

}  // namespace
}  // namespace qala::http
