#include "http/router.h"

#include <gtest/gtest.h>

namespace qala::http {
namespace {

asio::awaitable<Response> nothing(Request&) { co_return Response::empty(); }

std::string route_for(const Router& router, Method method, std::string_view path) {
  const auto match = router.impl().match(method, path);
  if (match.route) return match.route->pattern;
  return match.allow.empty() ? "none" : "allow " + match.allow;
}

Router sample() {
  Router router;
  router.add(Method::get, "/", nothing);
  router.add(Method::get, "/things", nothing);
  router.add(Method::post, "/things", nothing);
  router.add(Method::get, "/things/{id}", nothing);
  router.add(Method::get, "/things/export", nothing);
  router.add(Method::post, "/api/v1/{token}/telemetry", nothing);
  router.add(Method::get, "/api/v1/things/{id}", nothing);
  router.add(Method::get, "/tiles/{rest*}", nothing);
  return router;
}

TEST(Router, FindsThePatternOfAPath) {
  const auto router = sample();
  EXPECT_EQ(route_for(router, Method::get, "/"), "/");
  EXPECT_EQ(route_for(router, Method::get, "/things"), "/things");
  EXPECT_EQ(route_for(router, Method::get, "/things/17"), "/things/{id}");
  EXPECT_EQ(route_for(router, Method::get, "/tiles/1/2/3.pbf"), "/tiles/{rest*}");
  for (const auto* unknown : {"/thing", "/things/", "/things/17/x", "/api", "/api/v1", "/tiles"})
    EXPECT_EQ(route_for(router, Method::get, unknown), "none") << unknown;
}

TEST(Router, StaticSegmentsWinOverParameters) {
  EXPECT_EQ(route_for(sample(), Method::get, "/things/export"), "/things/export");
}

TEST(Router, GoesBackWhenAStaticSegmentLeadsNowhere) {
  const auto router = sample();
  const auto match = router.impl().match(Method::post, "/api/v1/things/telemetry");
  // "things" may be a device token: but the longer static path answers this one, with another method
  EXPECT_EQ(match.allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(route_for(router, Method::post, "/api/v1/secret/telemetry"), "/api/v1/{token}/telemetry");
}

TEST(Router, NamesItsParameters) {
  const auto router = sample();
  using Params = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(router.impl().match(Method::get, "/things/a b").params, (Params{{"id", "a b"}}));
  EXPECT_EQ(router.impl().match(Method::get, "/tiles/1/2").params, (Params{{"rest", "1/2"}}));
}

TEST(Router, HeadIsAnsweredByGet) { EXPECT_EQ(route_for(sample(), Method::head, "/things"), "/things"); }

TEST(Router, AKnownPathWithAnotherMethodSaysWhichAreAllowed) {
  EXPECT_EQ(route_for(sample(), Method::del, "/things"), "allow GET, HEAD, POST, OPTIONS");
}

TEST(Router, TheLongestPrefixOfFoldersWins) {
  Router router;
  router.files("/", "/srv/public");
  router.files("/control", "/srv/control");
  router.spa("/control", "/srv/control/index.html");
  EXPECT_EQ(router.impl().match(Method::get, "/control/a.js").folder->folder, "/srv/control");
  EXPECT_EQ(router.impl().match(Method::get, "/control").folder->folder, "/srv/control");
  EXPECT_EQ(router.impl().match(Method::get, "/controls").folder->folder, "/srv/public");
  EXPECT_EQ(router.impl().match(Method::get, "/controls").page, nullptr);
  EXPECT_EQ(router.impl().match(Method::post, "/control/a.js").allow, "GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace qala::http
