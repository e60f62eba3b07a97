#include "notify/courier.h"

#include <gtest/gtest.h>

namespace qala::notify {

TEST(Courier, OfATrainingCopySendsNothing) {
  CourierOptions options;
  options.sends = false;
  Courier courier(std::move(options));
  Outcome heard;
  courier.send(Parcel(), [&](Outcome outcome) { heard = std::move(outcome); });
  EXPECT_EQ(heard.fate, Fate::never);
  EXPECT_EQ(heard.words, "this is a training copy: nothing is sent");
  courier.stop(std::chrono::milliseconds(0));
}

}  // namespace qala::notify
