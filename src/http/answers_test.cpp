#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "http/coding.h"
#include "http/files.h"
#include "http/head_writer.h"
#include "http_client.h"
#include "http_server.h"

namespace qala::http {
namespace {

namespace fs = std::filesystem;
using test::HttpClient;
using test::TestServer;

asio::awaitable<Response> long_json(Request&) { co_return Response::json("[\"" + std::string(200'000, 'x') + "\"]"); }
asio::awaitable<Response> short_json(Request&) { co_return Response::json("{}"); }
asio::awaitable<Response> nothing(Request&) { co_return Response::empty(); }
asio::awaitable<Response> throws(Request&) {
  throw std::runtime_error("secret detail");
  co_return Response::empty();
}
asio::awaitable<Response> page(Request&) {
  auto response = Response::text("<p>hello");
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("X-Split", "a\r\nSet-Cookie: b=c");
  co_return response;
}

struct Countdown {
  int left;
  bool fails;
  asio::awaitable<Result<std::string>> next() {
    if (left == 0 && fails) co_return fail(ErrorKind::corrupt, "the file is damaged");
    if (left == 0) co_return std::string();
    co_return std::string(50'000, static_cast<char>('a' + --left % 26));
  }
};

asio::awaitable<Response> stream(Request& request) {
  Response response = Response::text("");
  auto state = std::make_shared<Countdown>(Countdown{100, request.query_value("fail").has_value()});
  response.stream = [state] { return state->next(); };
  co_return response;
}

class Answers : public testing::Test {
 protected:
  Answers() {
    folder_ = fs::temp_directory_path() / ("qala-http-" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "www/assets");
    fs::create_directories(folder_ / "www/.hidden");
    write("www/index.html", "<p>index");
    write("www/assets/index-DiwrgTd4.js", "let a;");
    write("www/assets/index-DiwrgTd4.js.gz", gzip("let a;"));
    write("www/module.mjs", "export {}");
    write("www/digits.bin", "0123456789");
    write("www/empty.txt", "");
    write("www/.secret", "secret");
    write("www/.hidden/a.txt", "secret");
    write("outside.txt", "secret");
    fs::create_symlink(folder_ / "outside.txt", folder_ / "www/link.txt");
    fs::create_symlink(folder_, folder_ / "www/up");
    Router router;
    router.add(Method::get, "/long", long_json);
    router.add(Method::get, "/short", short_json);
    router.add(Method::get, "/nothing", nothing);
    router.add(Method::get, "/throws", throws);
    router.add(Method::get, "/page", page);
    router.add(Method::get, "/stream", stream);
    router.files("/www", (folder_ / "www").string());
    router.files("/app", (folder_ / "www/assets").string());
    router.spa("/app", (folder_ / "www/index.html").string());
    ServerOptions options;
    options.content_security_policy = "default-src 'self'";
    server_ = std::make_unique<TestServer>(std::move(router), options);
    client_ = std::make_unique<HttpClient>(server_->port());
  }
  ~Answers() override {
    client_.reset();
    server_.reset();
    fs::remove_all(folder_);
  }
  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  fs::path folder_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(Answers, EveryAnswerCarriesTheSecurityHeaders) {
  for (const auto* target :
       {"/short", "/page", "/nothing", "/none", "/throws", "/www/digits.bin", "/%zz", "/www/none"}) {
    const auto answer = client_->get(target);
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << target;
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer") << target;
    EXPECT_EQ(answer.header("x-frame-options"), "DENY") << target;
    EXPECT_EQ(answer.header("strict-transport-security"), "") << target;
    EXPECT_FALSE(answer.header("content-security-policy").empty()) << target;
    EXPECT_FALSE(answer.header("date").empty()) << target;
    if (std::string_view(target) == "/%zz") client_ = std::make_unique<HttpClient>(server_->port());
  }
}

TEST_F(Answers, PagesGetTheConfiguredPolicyAndDataNone) {
  EXPECT_EQ(client_->get("/page").header("content-security-policy"), "default-src 'self'");
  EXPECT_EQ(client_->get("/www/").header("content-security-policy"), "default-src 'self'");
  EXPECT_EQ(client_->get("/short").header("content-security-policy"), "default-src 'none'");
}

TEST_F(Answers, AHeaderValueCannotSplitTheAnswer) {
  const auto answer = client_->get("/page");
  EXPECT_EQ(answer.header("set-cookie"), "");
  EXPECT_EQ(answer.header("x-split"), "a  Set-Cookie: b=c");
}

TEST_F(Answers, UnknownPathsAndMethodsAreToldApart) {
  EXPECT_EQ(client_->get("/none").status, 404);
  const auto answer = client_->post("/short", "x");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS");
  const auto options = client_->request("OPTIONS", "/short");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(Answers, AThrowingHandlerIsAnInternalErrorWithoutDetails) {
  const auto answer = client_->get("/throws");
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(answer.body.contains("secret"));
  EXPECT_EQ(client_->get("/short").status, 200);
}

TEST_F(Answers, HeadHasTheHeadersOfGetAndNoBody) {
  const auto answer = client_->request("HEAD", "/short");
  EXPECT_EQ(answer.header("content-length"), "2");
  EXPECT_EQ(client_->request("HEAD", "/www/digits.bin").header("content-length"), "10");
  EXPECT_EQ(client_->request("HEAD", "/stream").status, 200);
  EXPECT_EQ(client_->get("/short").body, "{}");
}

TEST_F(Answers, EmptyAnswersHaveNoLength) {
  const auto answer = client_->get("/nothing");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("content-length"), "");
  EXPECT_EQ(client_->get("/short").body, "{}");
}

TEST_F(Answers, LongJsonIsPackedForThoseWhoAsk) {
  const auto packed = client_->get("/long", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(packed.header("vary"), "Accept-Encoding");
  const auto plain = client_->get("/long");
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(gunzip(packed.body, 1 << 20).value_or("?"), plain.body);
  EXPECT_EQ(client_->get("/short", {{"Accept-Encoding", "gzip"}}).header("content-encoding"), "");
}

TEST_F(Answers, AStreamArrivesWholeAndTheConnectionLives) {
  const auto answer = client_->get("/stream");
  EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.body.size(), 5'000'000u);
  EXPECT_EQ(client_->get("/short").body, "{}");
}

TEST_F(Answers, AStreamThatFailsIsNotMistakenForWhole) {
  client_->send("GET /stream?fail HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(client_->read_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(Answers, AnOldClientGetsAStreamWithoutChunks) {
  client_->send("GET /stream HTTP/1.0\r\n\r\n");
  const auto answer = client_->read_answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(answer.body.size(), 5'000'000u);
}

TEST_F(Answers, FilesHaveTypesAndAFolderItsIndex) {
  EXPECT_EQ(client_->get("/www/module.mjs").header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(client_->get("/www").body, "<p>index");
  EXPECT_EQ(client_->get("/www/").body, "<p>index");
  EXPECT_EQ(client_->get("/www/digits.bin").header("cache-control"), "no-cache");
  EXPECT_EQ(client_->get("/www/empty.txt").header("content-length"), "0");
  EXPECT_EQ(content_type_of("/a/town.pmtiles"), "application/vnd.pmtiles");
  EXPECT_EQ(content_type_of("/a.geojson/plain"), "application/octet-stream");
}

TEST_F(Answers, HiddenNamesAndLinksOutOfTheFolderAreNotThere) {
  for (const auto* target : {"/www/.secret", "/www/.hidden/a.txt", "/www/link.txt", "/www/up/outside.txt",
                             "/www/assets", "/www/none", "/www/up/www/digits.bin/x"})
    EXPECT_EQ(client_->get(target).status, 404) << target;
}

TEST_F(Answers, NoSpellingOfDotsLeadsOutOfAFolder) {
  for (const auto* target : {"/www/../outside.txt", "/www/%2e%2e/outside.txt", "/www/..%2foutside.txt",
                             "/www/assets/../../outside.txt", "/www//outside.txt", "/www/%2e%2e%2foutside.txt"}) {
    HttpClient client(server_->port());
    const auto answer = client.get(target);
    EXPECT_GE(answer.status, 400) << target;
    EXPECT_FALSE(answer.body.contains("secret")) << target;
  }
  // and if the target parser let one pass, the folder itself would not
  EXPECT_FALSE(open_below((folder_ / "www").string(), "../outside.txt", false));
  EXPECT_FALSE(open_below((folder_ / "www").string(), "assets/../../outside.txt", false));
}

TEST_F(Answers, APackedNeighbourIsSentToThoseWhoAsk) {
  const auto* target = "/www/assets/index-DiwrgTd4.js";
  const auto packed = client_->get(target, {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(packed.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(gunzip(packed.body, 100).value_or("?"), "let a;");
  const auto plain = client_->get(target);
  EXPECT_EQ(plain.body, "let a;");
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
  EXPECT_NE(plain.header("etag"), packed.header("etag"));
}

TEST_F(Answers, HashedNamesMayBeKeptForEver) {
  const auto answer = client_->get("/www/assets/index-DiwrgTd4.js");
  EXPECT_EQ(answer.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_TRUE(is_hashed_name("a/b-Ab_-9xyz.js.map"));
  for (const auto* name : {"own-document.pdf", "index.html", "a-Ab12.js", "Ab_-9xyz.js", "x-Ab12Cd34"})
    EXPECT_FALSE(is_hashed_name(name)) << name;
}

TEST_F(Answers, APartOfAFileIsSentByRange) {
  const auto part = [&](const char* range) { return client_->get("/www/digits.bin", {{"Range", range}}); };
  EXPECT_EQ(part("bytes=2-4").body, "234");
  EXPECT_EQ(part("bytes=2-4").status, 206);
  EXPECT_EQ(part("bytes=2-4").header("content-range"), "bytes 2-4/10");
  EXPECT_EQ(part("bytes=7-").body, "789");
  EXPECT_EQ(part("bytes=7-99").body, "789");
  EXPECT_EQ(part("bytes=-3").body, "789");
  EXPECT_EQ(part("bytes=-99").body, "0123456789");
  EXPECT_EQ(part("bytes=10-").status, 416);
  EXPECT_EQ(part("bytes=10-").header("content-range"), "bytes */10");
  EXPECT_EQ(part("bytes=-0").status, 416);
  for (const auto* whole : {"bytes=4-2", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=-", "bytes"})
    EXPECT_EQ(part(whole).status, 200) << whole;
}

TEST_F(Answers, AnUnchangedFileIsNotSentAgain) {
  const auto first = client_->get("/www/digits.bin");
  const auto etag = first.header("etag");
  const auto again = client_->get("/www/digits.bin", {{"If-None-Match", "\"x\", W/" + etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.header("etag"), etag);
  EXPECT_EQ(client_->get("/www/digits.bin", {{"Range", "bytes=0-1"}, {"If-Range", "\"old\""}}).status, 200);
  EXPECT_EQ(client_->get("/www/digits.bin", {{"Range", "bytes=0-1"}, {"If-Range", etag}}).status, 206);
  write("www/digits.bin", "01234567890");
  EXPECT_EQ(client_->get("/www/digits.bin", {{"If-None-Match", etag}}).status, 200);
}

TEST_F(Answers, UnknownPathsOfAPageGetThePageNeverCached) {
  const auto answer = client_->get("/app/things/AB-4");
  EXPECT_EQ(answer.body, "<p>index");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_EQ(client_->get("/app/index-DiwrgTd4.js").body, "let a;");
  EXPECT_EQ(client_->get("/apple").status, 404);
}

TEST(HttpDate, IsTheOneFixedForm) { EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

}  // namespace
}  // namespace qala::http
