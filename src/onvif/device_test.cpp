#include "onvif/device.h"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <iterator>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "onvif/soap.h"

namespace qala::onvif {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;

std::string file(const std::string& name) {
  std::ifstream in("fuzz/corpus/onvif_answer/" + name + ".xml");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == std::string::npos) return {};
  const auto start = begin + from.size();
  return text.substr(start, text.find(to, start) - start);
}

/// A camera that keeps its own time, and what it was sent.
class Camera final : public Post {
 public:
  explicit Camera(const Clock& ours) : ours_(ours) {}
  Duration ahead{};
  bool digest_only = false, no_media2 = false;
  std::string password = "secret";
  std::vector<Letter> letters;
  std::function<std::optional<Reply>(const Letter&)> other;

  asio::awaitable<Result<Reply>> send(Letter letter) override {
    letters.push_back(letter);
    co_return answer(letter);
  }
  std::size_t count(const std::string& action) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(letters, [&](const Letter& one) { return one.action.ends_with(action); }));
  }

 private:
  bool signature_fits(const std::string& body) const {
    const std::string created = between(body, "<wsu:Created>", "<");
    const auto at = parse_iso(created);
    if (!at) return false;
    const auto off = ours_.now() + ahead - *at;
    // The nonce is ours to choose: the digest itself is proven against the known vector.
    return off < std::chrono::seconds(5) && off > -std::chrono::seconds(5) &&
           body.find("PasswordDigest\">") != std::string::npos;
  }
  Result<Reply> answer(const Letter& letter) {
    if (other) {
      if (auto own = other(letter)) return *own;
    }
    const std::string now = to_iso(Instant::from_seconds((ours_.now() + ahead).seconds()));
    if (letter.action.ends_with("GetSystemDateAndTime")) {
      std::string text = file("time");
      const auto put = [&](const std::string& tag, const std::string& value) {
        const auto from = text.find("<tt:" + tag + ">") + tag.size() + 5;
        text.replace(from, text.find('<', from) - from, value);
      };
      put("Year", now.substr(0, 4)), put("Month", now.substr(5, 2)), put("Day", now.substr(8, 2));
      put("Hour", now.substr(11, 2)), put("Minute", now.substr(14, 2)), put("Second", now.substr(17, 2));
      return Reply{200, text};
    }
    if (digest_only && letter.password != password) return Reply{401, ""};
    if (!digest_only && (letter.user.empty() ? !signature_fits(letter.body) : true)) return Reply{400, file("fault")};
    if (letter.action.ends_with("GetServices")) return Reply{200, file("services")};
    if (letter.action.find("ver20/media") != std::string::npos && no_media2) return Reply{500, "<html>broken</html>"};
    if (letter.action.ends_with("GetProfiles"))
      return Reply{200, file(letter.action.find("ver20") == std::string::npos ? "profiles_1" : "profiles_2")};
    if (letter.action.ends_with("GetStreamUri")) return Reply{200, file("uri_2")};
    if (letter.action.ends_with("CreatePullPointSubscriptionRequest")) return Reply{200, file("subscription")};
    if (letter.action.ends_with("PullMessagesRequest")) return Reply{200, file("messages")};
    if (letter.action.ends_with("SetPreset")) return Reply{404, "nothing"};
    return Reply{200, file("status")};
  }
  const Clock& ours_;
};

class DeviceTest : public ::testing::Test {
 protected:
  template <class T>
  Result<T> run(asio::awaitable<Result<T>> what) {
    std::optional<Result<T>> out;
    asio::co_spawn(io, std::move(what), [&](const std::exception_ptr&, Result<T> done) { out = std::move(done); });
    io.restart();
    io.run();
    return std::move(*out);
  }
  asio::io_context io{1};
  FakeClock clock;
  SeededRandom random{7};
  Camera camera{clock};
  Device device{
      camera,
      clock,
      random,
      {.at = *Address::parse("http://10.0.3.17:8080/onvif/device_service"), .user = "op", .password = "secret"}};
};

TEST_F(DeviceTest, IsSignedInTheCamerasTime) {
  camera.ahead = -std::chrono::hours(7);
  const auto profiles = run(device.profiles());
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().codec, "H265") << "Media2 is asked first";
  EXPECT_THAT(camera.letters.front().action, HasSubstr("GetSystemDateAndTime"));
  EXPECT_THAT(camera.letters.front().body, Not(HasSubstr("Security")));
}

TEST_F(DeviceTest, IsAskedAnewWhenItsClockWasSet) {
  ASSERT_TRUE(run(device.profiles()));
  clock.advance(std::chrono::minutes(5));
  camera.ahead = std::chrono::hours(3);
  const auto again = run(device.profiles());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(camera.count("GetSystemDateAndTime"), 2U);
}

TEST_F(DeviceTest, ThatTakesNoSignatureGetsHttpDigest) {
  camera.digest_only = true;
  ASSERT_TRUE(run(device.profiles()));
  const std::size_t before = camera.letters.size();
  ASSERT_TRUE(run(device.profiles()));
  EXPECT_EQ(camera.letters.size(), before + 1) << "and is remembered to";
  EXPECT_THAT(camera.letters.back().body, Not(HasSubstr("UsernameToken")));
}

TEST_F(DeviceTest, WithAnotherPasswordIsDenied) {
  camera.digest_only = true;
  camera.password = "another";
  const auto denied = run(device.profiles());
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().kind, ErrorKind::denied);
  EXPECT_THAT(denied.error().message, HasSubstr("10.0.3.17:8080"));
  EXPECT_THAT(denied.error().message, Not(HasSubstr("secret")));
}

TEST_F(DeviceTest, IsSpokenWithAtItsOwnAddress) {
  EXPECT_EQ(*run(device.stream_address("main")), "rtsp://10.0.3.17/main") << "it names 192.168.1.64";
  for (const Letter& letter : camera.letters)
    EXPECT_THAT(letter.url, HasSubstr("http://10.0.3.17:8080/")) << letter.action;
}

TEST_F(DeviceTest, WithoutMedia2IsAskedTheOldWay) {
  camera.no_media2 = true;
  EXPECT_EQ(run(device.profiles())->front().codec, "H264");
}

TEST_F(DeviceTest, MovesWithinBoundsAndNotForEver) {
  ASSERT_TRUE(run(device.move("main\"<", {.pan = 7, .tilt = -0.5, .zoom = 0}, std::chrono::seconds(10))));
  const std::string& body = camera.letters.back().body;
  EXPECT_THAT(body, HasSubstr("x=\"1\" y=\"-0.5\""));
  EXPECT_THAT(body, HasSubstr("<Timeout>PT10S</Timeout>"));
  EXPECT_THAT(body, HasSubstr("<ProfileToken>main&quot;&lt;</ProfileToken>"));
  const auto refused = run(device.save_preset("main", "Gate", ""));
  EXPECT_THAT(refused.error().message, HasSubstr("HTTP 404"));
}

TEST_F(DeviceTest, GivesBackWhatASubscriptionWants) {
  const auto subscription = run(device.subscribe(std::chrono::seconds(60)));
  ASSERT_TRUE(subscription) << subscription.error().message;
  EXPECT_EQ(subscription->address, "http://10.0.3.17:8080/onvif/events/pull");
  EXPECT_EQ(run(device.pull(*subscription, std::chrono::seconds(5)))->size(), 5U);
  EXPECT_THAT(camera.letters.back().body, HasSubstr("SubscriptionId"));
  EXPECT_GT(camera.letters.back().deadline, std::chrono::seconds(5))
      << "an answer may take as long as it was told to wait";
}

}  // namespace
}  // namespace qala::onvif
