#include "api/authorize.h"

#include <gtest/gtest.h>

#include "access/test_gate.h"

namespace qala::api {
namespace {

using access::Role;
using access::Scope;
using http::Method;
using http::Request;

class Authorize : public ::testing::Test {
 protected:
  Request with(std::string name, std::string value, Method method = Method::get) {
    Request request;
    request.method = method;
    request.headers.emplace_back(std::move(name), std::move(value));
    return request;
  }
  /// 0: authorised.
  unsigned status(const Request& request, Role role) {
    auto decision = authorize(*gate_.access, request, role);
    const auto* refusal = std::get_if<Refusal>(&decision);
    return refusal ? refusal->response.status : 0;
  }
  std::string token(Scope scope, std::optional<Instant> expires = {}) {
    return gate_.access->create_token({.name = "script", .scope = scope, .expires = expires}, gate_.actor)->text;
  }
  access::NewSession session(Role role) {
    gate_.add_user("aigul", role);
    return *gate_.sign_in("aigul", true);
  }
  Request as(const access::NewSession& session, Method method, const std::string& csrf = {}) {
    Request request = with("cookie", "qala_session=" + session.cookie, method);
    if (!csrf.empty()) request.headers.emplace_back("x-qala-csrf", csrf);
    return request;
  }

  access::test::Gate gate_;
};

TEST_F(Authorize, NobodyIsSentToSignIn) {
  EXPECT_EQ(status(Request(), Role::viewer), 401U);
  EXPECT_EQ(status(with("cookie", "qala_session=invented"), Role::viewer), 401U);
  EXPECT_EQ(status(with("authorization", "Bearer invented"), Role::viewer), 401U);
}

TEST_F(Authorize, ASessionMayWhatItsRoleMay) {
  const auto signed_in = session(Role::engineer);
  EXPECT_EQ(status(as(signed_in, Method::get), Role::viewer), 0U);
  EXPECT_EQ(status(as(signed_in, Method::get), Role::engineer), 0U);
  EXPECT_EQ(status(as(signed_in, Method::get), Role::admin), 403U);
}

TEST_F(Authorize, ChangesNeedTheTokenAgainstForgedRequests) {
  const auto signed_in = session(Role::admin);
  for (const auto method : {Method::post, Method::put, Method::patch, Method::del}) {
    EXPECT_EQ(status(as(signed_in, method), Role::viewer), 403U);
    EXPECT_EQ(status(as(signed_in, method, "wrong"), Role::viewer), 403U);
    EXPECT_EQ(status(as(signed_in, method, signed_in.session.csrf + "x"), Role::viewer), 403U);
    EXPECT_EQ(status(as(signed_in, method, signed_in.session.csrf), Role::viewer), 0U);
  }
  EXPECT_EQ(status(as(signed_in, Method::get), Role::viewer), 0U);
}

TEST_F(Authorize, AnEndedSessionIsNone) {
  const auto signed_in = session(Role::viewer);
  ASSERT_TRUE(gate_.access->end_session(signed_in.session.id, gate_.actor));
  EXPECT_EQ(status(as(signed_in, Method::get), Role::viewer), 401U);
}

TEST_F(Authorize, WhoOwesASecondFactorMayDoNothingButGetOne) {
  gate_.policy.totp_from = static_cast<int>(Role::op);
  gate_.reopen();
  const auto signed_in = session(Role::admin);
  const auto request = as(signed_in, Method::post, signed_in.session.csrf);
  EXPECT_EQ(status(request, Role::viewer), 403U);
  EXPECT_EQ(status(as(signed_in, Method::get), Role::viewer), 403U);
  auto decision = authorize(*gate_.access, request, Role::viewer, Opens::before_enrolment);
  EXPECT_TRUE(std::holds_alternative<Caller>(decision));
}

TEST_F(Authorize, ReadTokensLookAndChangeNothing) {
  const auto text = token(Scope::read);
  EXPECT_EQ(status(with("authorization", "Bearer " + text), Role::viewer), 0U);
  for (const auto role : {Role::op, Role::engineer, Role::admin}) {
    EXPECT_EQ(status(with("authorization", "Bearer " + text, Method::post), role), 403U);
  }
}

TEST_F(Authorize, OnlyAdminTokensMayEverything) {
  EXPECT_EQ(status(with("authorization", "Token " + token(Scope::admin), Method::post), Role::admin), 0U);
  for (const auto scope : {Scope::ingest, Scope::bus, Scope::provisioning}) {
    EXPECT_EQ(status(with("authorization", "Bearer " + token(scope)), Role::viewer), 403U);
  }
}

TEST_F(Authorize, AnExpiredTokenIsUnknown) {
  const auto text = token(Scope::admin, Instant{gate_.clock.now().ns + Instant::kMinute});
  EXPECT_EQ(status(with("authorization", "Bearer " + text), Role::viewer), 0U);
  gate_.clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(status(with("authorization", "Bearer " + text), Role::viewer), 401U);
}

TEST_F(Authorize, TokensAreReadFromEveryPlaceClientsPutThem) {
  std::string scratch;
  for (const char* header : {"Bearer abc", "bearer abc", "Token abc", "token abc", "Basic dXNlcjphYmM="}) {
    EXPECT_EQ(token_text(with("authorization", header), scratch), "abc") << header;
  }
  for (const char* header : {"Basic ???", "Basic dXNlcg==", "Digest abc", ""}) {
    EXPECT_EQ(token_text(with("authorization", header), scratch), "") << header;
  }
  Request request;
  request.query.emplace_back("p", "abc");
  EXPECT_EQ(token_text(request, scratch), "abc");
}

}  // namespace
}  // namespace qala::api
