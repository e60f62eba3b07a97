// The code flow against a provider that is a table of answers; the real one is in tests/programs/oidc.sh.
#include "base/base64.h"
#include "oidc/provider.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "oidc/claims.h"
#include "oidc/test_signer.h"

namespace qala::oidc {
namespace {

using test::Signer;

class Answers final : public Fetch {
 public:
  explicit Answers(std::map<std::string, FetchAnswer>& table, std::vector<FetchRequest>& asked)
      : table_(table), asked_(asked) {}
  Result<FetchAnswer> fetch(const FetchRequest& request) override {
    asked_.push_back(request);
    const auto found = table_.find(request.url);
    if (found == table_.end()) return fail(ErrorKind::unavailable, "nobody listens at " + request.url);
    return found->second;
  }

 private:
  std::map<std::string, FetchAnswer>& table_;
  std::vector<FetchRequest>& asked_;
};

class CodeFlow : public ::testing::Test {
 protected:
  CodeFlow() {
    table["https://id.example/.well-known/openid-configuration"] = {200, R"({"issuer":"https://id.example",
      "authorization_endpoint":"https://id.example/auth","token_endpoint":"https://id.example/token",
      "jwks_uri":"https://id.example/keys","userinfo_endpoint":"https://id.example/me",
      "end_session_endpoint":"https://id.example/out"})"};
    table["https://id.example/keys"] = {200, signer.jwks()};
    begun = begun_sign_ins.begin("https://qala.example/api/v1/oidc/callback", "/control/").first;
  }
  std::string claims(const std::string& more = R"(,"preferred_username":"aigul","groups":["op"])") const {
    const auto now = clock.now().ms() / 1000;
    return R"({"iss":"https://id.example","sub":"s1","aud":"qala","nonce":")" + begun.nonce + R"(","iat":)" +
           std::to_string(now) + R"(,"exp":)" + std::to_string(now + 300) + more + "}";
  }
  void answer_with(const std::string& id_token) {
    table["https://id.example/token"] = {200, R"({"access_token":"at","id_token":")" + id_token + "\"}"};
  }
  std::size_t asked_for(const std::string& url) const {
    return static_cast<std::size_t>(std::ranges::count(asked, url, &FetchRequest::url));
  }

  FakeClock clock;
  SystemRandom random;
  BegunSignIns begun_sign_ins{clock, random};
  Begun begun;
  Signer signer = Signer::rsa();
  std::map<std::string, FetchAnswer> table;
  std::vector<FetchRequest> asked;
  Provider provider{
      {.issuer = "https://id.example", .client_id = "qala", .client_secret = "a b", .roles_claim = "groups"},
      std::make_unique<Answers>(table, asked),
      clock};
};

TEST_F(CodeFlow, SendsTheBrowserWithStateNonceAndChallenge) {
  const auto url = provider.authorization_url(begun, true);
  ASSERT_TRUE(url);
  for (const auto& part :
       {std::string("https://id.example/auth?response_type=code&client_id=qala"), "state=" + begun.state,
        "nonce=" + begun.nonce, "code_challenge=" + to_base64url(sha256(begun.verifier)),
        std::string("code_challenge_method=S256"), std::string("prompt=login"),
        std::string("redirect_uri=https%3A%2F%2Fqala.example%2Fapi%2Fv1%2Foidc%2Fcallback")})
    EXPECT_TRUE(url->contains(part)) << part;
  EXPECT_FALSE(url->contains(begun.verifier)) << "the verifier stays here until the code is redeemed";
}

TEST_F(CodeFlow, RedeemsTheCodeForAnIdentity) {
  answer_with(signer.sign(claims(), "RS256"));
  const auto who = provider.redeem(begun, "the code", std::nullopt);
  ASSERT_TRUE(who) << who.error().message;
  EXPECT_EQ(who->subject, "s1");
  EXPECT_EQ(who->name, "aigul");
  EXPECT_EQ(who->roles, std::vector<std::string>{"op"});
  const auto& request = *std::ranges::find(asked, "https://id.example/token", &FetchRequest::url);
  EXPECT_TRUE(request.form.contains("code=the%20code"));
  EXPECT_TRUE(request.form.contains("code_verifier=" + begun.verifier));
  EXPECT_EQ(request.user + ":" + request.password, "qala:a%20b");
  EXPECT_EQ(asked_for("https://id.example/me"), 0U) << "all was in the token";
}

TEST_F(CodeFlow, AsksTheUserinfoForWhatTheTokenLacksAndOnlyOfThatPerson) {
  answer_with(signer.sign(claims(""), "RS256"));
  table["https://id.example/me"] = {200, R"({"sub":"s1","preferred_username":"aigul","groups":["op"]})"};
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt)->name, "aigul");
  table["https://id.example/me"] = {200, R"({"sub":"s2","preferred_username":"boss"})"};
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::denied);
}

