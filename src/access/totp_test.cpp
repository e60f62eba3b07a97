#include "access/totp.h"

#include <gtest/gtest.h>

#include <span>

#include "access/user_agent.h"

namespace qala::access {
namespace {

std::vector<std::byte> secret(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

const auto kSecret = secret("12345678901234567890");  // of the RFC's vectors

TEST(Totp, GivesTheCodesOfRfc6238) {
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                          {1111111111, "14050471"}, {1234567890, "89005924"},
                                                          {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : vectors) {
    EXPECT_EQ(totp_code(kSecret, totp_step(seconds), 8), code) << seconds;
    EXPECT_EQ(totp_code(kSecret, totp_step(seconds)), std::string(code).substr(2)) << seconds;
  }
}

TEST(Totp, TakesTheStepsBesideThePresentOneAndNoOther) {
  const std::int64_t now = 1'700'000'010;
  const std::int64_t step = totp_step(now);
  for (const std::int64_t away : {-1, 0, 1})
    EXPECT_EQ(totp_match(kSecret, totp_code(kSecret, step + away), now, 0), step + away);
  for (const std::int64_t away : {-2, 2}) EXPECT_FALSE(totp_match(kSecret, totp_code(kSecret, step + away), now, 0));
}

TEST(Totp, TakesNoStepTwiceAndNoneBeforeIt) {
  const std::int64_t now = 1'700'000'010;
  const std::int64_t step = totp_step(now);
  EXPECT_FALSE(totp_match(kSecret, totp_code(kSecret, step), now, step));
  EXPECT_FALSE(totp_match(kSecret, totp_code(kSecret, step - 1), now, step));
  EXPECT_TRUE(totp_match(kSecret, totp_code(kSecret, step + 1), now, step));
}

TEST(Totp, ReadsCodesAsAppsShowThem) {
  const std::string code = totp_code(kSecret, totp_step(59));
  EXPECT_TRUE(totp_match(kSecret, code.substr(0, 3) + " " + code.substr(3), 59, 0));
  for (const char* wrong : {"", "12345", "1234567", "abcdef"}) EXPECT_FALSE(totp_match(kSecret, wrong, 59, 0)) << wrong;
}

TEST(Totp, WritesSecretsAsAppsReadThem) {
  EXPECT_EQ(base32(secret("")), "");
  EXPECT_EQ(base32(secret("f")), "MY");
  EXPECT_EQ(base32(secret("foobar")), "MZXW6YTBOI");
  EXPECT_EQ(base32(kSecret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(totp_uri("Үш", "a b", "ABC"), "otpauth://totp/%D2%AE%D1%88:a%20b?secret=ABC&issuer=%D2%AE%D1%88");
}

TEST(RecoveryCodes, AreReadHoweverTheyAreTyped) {
  std::array<std::byte, 7> bytes{};
  for (std::size_t n = 0; n < bytes.size(); n++) bytes[n] = std::byte(n * 37 + 11);
  const std::string code = make_recovery_code(bytes);
  ASSERT_EQ(code.size(), 11U);
  std::string loud = " " + code;
  for (char& c : loud) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  EXPECT_EQ(plain_recovery_code(loud), plain_recovery_code(code));
  EXPECT_EQ(plain_recovery_code("oooooiiiil"), "0000011111");
  EXPECT_EQ(plain_recovery_code("123456"), "");
  EXPECT_EQ(plain_recovery_code("k7dp2-m9x4!"), "");
}

TEST(Browsers, AreNamedInWords) {
  EXPECT_EQ(browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox 128, Linux");
  EXPECT_EQ(browser_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                       "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87"),
            "Edge 126, Windows");
  EXPECT_EQ(browser_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                       "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"),
            "Safari 17, iOS");
  EXPECT_EQ(browser_of("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"),
            "Chrome 126, Android");
  EXPECT_EQ(browser_of("curl/7.88.1"), "curl 7");
  EXPECT_EQ(browser_of(""), "");
  EXPECT_EQ(browser_of(std::string(100, 'x') + "\x01<b>"), std::string(40, 'x'));
  EXPECT_EQ(browser_of("\x01\x7f\xffok"), "ok");
}

}  // namespace
}  // namespace qala::access
