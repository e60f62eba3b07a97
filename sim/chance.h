#pragma once

#include <cmath>
#include <cstdint>

namespace qala::sim {

// Chance without state: everything that looks random is a function of the seed, of who asks and of the time, so that
// any moment can be worked out alone and history runs into the present without a seam.

/// splitmix64's finaliser: every bit of the input touches every bit of the result.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return mix(a ^ mix(b)); }
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) { return mix(mix(a, b), c); }

/// [0, 1)
constexpr double unit(std::uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1.0p-53; }
/// (-1, 1), triangular around 0: two dice, cheap and close enough to an instrument's noise.
constexpr double wobble(std::uint64_t hash) {
  const auto a = static_cast<std::int32_t>(hash);
  const auto b = static_cast<std::int32_t>(hash >> 32);
  return (static_cast<double>(a) + static_cast<double>(b)) * 0x1.0p-32;
}

/// Smooth noise in (-1, 1): one die at every whole `x`, eased in between.
inline double drifting(std::uint64_t seed, double x) {
  const double whole = std::floor(x);
  const double f = x - whole;
  const auto at = static_cast<std::uint64_t>(static_cast<std::int64_t>(whole));
  const double a = 2 * unit(mix(seed, at)) - 1;
  const double b = 2 * unit(mix(seed, at + 1)) - 1;
  return a + (b - a) * f * f * (3 - 2 * f);
}

/// A row of dice for building the town: same seed, same row.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed)) {}
  double next() { return unit(mix(state_++)); }
  double between(double low, double high) { return low + (high - low) * next(); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() * static_cast<double>(n)); }

 private:
  std::uint64_t state_;
};

}  // namespace qala::sim