TEST_F(CodeFlow, RefusesWhatAHostileProviderWouldSend) {
  const auto other = Signer::rsa("k1");
  const std::string unsigned_token = to_base64url(R"({"alg":"none"})") + "." + to_base64url(claims()) + ".";
  Begun another = begun;
  another.nonce = "of another sign-in";
  answer_with(unsigned_token);
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::denied) << "unsigned";
  answer_with(other.sign(claims(), "RS256"));
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::denied) << "another key";
  answer_with(signer.sign(claims(), "RS256"));
  EXPECT_EQ(provider.redeem(another, "c", std::nullopt).error().kind, ErrorKind::denied) << "nonce";
  EXPECT_EQ(provider.redeem(begun, "c", "https://evil.example").error().kind, ErrorKind::denied)
      << "iss beside the code";
  EXPECT_TRUE(provider.redeem(begun, "c", "https://id.example"));
}

TEST_F(CodeFlow, FetchesNewKeysWhenTheProviderHasRotatedThemButIsNoNuisance) {
  answer_with(signer.sign(claims(), "RS256"));
  ASSERT_TRUE(provider.redeem(begun, "c", std::nullopt));
  ASSERT_TRUE(provider.redeem(begun, "c", std::nullopt));
  EXPECT_EQ(asked_for("https://id.example/keys"), 1U) << "kept";
  const auto fresh = Signer::ec("k2");
  table["https://id.example/keys"] = {200, fresh.jwks()};
  answer_with(fresh.sign(claims(), "ES256"));
  EXPECT_TRUE(provider.redeem(begun, "c", std::nullopt));
  EXPECT_EQ(asked_for("https://id.example/keys"), 2U);
  answer_with(Signer::rsa("k3").sign(claims(), "RS256"));
  for (int n = 0; n < 20; n++) EXPECT_FALSE(provider.redeem(begun, "c", std::nullopt));
  EXPECT_LE(asked_for("https://id.example/keys"), 6U) << "at most five times a minute";
}

TEST_F(CodeFlow, TellsAProviderThatIsDownFromOneThatRefuses) {
  answer_with(signer.sign(claims(), "RS256"));
  table["https://id.example/token"] = {400, R"({"error":"invalid_grant"})"};
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::denied);
  table["https://id.example/token"] = {503, ""};
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::unavailable);
  table["https://id.example/token"] = {200, "<html>"};
  EXPECT_EQ(provider.redeem(begun, "c", std::nullopt).error().kind, ErrorKind::corrupt);
  table.clear();
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(provider.authorization_url(begun, false).error().kind, ErrorKind::unavailable);
}

TEST_F(CodeFlow, LeadsToTheProvidersSignOut) {
  EXPECT_EQ(provider.sign_out_url("t", "https://qala.example/control/"),
            "https://id.example/"
            "out?client_id=qala&post_logout_redirect_uri=https%3A%2F%2Fqala.example%2Fcontrol%2F&id_token_hint=t");
  table.clear();
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(provider.sign_out_url("t", "https://qala.example/control/"), "") << "the provider is gone";
}

class Cookies : public ::testing::Test {
 protected:
  FakeClock clock;
  SystemRandom random;
  BegunSignIns desk{clock, random};
};

TEST_F(Cookies, BindASignInToItsBrowserOnceAndForTenMinutes) {
  const auto [begun, cookie] = desk.begin("https://q/cb", "/control/shift");
  const auto [other, other_cookie] = desk.begin("https://q/cb", "/control/");
  EXPECT_FALSE(desk.end(other_cookie, begun.state)) << "another browser";
  EXPECT_FALSE(desk.end("", begun.state));
  EXPECT_FALSE(desk.end(cookie, ""));
  std::string changed = cookie;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(desk.end(changed, begun.state));
  const auto known = desk.end(cookie, begun.state);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->verifier, begun.verifier);
  EXPECT_EQ(known->return_to, "/control/shift");
  EXPECT_FALSE(desk.end(cookie, begun.state)) << "a second time";
  clock.advance(std::chrono::minutes(11));
  EXPECT_FALSE(desk.end(other_cookie, other.state)) << "too old";
  EXPECT_FALSE(BegunSignIns(clock, random).end(other_cookie, other.state)) << "another process";
}

TEST_F(Cookies, ShowNothingOfTheSecretsInThem) {
  const auto [begun, cookie] = desk.begin("https://q/cb", "/control/");
  const auto bytes = from_base64url(cookie);
  ASSERT_TRUE(bytes);
  for (const auto& secret : {begun.state, begun.nonce, begun.verifier}) EXPECT_FALSE(bytes->contains(secret));
}

}  // namespace
}  // namespace qala::oidc
