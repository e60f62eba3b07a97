#include "video/analysis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/random.h"
#include "video/hours.h"
#include "video/load.h"
#include "video/test_camera.h"

namespace qala::video {
namespace {

using tests::textured;

/// A street with a sensor's noise.
class Street {
 public:
  Picture picture(int square = -1, int brighter = 0) {
    Picture out = textured(320, 180, square);
    for (std::uint8_t& pixel : out.y) {
      pixel = static_cast<std::uint8_t>(
          std::clamp(int{pixel} + brighter + static_cast<int>(random_.next() % 9) - 4, 16, 235));
    }
    return out;
  }

 private:
  SeededRandom random_{7};
};

std::uint32_t feed(Motion& motion, const Picture& picture) {
  return motion.feed(to_grey(picture, Motion::kWidth, Motion::kHeight));
}

TEST(VideoMotion, NoiseIsNoMotion) {
  Street street;
  Motion motion;
  for (int i = 0; i < 30; i++) EXPECT_FALSE(Motion::is_motion(feed(motion, street.picture()))) << i;
}

TEST(VideoMotion, SomethingThatMovesIs) {
  Street street;
  Motion motion;
  for (int i = 0; i < 10; i++) (void)feed(motion, street.picture());
  EXPECT_TRUE(Motion::is_motion(feed(motion, street.picture(50))));
  EXPECT_TRUE(Motion::is_motion(feed(motion, street.picture(100))));
}

TEST(VideoMotion, ALampThatGoesOnIsNot) {
  Street street;
  Motion motion;
  for (int i = 0; i < 10; i++) (void)feed(motion, street.picture());
  EXPECT_FALSE(Motion::is_motion(feed(motion, street.picture(-1, 20))));
}

TEST(VideoMotion, WhatMovesAlwaysBecomesUsual) {
  Motion motion;
  Grey grey{Motion::kWidth, Motion::kHeight, std::vector<std::uint8_t>(Motion::kWidth * Motion::kHeight, 100)};
  std::uint32_t last = 0;
  for (int i = 0; i < 120; i++) {
    // A tree: the same cells go up and down.
    for (std::uint32_t y = 10; y < 20; y++) {
      for (std::uint32_t x = 10; x < 20; x++) grey.cells[y * Motion::kWidth + x] = i % 2 ? 100 : 120;
    }
    last = motion.feed(grey);
  }
  EXPECT_FALSE(Motion::is_motion(last));
}

/// Feeds one picture a second for so long and says what is on then.
class Watcher {
 public:
  explicit Watcher(int usual = 40) {
    for (int i = 0; i < usual; i++) see(street_.picture());
  }
  void see(const Picture& picture) {
    at_ = at_ + std::chrono::seconds(1);
    conditions_.feed(to_grey(picture, Conditions::kWidth, Conditions::kHeight), at_);
  }
  std::vector<Condition> after(const std::function<Picture()>& picture, int seconds = 30) {
    for (int i = 0; i < seconds; i++) see(picture());
    std::vector<Condition> on;
    for (std::size_t i = 0; i < kConditions; i++) {
      if (conditions_.on(static_cast<Condition>(i))) on.push_back(static_cast<Condition>(i));
    }
    return on;
  }
  Street street_;
  Conditions conditions_;
  Instant at_ = Instant::from_seconds(1'000'000);
};

Picture noisy(std::uint8_t level) {
  static SeededRandom random(3);
  Picture out = Picture::flat(320, 180, level);
  for (std::uint8_t& pixel : out.y)
    pixel = static_cast<std::uint8_t>(std::clamp<int>(pixel + static_cast<int>(random.next() % 5) - 2, 16, 235));
  return out;
}

TEST(VideoConditions, AnUsualStreetHasNone) {
  Watcher watcher;
  EXPECT_EQ(watcher.after([&] { return watcher.street_.picture(); }), std::vector<Condition>{});
  EXPECT_GT(watcher.conditions_.brightness(), 10);
}

TEST(VideoConditions, AHandBeforeTheLensIsCovered) {
  Watcher watcher;
  EXPECT_EQ(watcher.after([] { return noisy(90); }), std::vector{Condition::covered});
  EXPECT_EQ(watcher.after([&] { return watcher.street_.picture(); }), std::vector<Condition>{}) << "and away again";
}

TEST(VideoConditions, BlackAtOnceIsCoveredAndBlackSlowlyIsDark) {
  Watcher at_once;
  EXPECT_EQ(at_once.after([] { return noisy(18); }), std::vector{Condition::covered});
  Watcher slowly;
  for (int level = 90; level > 18; level -= 2) slowly.see(noisy(static_cast<std::uint8_t>(level)));
  const auto on = slowly.after([] { return noisy(18); });
  EXPECT_EQ(on, std::vector{Condition::dark});
}

TEST(VideoConditions, WhiteIsOverexposed) {
  Watcher watcher;
  EXPECT_EQ(watcher.after([] { return noisy(235); }), std::vector{Condition::overexposed});
}

TEST(VideoConditions, ThePictureThatNeverChangesIsFrozen) {
  Watcher watcher;
  const Picture same = watcher.street_.picture();
  EXPECT_EQ(watcher.after([&] { return same; }), std::vector{Condition::frozen});
}

TEST(VideoConditions, OutOfFocusIsBlurred) {
  Watcher watcher;
  const auto blurred = [&] {
    // Made small and large again: what was sharp is not.
    const Picture sharp = watcher.street_.picture();
    const Picture small = scaled(sharp, 20, 11);
    Picture out = sharp;
    for (std::uint32_t y = 0; y < 180; y++) {
      for (std::uint32_t x = 0; x < 320; x++) {
        const double fx = std::min(18.0, x / 16.0), fy = std::min(9.0, y / 16.4);
        const auto ix = static_cast<std::uint32_t>(fx), iy = static_cast<std::uint32_t>(fy);
        const double px = fx - ix, py = fy - iy;
        const auto cell = [&](std::uint32_t cx, std::uint32_t cy) {
          return static_cast<double>(small.y[cy * 20 + cx]);
        };
        out.y[y * 320 + x] = static_cast<std::uint8_t>((cell(ix, iy) * (1 - px) + cell(ix + 1, iy) * px) * (1 - py) +
                                                       (cell(ix, iy + 1) * (1 - px) + cell(ix + 1, iy + 1) * px) * py +
                                                       static_cast<double>((x * 31 + y * 17) % 3));
      }
    }
    // Contrast stays, as it does out of focus at this size.
    for (std::uint8_t& pixel : out.y)
      pixel = static_cast<std::uint8_t>(std::clamp((int{pixel} - 110) * 3 + 110, 16, 235));
    return out;
  };
  const auto on = watcher.after([&] {
    Picture picture = blurred();
    picture.y[static_cast<std::size_t>(watcher.at_.seconds() % 1000)] ^= 64;
    return picture;
  });
  EXPECT_TRUE(std::ranges::find(on, Condition::blurred) != on.end());
}

TEST(VideoConditions, AnotherViewIsMovedUntilItIsUsual) {
  Watcher watcher;
  Street other;
  const auto turned = [&] {
    Picture picture = other.picture();
    // Upside down: as sharp, elsewhere.
    std::ranges::reverse(picture.y);
    for (std::uint32_t y = 0; y < 60; y++) {
      for (std::uint32_t x = 0; x < 320; x++) picture.y[y * 320 + x] = static_cast<std::uint8_t>(60 + x / 40 * 15);
    }
    return picture;
  };
  const Picture base = turned();
  int step = 0;
  const auto view = [&] {
    Picture picture = base;
    picture.y[static_cast<std::size_t>(step++ % 2500) * 20] ^= 32;
    return picture;
  };
  const auto on = watcher.after(view);
  EXPECT_TRUE(std::ranges::find(on, Condition::moved) != on.end());
  const auto later = watcher.after(view, 700);
  EXPECT_TRUE(std::ranges::find(later, Condition::moved) == later.end());
}

TEST(VideoConditions, AMomentIsNotACondition) {
  Watcher watcher;
  EXPECT_EQ(watcher.after([] { return noisy(90); }, 15), std::vector<Condition>{});
}

TEST(VideoAnalysis, SeesMotionInWhatACameraSends) {
  auto encoder = Encoder::make({.width = 320, .height = 240, .fps = 10, .kbit = 2000});
  ASSERT_TRUE(encoder);
  KeyFrameDecoders decoders;
  Analysis analysis;
  bool before = false, moved = false;
  for (int i = 0; i < 12; i++) {
    const auto sample = (*encoder)->encode(textured(320, 240, i < 8 ? 20 : 20 + i * 10), true, i * 1000);
    ASSERT_TRUE(sample);
    const auto seen = analysis.look(decoders, *(*encoder)->track(), *sample, Instant::from_seconds(100 + i));
    ASSERT_TRUE(seen.decoded) << seen.words;
    (i < 8 ? before : moved) |= seen.motion;
    EXPECT_GT(seen.brightness, 5);
  }
  EXPECT_FALSE(before);
  EXPECT_TRUE(moved);
}

TEST(VideoLoad, GivesWayStepByStepAndComesBack) {
  Load load;
  for (int i = 0; i < 2; i++) EXPECT_EQ(load.feed({.loop_lag_ms = 400}), 0);
  EXPECT_EQ(load.feed({.loop_lag_ms = 400}), 1);
  for (int i = 0; i < 6; i++) load.feed({.loop_lag_ms = 400});
  EXPECT_EQ(load.level(), 3);
  EXPECT_FALSE(load.words().empty());
  for (int i = 0; i < 20; i++) load.feed({.loop_lag_ms = 5});
  EXPECT_EQ(load.level(), 2);
  for (int i = 0; i < 40; i++) load.feed({.loop_lag_ms = 5});
  EXPECT_EQ(load.level(), 0);
  for (int i = 0; i < 3; i++) load.feed({.disk_queue = 100u << 20});
  EXPECT_EQ(load.level(), 1) << "a slow disk counts too";
}

TEST(VideoHours, HoldWithinTheirDaysAndOverMidnight) {
  EXPECT_TRUE(within({}, 3, 100));
  const std::vector<Hours> office{{.days = 0x1f, .from = 480, .to = 1080}};
  EXPECT_TRUE(within(office, 0, 480));
  EXPECT_FALSE(within(office, 0, 1080));
  EXPECT_FALSE(within(office, 5, 600));
  const std::vector<Hours> friday_night{{.days = 0x10, .from = 1320, .to = 360}};
  EXPECT_TRUE(within(friday_night, 4, 1400));
  EXPECT_TRUE(within(friday_night, 5, 100));
  EXPECT_FALSE(within(friday_night, 4, 100));
  EXPECT_TRUE(within({{.days = 1, .from = 0, .to = 0}}, 0, 700)) << "equal: the whole day";
}

}  // namespace
}  // namespace qala::video
