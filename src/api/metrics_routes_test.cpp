#include <gtest/gtest.h>

#include "access/test_gate.h"
#include "api/routes.h"

namespace qala::api {
namespace {

using access::Scope;

class Metrics : public ::testing::Test {
 protected:
  /// 0: may read them.
  unsigned status(const std::string& peer, const std::string& header = {}, const std::string& value = {},
                  bool behind_proxy = false) {
    http::Request request;
    request.peer = peer;
    if (!header.empty()) request.headers.emplace_back(header, value);
    http::Response refusal;
    return may_read_metrics(*gate_.access, request, behind_proxy, refusal) ? 0 : refusal.status;
  }
  std::string bearer(Scope scope) {
    return "Bearer " + gate_.access->create_token({.name = "collector", .scope = scope}, gate_.actor)->text;
  }
  access::test::Gate gate_;
};

TEST_F(Metrics, AreReadOnThisMachineWithoutAToken) {
  EXPECT_EQ(status("127.0.0.1"), 0U);
  EXPECT_EQ(status("::1"), 0U);
}

TEST_F(Metrics, FromElsewhereNeedATokenThatMayRead) {
  EXPECT_EQ(status("10.0.0.5"), 401U);
  EXPECT_EQ(status("10.0.0.5", "authorization", bearer(Scope::read)), 0U);
  EXPECT_EQ(status("10.0.0.5", "authorization", bearer(Scope::admin)), 0U);
  EXPECT_EQ(status("10.0.0.5", "authorization", bearer(Scope::ingest)), 403U);
  EXPECT_EQ(status("10.0.0.5", "authorization", "Bearer invented"), 401U);
}

TEST_F(Metrics, OfAProxyOnThisMachineNeedAToken) {
  for (const char* header : {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}) {
    EXPECT_EQ(status("127.0.0.1", header, "10.0.0.5"), 401U) << header;
  }
  EXPECT_EQ(status("127.0.0.1", {}, {}, true), 401U);
  EXPECT_EQ(status("127.0.0.1", "authorization", bearer(Scope::read), true), 0U);
}

TEST_F(Metrics, AWrongTokenIsToldEvenOnThisMachine) {
  EXPECT_EQ(status("127.0.0.1", "authorization", "Bearer invented"), 401U);
}

}  // namespace
}  // namespace qala::api
