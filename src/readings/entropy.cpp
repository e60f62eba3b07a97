#include "readings/entropy.h"

#include <algorithm>
#include <cmath>

#include "readings/bit_stream.h"

// frequencies := symbols:varint k:3 bits, then for each symbol rice_k(zigzag(step - step of the symbol two before))
// block := state0:u32 state1:u32 word:u16* open                  open is read from the end of the block backwards

namespace qala::readings {

namespace {

constexpr std::uint32_t kLow = 1u << 16;  // states stay in [2^16, 2^32)
constexpr unsigned kMostSteps = 45;
constexpr unsigned kReciprocalBits = 43;

/// 16 x 2^(i/4)
constexpr std::array<std::uint32_t, kMostSteps> make_weights() {
  constexpr double kQuarter[] = {1.0, 1.189207115002721, 1.4142135623730951, 1.681792830507429};
  std::array<std::uint32_t, kMostSteps> weights{};
  for (unsigned i = 0; i < kMostSteps; i++) {
    weights[i] = static_cast<std::uint32_t>(16.0 * kQuarter[i % 4] * static_cast<double>(1u << i / 4) + 0.5);
  }
  return weights;
}
constexpr auto kWeights = make_weights();

}  // namespace

Frequencies Frequencies::of_counts(std::span<const std::uint32_t> counts) {
  Frequencies f;
  std::size_t n = counts.size();
  while (n > 0 && counts[n - 1] == 0) n--;
  f.steps_.resize(n);
  const double most = n == 0 ? 1 : *std::ranges::max_element(counts);
  for (std::size_t i = 0; i < n; i++) {
    if (counts[i] == 0) continue;
    const double step = kMostSteps + 4 * std::log2(counts[i] / most);
    f.steps_[i] = static_cast<std::uint8_t>(std::max(1.0, std::round(step)));
  }
  f.spread();
  return f;
}

/// Makes the frequencies add up to kSlots, each at least 1. Whole numbers only: every machine gets the same.
void Frequencies::spread() {
  values_.assign(steps_.size(), 0);
  std::uint32_t sum = 0;  // weights are below 2^16, symbols below 2^9
  for (const std::uint8_t step : steps_) sum += step == 0 ? 0 : kWeights[step - 1];
  if (sum == 0) return;
  std::int64_t left = kSlots;
  for (std::size_t i = 0; i < steps_.size(); i++) {
    if (steps_[i] == 0) continue;
    const std::uint32_t share = (kWeights[steps_[i] - 1] * kSlots + sum / 2) / sum;
    values_[i] = static_cast<std::uint16_t>(std::max(1u, share));
    left -= values_[i];
  }
  while (left != 0) {
    const auto most = std::ranges::max_element(values_);
    const std::int64_t change = left > 0 ? left : std::max<std::int64_t>(left, -(*most / 2));
    *most = static_cast<std::uint16_t>(*most + change);
    left -= change;
  }
}

void Frequencies::put(std::string& out) const {
  const auto step = [&](std::size_t i) { return static_cast<std::int64_t>(steps_[i]); };
  const auto code = [&](std::size_t i) { return zigzag(step(i) - (i < 2 ? 0 : step(i - 2))); };
  unsigned best = 0;
  std::uint64_t least = UINT64_MAX;
  for (unsigned k = 0; k < 8; k++) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < steps_.size(); i++) bits += (code(i) >> k) + 1 + k;
    if (bits < least) {
      least = bits;
      best = k;
    }
  }
  put_varint(out, steps_.size());
  BitWriter bits(out);
  bits.put(best, 3);
  for (std::size_t i = 0; i < steps_.size(); i++) bits.put_rice(code(i), best);
  bits.flush();
}

bool Frequencies::parse(Cursor& from) {
  const std::uint64_t n = from.varint();
  if (from.bad() || n == 0 || n > kSymbols) return false;
  BitReader bits(from);
  const auto k = static_cast<unsigned>(bits.take(3));
  steps_.resize(n);
  for (std::size_t i = 0; i < n; i++) {
    const std::int64_t before = i < 2 ? 0 : steps_[i - 2];
    const std::int64_t step = before + unzigzag(bits.take_rice(k, 2 * kMostSteps + 255));
    if (from.bad() || step < 0 || step > kMostSteps) return false;
    steps_[i] = static_cast<std::uint8_t>(step);
  }
  spread();
  return std::ranges::any_of(values_, [](std::uint16_t v) { return v != 0; });
}

BlockEncoder::BlockEncoder(const Frequencies& frequencies)
    : frequencies_(frequencies.values().begin(), frequencies.values().end()) {
  std::uint32_t sum = 0;
  for (const std::uint16_t f : frequencies_) {
    starts_.push_back(sum);
    reciprocals_.push_back(f == 0 ? 0 : ((std::uint64_t{1} << kReciprocalBits) + f - 1) / f);
    sum += f;
  }
}

