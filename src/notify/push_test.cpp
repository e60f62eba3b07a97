#include "base/base64.h"
#include "notify/push.h"

#include <gtest/gtest.h>

#include "notify/loose_base64.h"

namespace qala::notify {
namespace {

std::string bytes(std::string_view text) {
  const auto decoded = from_loose_base64(text);
  EXPECT_TRUE(decoded) << text;
  return decoded.value_or("");
}

// RFC 8291, section 5.
TEST(Push, TheExampleOfTheStandardComesOutByteForByte) {
  const KeyPair pair{
      .secret = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
      .open = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7"
                    "A8")};
  const auto browser =
      PushKeys::parse("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                      "BTBZMqHH6r4Tts7J_aSIgg");
  ASSERT_TRUE(browser) << browser.error().message;
  const auto sealed =
      encrypt_push("When I grow up, I want to be a watermelon", *browser, pair, bytes("DGv6ra1nlYgDCS1FRnbzlw"));
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(
      to_base64url(*sealed),
      "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PB"
      "ru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(Push, KeysThatAreNoPointsAreRefused) {
  const auto pair = KeyPair::make();
  ASSERT_TRUE(pair);
  const std::string auth = to_base64url(std::string(16, 'a'));
  EXPECT_TRUE(PushKeys::parse(to_base64url(pair->open), auth));
  std::string off_curve = pair->open;
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  EXPECT_FALSE(PushKeys::parse(to_base64url(off_curve), auth));
  EXPECT_FALSE(PushKeys::parse(to_base64url(pair->open.substr(0, 33)), auth));
  EXPECT_FALSE(PushKeys::parse(to_base64url(pair->open), "AAAA"));
  EXPECT_FALSE(PushKeys::parse("!", auth));
}

TEST(Push, KeysAreStoredAndReadBack) {
  const auto pair = KeyPair::make();
  const auto keys = PushKeys::parse(to_base64url(pair->open), to_base64url(std::string(16, 'a')));
  ASSERT_TRUE(keys);
  const auto back = PushKeys::from_stored(keys->stored());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->p256dh, keys->p256dh);
  EXPECT_EQ(back->auth, keys->auth);
  EXPECT_FALSE(PushKeys::from_stored("nonsense"));
}

TEST(Push, WhatIsTooLongForOneRecordIsRefused) {
  const auto pair = KeyPair::make();
  const auto browser = PushKeys::parse(to_base64url(pair->open), to_base64url(std::string(16, 'a')));
  const auto own = KeyPair::make();
  const auto longest = encrypt_push(std::string(kLongestPush, 'x'), *browser, *own, std::string(16, 's'));
  ASSERT_TRUE(longest);
  EXPECT_LE(longest->size(), 4096u);
  EXPECT_FALSE(encrypt_push(std::string(kLongestPush + 1, 'x'), *browser, *own, std::string(16, 's')));
}

TEST(Vapid, NamesTheServiceTheTimeAndTheTown) {
  const auto town = KeyPair::make();
  const auto header = vapid_authorization(*town, "https://push.example.net:8443/send/abc?x=1", "mailto:it@example.kz",
                                          Instant::from_seconds(1'768'700'000));
  ASSERT_TRUE(header);
  ASSERT_TRUE(header->starts_with("vapid t="));
  EXPECT_TRUE(header->ends_with(", k=" + to_base64url(town->open)));
  const auto first = header->find('.') + 1;
  EXPECT_EQ(bytes(std::string_view(*header).substr(first, header->find('.', first) - first)),
            R"({"aud":"https://push.example.net:8443","exp":1768700000,"sub":"mailto:it@example.kz"})");
}

}  // namespace
}  // namespace qala::notify
