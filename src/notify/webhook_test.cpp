#include "notify/webhook.h"

#include <gtest/gtest.h>

#include "notify/testbed.h"

namespace qala::notify {
namespace {

// The example of the Standard Webhooks specification and of its libraries' tests.
TEST(WebHook, IsSignedAsTheStandardsExample) {
  const auto headers = hook_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", Instant::from_seconds(1'614'265'330),
                                    R"({"test": 2432232314})", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(headers[0].second, "msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_EQ(headers[1].second, "1614265330");
  EXPECT_EQ(headers[2].second, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_EQ(headers[3], (std::pair<std::string, std::string>("Idempotency-Key", "msg_p5jXN8AQM9LWM0D4loKWxJek")));
}

TEST(WebHook, SecretsOfOurOwnAreNewAndOfOthersAreLookedAt) {
  SeededRandom random(1);
  const auto one = new_hook_secret(random), two = new_hook_secret(random);
  EXPECT_NE(one, two);
  EXPECT_TRUE(is_hook_secret(one));
  for (const char* bad : {"", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_!!!"})
    EXPECT_FALSE(is_hook_secret(bad)) << bad;
}

TEST(WebHook, CarriesTheEventsWithTheirAlarms) {
  const auto names = testing::Desk::names();
  const Letter letter{.language = words::Language::en,
                      .recipient = "Bot",
                      .address = "https://q.example.kz",
                      .zone = *Zone::find("Asia/Almaty"),
                      .now = Instant::from_seconds(1'768'660'800),
                      .names = names};
  const Told told{.step = 41, .event = Event::raised, .at = letter.now, .alarm = testing::Desk::alarm(17)};
  const std::string body = hook_body(std::span(&told, 1), 3, "k-1-41", letter);
  for (const char* part : {R"("type":"qala.alarms","key":"k-1-41")", R"("left_out":3)",
                           R"("step":41,"event":"raised","at":1768660800000)", R"("text":"High: rule cold · HS-17")",
                           R"("url":"https://q.example.kz/control/alarms?alarm=17")", R"("alarm":{"id":17)"})
    EXPECT_NE(body.find(part), std::string::npos) << part << "\n" << body;
}

}  // namespace
}  // namespace qala::notify
