#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace qala::bench {

/// The readings of a made-up town: 3,000 datastreams, one reading in ten minutes, values in tenths, in time order
/// across all datastreams. One seed gives one town, on every machine with the same std::normal_distribution. Made slot
/// by slot (ten minutes of everything), so that a year needs no more memory than a day. Not thread-safe.
class TownYear {
 public:
  static constexpr std::size_t kDatastreams = 3000;
  static constexpr std::int64_t kSlotsADay = 144;
  static constexpr std::int64_t kStart = 1'735'689'600;  ///< 2025-01-01T00:00:00Z, seconds

  explicit TownYear(std::uint64_t seed = 2025) : state_(seed), noise_(1u << 16) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    for (float& x : noise_) x = normal(random);
    for (float& x : character_) x = gauss();
  }

  /// Tenths of every datastream for the next ten minutes.
  void next(std::span<std::int16_t> tenths) {
    const double day = static_cast<double>(slot_ / kSlotsADay);
    const auto hour = static_cast<float>(slot_ % kSlotsADay) / 6;
    slot_++;
    hour_ = hour;
    season_ = static_cast<float>(std::sin(2 * M_PI * (day - 105) / 365));
    warmth_ = std::sin(static_cast<float>(M_PI) * (hour - 9) / 12);
    bustle_ = std::sin(static_cast<float>(M_PI) * (hour - 5) / 6);
    for (float& w : weather_) w += 0.1f * gauss() - 0.005f * w;
    for (std::size_t i = 0; i < kDatastreams; i++) {
      tenths[i] = static_cast<std::int16_t>(std::lrint(10 * value(i)));
    }
  }

  /// What a datastream measures: two in ten fine dust, three temperature, two humidity, two lamp power, one a count.
  static const char* measures(std::size_t i) {
    static constexpr std::array<const char*, 10> names = {"pm2_5",       "pm2_5",    "temperature", "temperature",
                                                          "temperature", "humidity", "humidity",    "power",
                                                          "power",       "count"};
    return names[i % 10];
  }
  static bool whole(std::size_t i) { return i % 10 == 9; }
  /// Seconds since 1970: the datastreams report one after the other within each ten minutes.
  static std::int64_t time(std::int64_t slot, std::size_t i) {
    return kStart + slot * 600 + static_cast<std::int64_t>(i / 5);
  }

 private:
  float value(std::size_t i) {
    const float own = character_[i], x = gauss(), weather = weather_[i / 10 % weather_.size()];
    float& walk = walk_[i];
    switch (i % 10) {
      case 0:
      case 1: walk = 0.97f * walk + 0.8f * x; return std::max(0.f, 22 + 3 * own + 3 * bustle_ + 4 * weather + walk);
      case 2:
      case 3:
      case 4: walk = 0.98f * walk + 0.15f * x; return 10 + 9 * season_ + 5 * warmth_ + 2 * weather + own + walk;
      case 5:
      case 6:
        walk = 0.98f * walk + 0.6f * x;
        return std::clamp(65 - 12 * warmth_ - 5 * weather + 3 * own + walk, 5.f, 100.f);
      case 7:
      case 8: {
        const bool dark = hour_ > 18 + 2.5f * season_ || hour_ < 7 - 2 * season_;
        if (!dark) return 0.4f + 0.04f * x;
        return (70 + 4 * own) * (hour_ >= 23 || hour_ < 5 ? 0.5f : 1.f) + 0.3f * x;
      }
      default: {
        const float traffic = hour_ < 5 ? 6 : 45 + 25 * bustle_ + 10 * warmth_;
        return std::max(0.f, std::round(traffic + 6 * own + std::sqrt(std::abs(traffic)) * x));
      }
    }
  }
  /// Four draws from a table of 65,536 normal values per step of the random generator.
  float gauss() {
    if (left_ == 0) {
      state_ += 0x9E3779B97F4A7C15u;
      std::uint64_t z = state_;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
      z = (z ^ z >> 27) * 0x94D049BB133111EBu;
      draw_ = z ^ z >> 31;
      left_ = 4;
    }
    left_--;
    const float x = noise_[draw_ & 0xffff];
    draw_ >>= 16;
    return x;
  }

  std::uint64_t state_, draw_ = 0;
  int left_ = 0;
  std::vector<float> noise_;
  std::array<float, kDatastreams> character_{}, walk_{};
  std::array<float, 10> weather_{};
  std::int64_t slot_ = 0;
  float hour_ = 0, season_ = 0, warmth_ = 0, bustle_ = 0;
};

/// InfluxDB line protocol of the town, about 75 bytes a line:
/// `temperature,sensor=zhagalau-abay-street-s0123 v=-12.3 1735689600000000000`. Any number of threads may use one.
class Lines {
 public:
  Lines() {
    static constexpr std::array<const char*, 8> places = {
        "zhagalau-abay-street", "ortalyk-qala-square",  "teplichny-school-nr2", "ondiris-boiler-house",
        "saryarka-bus-stop-4",  "vokzal-south-gate-01", "mikrorayon-five-yard", "kolgolik-park-bridge"};
    for (std::size_t i = 0; i < TownYear::kDatastreams; i++) {
      std::string number = std::to_string(i);
      number.insert(0, 4 - number.size(), '0');
      prefix_.push_back(std::string(TownYear::measures(i)) + ",sensor=" + places[i / 10 % places.size()] + "-s" +
                        number + " v=");
    }
    for (int tenths = kLow; tenths < kHigh; tenths++) {
      Text text;
      text.size = static_cast<std::uint8_t>(print(text.bytes.data(), tenths) - text.bytes.data());
      values_.push_back(text);
    }
  }
  static constexpr std::size_t kLongest = 128;  ///< bytes of a line at most

  /// Writes one line; `nanoseconds` within the second. Returns the end.
  char* write(char* at, std::size_t i, int tenths, std::int64_t second) const {
    const std::string& prefix = prefix_[i];
    std::memcpy(at, prefix.data(), prefix.size());
    at += prefix.size();
    if (tenths >= kLow && tenths < kHigh) {
      const Text& text = values_[static_cast<std::size_t>(tenths - kLow)];
      std::memcpy(at, text.bytes.data(), text.bytes.size());
      at += text.size - (TownYear::whole(i) ? 2 : 0);
    } else {
      at = print(at, tenths) - (TownYear::whole(i) ? 2 : 0);
    }
    *at++ = ' ';
    at = std::to_chars(at, at + 20, second).ptr;
    std::memcpy(at, "000000000\n", 10);
    return at + 10;
  }

 private:
  static constexpr int kLow = -1000, kHigh = 3000;
  struct Text {
    std::array<char, 7> bytes{};
    std::uint8_t size = 0;
  };
  static char* print(char* at, int tenths) {
    if (tenths < 0) *at++ = '-';
    const int positive = std::abs(tenths);
    at = std::to_chars(at, at + 12, positive / 10).ptr;
    *at++ = '.';
    *at++ = static_cast<char>('0' + positive % 10);
    return at;
  }
  std::vector<std::string> prefix_;
  std::vector<Text> values_;
};

}  // namespace qala::bench
