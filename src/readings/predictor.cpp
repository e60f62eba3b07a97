#include "readings/predictor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "readings/entropy.h"

// predictor := centre:zigzag taps:u8 tap:i8*

namespace qala::readings {

namespace {

constexpr std::size_t kRun = 128;   ///< numbers in a row that are looked at
constexpr std::size_t kRuns = 4;    ///< how many such runs, evenly spread
constexpr std::size_t kLags = Predictor::kMostTaps;

/// Runs of `numbers` to judge by: all of it if it is short.
std::vector<std::span<const std::int64_t>> sample(std::span<const std::int64_t> numbers) {
  if (numbers.size() <= kRun * kRuns) return {numbers};
  std::vector<std::span<const std::int64_t>> runs;
  const std::size_t stride = (numbers.size() - kRun) / (kRuns - 1);
  for (std::size_t i = 0; i < kRuns; i++) runs.push_back(numbers.subspan(i * stride, kRun));
  return runs;
}

/// Taps of the linear guess of `order` that leaves the least squares, from the autocovariances (Levinson and Durbin).
std::vector<int> least_squares(std::span<const double> covariance, std::size_t order) {
  std::vector<double> taps(order, 0.0);
  double error = covariance[0];
  for (std::size_t k = 0; k < order && error > 0; k++) {
    double reflection = covariance[k + 1];
    for (std::size_t i = 0; i < k; i++) reflection -= taps[i] * covariance[k - i];
    reflection /= error;
    std::vector<double> next = taps;
    next[k] = reflection;
    for (std::size_t i = 0; i < k; i++) next[i] = taps[i] - reflection * taps[k - 1 - i];
    taps = next;
    error *= 1 - reflection * reflection;
  }
  std::vector<int> whole;
  for (const double tap : taps) {
    if (!std::isfinite(tap)) return {};
    whole.push_back(static_cast<int>(std::clamp(std::round(tap * (1 << Predictor::kShift)), -127.0, 127.0)));
  }
  return whole;
}

std::array<double, kLags + 1> covariances(std::span<const std::span<const std::int64_t>> runs, std::int64_t centre) {
  std::array<double, kLags + 1> sums{};
  double history[kRun * kRuns];
  for (const auto run : runs) {
    for (std::size_t i = 0; i < run.size(); i++) history[i] = static_cast<double>(wrap_sub(run[i], centre));
    for (std::size_t lag = 0; lag <= kLags; lag++) {
      for (std::size_t i = kLags; i < run.size(); i++) sums[lag] += history[i] * history[i - lag];
    }
  }
  return sums;
}

/// Bits that the differences of the runs would take, by the entropy of their symbols.
double cost(const Predictor& predictor, std::span<const std::span<const std::int64_t>> runs) {
  std::array<std::uint32_t, kSymbols> counts{};
  std::uint64_t differences[kRun * kRuns];
  std::size_t n = 0;
  double bits = 0;
  for (const auto run : runs) {
    const auto own = std::span(differences).first(run.size());
    predictor.differences(run, own);
    for (const std::uint64_t difference : own.subspan(1)) {
      if (difference >> kNumberBits != 0) return INFINITY;
      const std::uint32_t symbol = symbol_of(difference);
      counts[symbol]++;
      bits += open_bits(symbol);
      n++;
    }
  }
  for (const std::uint32_t count : counts) {
    if (count > 0) bits += count * std::log2(static_cast<double>(n) / count) + 3;
  }
  return bits;
}

}  // namespace

Predictor::Predictor(std::int64_t centre, std::span<const int> taps) : centre_(centre), count_(taps.size()) {
  std::ranges::copy(taps, taps_.begin());
  std::int64_t rest = 1 << kShift;
  for (const std::int64_t tap : taps_) rest -= tap;
  offset_ = wrap_add(wrap_mul(centre, rest), 1 << (kShift - 1));
}

Predictor Predictor::best_for(std::span<const std::int64_t> numbers, std::int64_t centre) {
  const auto runs = sample(numbers);
  const auto covariance = covariances(runs, centre);
  const std::vector<std::vector<int>> candidates = {
      {64}, {}, {16, 16, 16, 16}, least_squares(covariance, 1), least_squares(covariance, 4)};
  Predictor best(centre, candidates[0]);
  double least = cost(best, runs);
  for (std::size_t i = 1; i < candidates.size(); i++) {
    const Predictor one(centre, candidates[i]);
    const double bits = cost(one, runs) * 1.002;  // the plainer one unless it matters
    if (bits >= least) continue;
    least = bits;
    best = one;
  }
  return best;
}

void Predictor::put(std::string& out) const {
  put_signed(out, centre_);
  put_byte(out, static_cast<unsigned>(count_));
  for (std::size_t i = 0; i < count_; i++) put_byte(out, static_cast<std::uint8_t>(taps_[i]));
}

bool Predictor::parse(Cursor& from) {
  const std::int64_t centre = from.signed_varint();
  const unsigned count = from.byte();
  if (from.bad() || count > kMostTaps) return false;
  int taps[kMostTaps];
  for (std::size_t i = 0; i < count; i++) taps[i] = static_cast<std::int8_t>(from.byte());
  *this = Predictor(centre, std::span(taps).first(count));
  return !from.bad();
}

template <std::size_t N>
void Predictor::differences_with(std::span<const std::int64_t> block, std::span<std::uint64_t> into) const {
  std::array<std::int64_t, N> before;
  before.fill(centre_);
  for (std::size_t i = 0; i < block.size(); i++) {
    std::int64_t sum = offset_;
    for (std::size_t k = N; k-- > 0;) sum = wrap_add(sum, wrap_mul(taps_[k], before[k]));
    into[i] = zigzag(wrap_sub(block[i], sum >> kShift));
    for (std::size_t k = N - 1; k > 0; k--) before[k] = before[k - 1];
    before[0] = block[i];
  }
}

void Predictor::differences(std::span<const std::int64_t> block, std::span<std::uint64_t> into) const {
  switch (count_) {
    case 0:
      for (std::size_t i = 0; i < block.size(); i++) into[i] = zigzag(wrap_sub(block[i], centre_));
      return;
    case 1: return differences_with<1>(block, into);
    case 2: return differences_with<2>(block, into);
    case 3: return differences_with<3>(block, into);
    default: return differences_with<4>(block, into);
  }
}

template <std::size_t N>
void Predictor::restore_with(std::span<const std::uint64_t> differences, std::span<std::int64_t> into) const {
  std::array<std::int64_t, N> before;
  before.fill(centre_);
  for (std::size_t i = 0; i < into.size(); i++) {
    std::int64_t sum = offset_;
    for (std::size_t k = N; k-- > 0;) sum = wrap_add(sum, wrap_mul(taps_[k], before[k]));
    const std::int64_t number = wrap_add(sum >> kShift, unzigzag(differences[i]));
    for (std::size_t k = N - 1; k > 0; k--) before[k] = before[k - 1];
    before[0] = number;
    into[i] = number;
  }
}

void Predictor::restore(std::span<const std::uint64_t> differences, std::span<std::int64_t> into) const {
  if (count_ == 0) {
    for (std::size_t i = 0; i < into.size(); i++) into[i] = wrap_add(centre_, unzigzag(differences[i]));
    return;
  }
  if (count_ == 1 && taps_[0] == 1 << kShift) {
    std::int64_t number = centre_;
    for (std::size_t i = 0; i < into.size(); i++) into[i] = number = wrap_add(number, unzigzag(differences[i]));
    return;
  }
  switch (count_) {
    case 1: return restore_with<1>(differences, into);
    case 2: return restore_with<2>(differences, into);
    case 3: return restore_with<3>(differences, into);
    default: return restore_with<4>(differences, into);
  }
}

}  // namespace qala::readings
