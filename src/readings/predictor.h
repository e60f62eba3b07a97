#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "readings/varint.h"

namespace qala::readings {

/// Guesses a number from those before it: (offset + sum of tap[i] * number[-1-i]) / 64, rounded down. Before the first
/// number of a block, all are `centre`. Taps of {64} alone is "as the one before", none at all is `centre`.
class Predictor {
 public:
  Predictor() = default;

  static constexpr std::size_t kMostTaps = 4;
  static constexpr int kShift = 6;

  /// The one of a few that leaves the least of these (sampled) numbers.
  static Predictor best_for(std::span<const std::int64_t> numbers, std::int64_t centre);

  void put(std::string& out) const;
  bool parse(Cursor& from);

  /// zigzag(number - guess) of a block.
  void differences(std::span<const std::int64_t> block, std::span<std::uint64_t> into) const;
  /// The numbers again; `differences` and `into` may be the same memory.
  void restore(std::span<const std::uint64_t> differences, std::span<std::int64_t> into) const;

 private:
  Predictor(std::int64_t centre, std::span<const int> taps);

  template <std::size_t N>
  void differences_with(std::span<const std::int64_t> block, std::span<std::uint64_t> into) const;
  template <std::size_t N>
  void restore_with(std::span<const std::uint64_t> differences, std::span<std::int64_t> into) const;

  std::int64_t centre_ = 0;
  std::size_t count_ = 0;
  std::array<std::int64_t, kMostTaps> taps_{};
  std::int64_t offset_ = 0;
};

}  // namespace qala::readings