void BlockEncoder::encode(std::span<const std::uint64_t> numbers, std::string& out) {
  words_.clear();
  std::uint32_t states[2] = {kLow, kLow};
  for (std::size_t i = numbers.size(); i-- > 0;) {
    const std::uint32_t symbol = symbol_of(numbers[i]);
    const std::uint32_t frequency = frequencies_[symbol];
    std::uint32_t& state = states[i & 1];
    if (state >= std::uint64_t{frequency} << (32 - kSlotBits)) {
      words_.push_back(static_cast<std::uint16_t>(state));
      state >>= 16;
    }
    // Exact: a state is below 2^32, a frequency at most 2^11.
    const auto quotient =
        static_cast<std::uint32_t>((static_cast<unsigned __int128>(reciprocals_[symbol]) * state) >> kReciprocalBits);
    state = (quotient << kSlotBits) + (state - quotient * frequency) + starts_[symbol];
  }
  put_fixed(out, states[0]);
  put_fixed(out, states[1]);
  for (std::size_t i = words_.size(); i-- > 0;) put_fixed(out, words_[i]);
  // The open bits: high bits first from the last byte backwards, so that the reader loads them from one end.
  open_.clear();
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (const std::uint64_t number : numbers) {
    const unsigned count = open_bits(symbol_of(number));
    word = word << count | (number & ((std::uint64_t{1} << count) - 1));
    for (filled += count; filled >= 8; filled -= 8) put_byte(open_, static_cast<unsigned>(word >> (filled - 8) & 0xff));
  }
  if (filled > 0) put_byte(open_, static_cast<unsigned>(word << (8 - filled) & 0xff));
  out.append(open_.rbegin(), open_.rend());
}

void BlockDecoder::prepare(const Frequencies& frequencies) {
  std::uint64_t* at = slots_.data();
  const auto values = frequencies.values();
  for (std::uint32_t symbol = 0; symbol < values.size(); symbol++) {
    const std::uint32_t frequency = values[symbol];
    if (frequency == 0) continue;
    const std::uint64_t mantissa = symbol < 16 ? symbol : (symbol & 7) + 8;
    const std::uint64_t first = frequency | mantissa << 32 | std::uint64_t{open_bits(symbol)} << 48;
    for (std::uint32_t i = 0; i < frequency; i++) at[i] = first + (std::uint64_t{i} << 16);
    at += frequency;
  }
}

bool BlockDecoder::decode(std::span<const std::byte> bytes, std::span<std::uint64_t> numbers, bool whole) const {
  if (bytes.size() < 8) return false;
  const std::byte* at = bytes.data() + 8;
  const std::byte* const end = bytes.data() + bytes.size();
  const std::byte* const last_word = end - 8;  // where the highest eight bytes of open bits begin
  const std::size_t most_open = (bytes.size() - 8) * 8;
  std::size_t taken = 0;  // open bits
  std::uint32_t states[2];
  std::memcpy(states, bytes.data(), 8);

  const auto one = [&](std::uint32_t& state, std::uint64_t& number) __attribute__((always_inline)) {
    const std::uint64_t slot = slots_[state & (kSlots - 1)];
    const auto open = static_cast<unsigned>(slot >> 48);
    state = static_cast<std::uint16_t>(slot) * (state >> kSlotBits) + static_cast<std::uint16_t>(slot >> 16);
    std::uint64_t word = 0;
    std::memcpy(&word, last_word - taken / 8, 8);
    word <<= taken % 8;
    // In two steps: a shift by 64 would not be defined.
    number = (slot >> 32 & 0xffff) << open | (word >> 1 >> (63 - open));
    taken += open;
  };
  const auto refill = [&](std::uint32_t& state) __attribute__((always_inline)) {
    std::uint16_t word = 0;
    std::memcpy(&word, at, 2);
    const bool low = state < kLow;
    state = low ? state << 16 | word : state;
    at += low ? 2 : 0;
  };

  std::size_t i = 0;
  // Four numbers take at most four words and 4 x 53 open bits.
  for (; i + 4 <= numbers.size() && end - at >= 8 && taken + 224 <= most_open; i += 4) {
    one(states[0], numbers[i]);
    one(states[1], numbers[i + 1]);
    refill(states[0]);
    refill(states[1]);
    one(states[0], numbers[i + 2]);
    one(states[1], numbers[i + 3]);
    refill(states[0]);
    refill(states[1]);
  }
  for (; i < numbers.size(); i++) {
    if (taken > most_open) return false;
    std::uint32_t& state = states[i & 1];
    one(state, numbers[i]);
    if (state >= kLow) continue;
    if (end - at < 2) return false;
    refill(state);
  }
  return !whole || (states[0] == kLow && states[1] == kLow && static_cast<std::size_t>(end - at) == (taken + 7) / 8);
}

}  // namespace qala::readings
