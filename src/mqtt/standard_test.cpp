// Corners of the standard that clients seldom come to.
#include "mqtt/server_fixture.h"

namespace qala::mqtt::testing {
namespace {

using namespace std::chrono_literals;

const std::string kForADay = u32_property(kSessionExpiry, 86400);

class StandardTest : public ServerTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(StandardTest, AWillLivesFromItsPublishingOn) {
  auto watcher = bus("watcher");
  watcher->subscribe("wills");
  auto client = bus("w", {.will_topic = "wills", .will_payload = "gone", .will_properties = u32_property(kExpiry, 5)});
  clock.advance(20s);
  client->cut();
  const auto got = watcher->next();
  EXPECT_EQ(got.payload, "gone");
  EXPECT_EQ(got.property(kExpiry), "5");
}

}  // namespace
}  // namespace qala::mqtt::testing
