// Tokens of a provider, and of those who would like to be taken for it.
#include <gtest/gtest.h>

#include "base/base64.h"
#include "oidc/claims.h"
#include "oidc/jwt.h"
#include "oidc/provider.h"
#include "oidc/test_signer.h"

namespace qala::oidc {
namespace {

using test::Signer;

constexpr std::int64_t kNow = 1'768'660'800;

bool good(const KeySet& keys, const std::string& text) {
  const auto jwt = parse_jwt(text);
  return jwt && keys.verifies(*jwt);
}

TEST(Tokens, OfEachAlgorithmAreVerified) {
  const auto rsa = Signer::rsa(), ec = Signer::ec();
  const auto rsa_keys = KeySet::parse(rsa.jwks()), ec_keys = KeySet::parse(ec.jwks());
  ASSERT_TRUE(rsa_keys && ec_keys);
  EXPECT_TRUE(good(*rsa_keys, rsa.sign("{}", "RS256")));
  EXPECT_TRUE(good(*rsa_keys, rsa.sign("{}", "PS256")));
  EXPECT_TRUE(good(*ec_keys, ec.sign("{}", "ES256")));
}

TEST(Tokens, ChangedByOneLetterAreNotVerified) {
  const auto signer = Signer::rsa();
  const auto keys = KeySet::parse(signer.jwks());
  const std::string token = signer.sign(R"({"sub":"aigul"})", "RS256");
  const std::string other = signer.sign(R"({"sub":"berik"})", "RS256");
  const auto first = token.find('.'), last = token.rfind('.');
  EXPECT_FALSE(good(*keys, token.substr(0, last) + other.substr(other.rfind('.'))));
  std::string changed = token;
  changed[first + 5] = changed[first + 5] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(good(*keys, changed));
  EXPECT_FALSE(good(*keys, token.substr(0, last + 1))) << "no signature";
}

TEST(Tokens, OfAnotherKeyAreNotVerified) {
  const auto mine = Signer::rsa(), other = Signer::rsa();
  const auto keys = KeySet::parse(mine.jwks());
  EXPECT_FALSE(good(*keys, other.sign("{}", "RS256")));
}

TEST(Tokens, WithoutSignatureOrWithASharedSecretAreRefused) {
  const std::string body = to_base64url("{}");
  for (const char* alg : {"none", "None", "NONE", "HS256", "HS512", "RS512", "ES512", "EdDSA", ""}) {
    const std::string header = to_base64url(std::string(R"({"alg":")") + alg + "\"}");
    const auto parsed = parse_jwt(header + "." + body + ".");
    ASSERT_FALSE(parsed) << alg;
    EXPECT_EQ(parsed.error().kind, ErrorKind::denied) << alg;
  }
}

TEST(Tokens, AreVerifiedByKeysOfTheirTypeOnly) {
  const auto rsa = Signer::rsa(), ec = Signer::ec();
  const auto ec_keys = KeySet::parse(ec.jwks());
  EXPECT_FALSE(good(*ec_keys, rsa.sign("{}", "RS256")));
  const auto bound = KeySet::parse("{\"keys\":[" + rsa.jwk(R"(,"alg":"RS256")") + "]}");
  EXPECT_TRUE(good(*bound, rsa.sign("{}", "RS256")));
  EXPECT_FALSE(good(*bound, rsa.sign("{}", "PS256"))) << "the key is for RS256";
  const auto sealing = KeySet::parse("{\"keys\":[" + rsa.jwk(R"(,"use":"enc")") + "]}");
  EXPECT_EQ(sealing->size(), 0U);
}

TEST(Tokens, NameTheirKeyIfThereAreSeveral) {
  const auto one = Signer::rsa("one"), two = Signer::rsa("two");
  const auto both = KeySet::parse("{\"keys\":[" + one.jwk() + "," + two.jwk() + "]}");
  EXPECT_TRUE(good(*both, two.sign("{}", "RS256")));
  EXPECT_FALSE(good(*both, two.sign("{}", "RS256", R"({"alg":"RS256"})"))) << "which one";
  EXPECT_TRUE(good(*KeySet::parse(two.jwks()), two.sign("{}", "RS256", R"({"alg":"RS256"})")));
  EXPECT_FALSE(both->knows(*parse_jwt(Signer::rsa("three").sign("{}", "RS256"))));
}

TEST(Tokens, BringNoKeyAlongAndAskForNothing) {
  const auto mine = Signer::rsa(), other = Signer::rsa("k1");
  const auto keys = KeySet::parse(mine.jwks());
  EXPECT_FALSE(good(*keys, other.sign("{}", "RS256", R"({"alg":"RS256","kid":"k1","jwk":)" + other.jwk() + "}")));
  EXPECT_FALSE(parse_jwt(mine.sign("{}", "RS256", R"({"alg":"RS256","crit":["exp"]})")));
  EXPECT_FALSE(parse_jwt(mine.sign("{}", "RS256", R"({"alg":"RS256","typ":"at+jwt"})"))) << "an access token";
}

TEST(Tokens, ThatAreNoneAreRefusedAsSuch) {
  for (const char* text : {"", ".", "..", "a.b", "a.b.c.d", "!.!.!", "e30.e30.e30", "bnVsbA.e30.AA"})
    EXPECT_EQ(parse_jwt(text).error().kind, ErrorKind::invalid) << text;
  EXPECT_FALSE(parse_jwt(std::string(70'000, 'a') + ".e30.AA"));
}

TEST(Keys, ThatAreTooShortOrNoPointOfTheCurveAreLeftOut) {
  EXPECT_EQ(KeySet::parse(Signer::rsa("k", 1024).jwks())->size(), 0U);
  const std::string zeros = to_base64url(std::string(32, '\1'));
  EXPECT_EQ(
      KeySet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + R"("}]})")->size(),
      0U);
  EXPECT_EQ(KeySet::parse(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"},7,null]})")->size(), 0U);
  EXPECT_FALSE(KeySet::parse("[]"));
  EXPECT_FALSE(KeySet::parse("{"));
}

class IdTokens : public ::testing::Test {
 protected:
  std::string why() const {
    const auto done = check_id_token(token, expected);
    return done ? "" : done.error().message;
  }
  Expected expected{.issuer = "https://id.example", .client_id = "qala", .nonce = "n", .now = kNow};
  IdToken token{.issuer = "https://id.example",
                .subject = "s",
                .nonce = "n",
                .audience = {"qala"},
                .expires = kNow + 300,
                .issued = kNow};
};

TEST_F(IdTokens, MadeForThisSignInAreTaken) { EXPECT_EQ(why(), ""); }

TEST_F(IdTokens, OfAnotherIssuerAudienceOrSignInAreRefused) {
  for (const char* issuer : {"https://id.example/", "https://evil.example", ""}) {
    token.issuer = issuer;
    EXPECT_TRUE(why().contains("issuer")) << issuer;
  }
  token.issuer = expected.issuer;
  token.audience = {"another"};
  EXPECT_TRUE(why().contains("aud"));
  token.audience = {"qala", "another"};
  EXPECT_TRUE(why().contains("azp"));
  token.authorized_party = "qala";
  EXPECT_EQ(why(), "");
  token.authorized_party = "another";
  EXPECT_TRUE(why().contains("azp"));
  token.audience = {"qala"};
  EXPECT_TRUE(why().contains("azp")) << "also with one audience";
  token.authorized_party.clear();
  for (const char* nonce : {"", "m"}) {
    token.nonce = nonce;
    EXPECT_TRUE(why().contains("nonce")) << nonce;
  }
}

TEST_F(IdTokens, MayBeAMinuteOffAndNoMore) {
  token.expires = kNow - 59;
  EXPECT_EQ(why(), "");
  token.expires = kNow - 60;
  EXPECT_TRUE(why().contains("expired"));
  token.expires = kNow + 300;
  token.issued = kNow + 60;
  EXPECT_EQ(why(), "");
  token.issued = kNow + 61;
  EXPECT_TRUE(why().contains("future"));
  token.issued = kNow - 660;
  EXPECT_EQ(why(), "");
  token.issued = kNow - 661;
  EXPECT_TRUE(why().contains("too old"));
  token.issued = kNow;
  token.not_before = kNow + 61;
  EXPECT_TRUE(why().contains("not valid yet"));
}

TEST(Claims, ThatMustBeThereAre) {
  const std::string whole = R"({"iss":"i","sub":"s","aud":["a","b"],"exp":10,"iat":5.0,"nonce":"n","azp":"a"})";
  const auto token = parse_id_token(whole);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(token->issued, 5);
  for (const char* claim : {"iss", "sub", "aud", "exp", "iat", "azp"}) {
    std::string without = whole;
    without.replace(without.find(std::string("\"") + claim + "\":"), 5, "\"xxx\"");
    if (std::string(claim) == "azp") without = R"({"iss":"i","sub":"s","aud":"a","exp":10,"iat":5,"azp":7})";
    EXPECT_FALSE(parse_id_token(without)) << without;
  }
  EXPECT_FALSE(parse_id_token("[]"));
  EXPECT_FALSE(parse_id_token(R"({"iss":"i","sub":"s","aud":"a","exp":"10","iat":5})")) << "a text is no time";
}

TEST(Claims, AreFoundByNameAndByTheWayDown) {
  const std::string json = R"({"groups":["a","b",7],"realm_access":{"roles":["x"]},"https://e.x/r":"y","n":{"m":1}})";
  EXPECT_EQ(claim_values(json, "groups"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claim_values(json, "realm_access.roles"), std::vector<std::string>{"x"});
  EXPECT_EQ(claim_values(json, "https://e.x/r"), std::vector<std::string>{"y"});
  for (const char* path : {"", "none", "n.m", "n.m.o", "groups.a", ".", "n."})
    EXPECT_TRUE(claim_values(json, path).empty()) << path;
}

TEST(Discovery, IsOfTheIssuerAndOverHttps) {
  const auto document = [](const std::string& issuer, const std::string& token_endpoint) {
    return R"({"issuer":")" + issuer + R"(","authorization_endpoint":"https://id.example/a","token_endpoint":")" +
           token_endpoint + R"(","jwks_uri":"https://id.example/k","end_session_endpoint":"javascript:x",)" +
           R"("token_endpoint_auth_methods_supported":["client_secret_post"]})";
  };
  const auto found = parse_discovery(document("https://id.example", "https://id.example/t"), "https://id.example");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->secret_in_form);
  EXPECT_EQ(found->end_session_endpoint, "");
  EXPECT_FALSE(parse_discovery(document("https://evil.example", "https://id.example/t"), "https://id.example"));
  EXPECT_FALSE(parse_discovery(document("https://id.example", "http://id.example/t"), "https://id.example"));
  EXPECT_FALSE(parse_discovery("{}", "https://id.example"));
}

TEST(Addresses, AreHttpsOrOnThisMachine) {
  for (const char* url : {"https://id.example/x", "https://id.example:8443", "http://127.0.0.1:3000/x",
                          "http://localhost/x", "http://[::1]:80/x", "https://[2001:db8::1]/x"})
    EXPECT_TRUE(is_usable_url(url)) << url;
  for (const char* url : {"", "http://id.example", "ftp://id.example", "https://", "https://user@id.example/",
                          "http://127.0.0.1.evil.example/", "http://localhost@evil.example/", "http://[::2]/",
                          "https://id.example/a b", "//id.example", "http://127.1evil/"})
    EXPECT_FALSE(is_usable_url(url)) << url;
}

TEST(Returns, LeadIntoTheControlRoomOnly) {
  for (const char* path : {"/control/", "/control/shift", "/control/things/7?x=1", "/control"})
    EXPECT_EQ(safe_return(path), path);
  for (const char* path : {"", "/", "//evil.example", "/control//evil.example", "https://evil.example",
                           "/control/\\evil", "/controlx", "/control/\r\nSet-Cookie:x"})
    EXPECT_EQ(safe_return(path), "/control/") << path;
}

}  // namespace
}  // namespace qala::oidc
