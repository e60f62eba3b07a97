#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client.h"
#include "http_server.h"
#include "residents/test_town.h"

namespace qala::residents {
namespace {

using ::testing::HasSubstr;

class Routes : public ::testing::Test {
 protected:
  Routes() {
    http::Router router;
    add_routes(router, *town_.page);
    server_ = std::make_unique<qala::test::TestServer>(std::move(router));
  }

  qala::test::HttpAnswer get(std::string_view path, const std::string& accept_language = "") {
    qala::test::HttpClient client(server_->port());
    if (accept_language.empty()) return client.get(path);
    return client.get(path, {{"Accept-Language", accept_language}});
  }

  test::Town town_;
  std::unique_ptr<qala::test::TestServer> server_;
};

TEST_F(Routes, FirstPageIsInTheLanguageTheBrowserPrefers) {
  const auto kk = get("/"), ru = get("/", "ru-RU,ru;q=0.9,en;q=0.8"), en = get("/", "en");
  EXPECT_EQ(kk.status, 200);
  EXPECT_EQ(kk.header("content-language"), "kk");
  EXPECT_EQ(kk.header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(kk.header("vary"), HasSubstr("Accept-Language"));
  EXPECT_EQ(ru.header("content-language"), "ru");
  EXPECT_THAT(ru.body, HasSubstr("<html lang=\"ru\">"));
  EXPECT_EQ(en.header("content-language"), "en");
}

TEST_F(Routes, EachLanguageHasAnAddress) {
  for (const char* language : {"kk", "ru", "en"}) {
    const auto answer = get(std::string("/") + language, "fr");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-language"), language);
    EXPECT_THAT(answer.body, HasSubstr(std::string("<html lang=\"") + language + "\">"));
  }
  EXPECT_EQ(get("/de").status, 404);
}

TEST_F(Routes, ThePageSetsNoCookie) { EXPECT_EQ(get("/").header("set-cookie"), ""); }

}  // namespace
}  // namespace qala::residents
