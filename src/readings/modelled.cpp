#include "readings/modelled.h"

#include <algorithm>
#include <numeric>

// modelled := low:zigzag divisor:varint predictor frequencies length:varint* block*
// The column holds (number - low) / divisor; a length and a block for every 512 rows. See docs/formats/column.md.

namespace qala::readings {

namespace {

constexpr std::uint64_t kWidest = std::uint64_t{1} << 52;

/// The greatest number that divides all differences to `low`.
std::uint64_t common_divisor(std::span<const std::int64_t> numbers, std::int64_t low) {
  std::uint64_t divisor = 0;
  for (const std::int64_t number : numbers) {
    const auto over = static_cast<std::uint64_t>(wrap_sub(number, low));
    if (divisor != 0 && over % divisor == 0) continue;
    divisor = std::gcd(divisor, over);
    if (divisor == 1) break;
  }
  return std::max<std::uint64_t>(divisor, 1);
}

std::int64_t middle(std::span<const std::int64_t> numbers) {
  long double sum = 0;
  for (const std::int64_t number : numbers) sum += static_cast<long double>(number);
  return static_cast<std::int64_t>(sum / static_cast<long double>(numbers.size()));
}

/// Differences of all blocks, and how often each symbol comes in them.
bool differences_of(std::span<const std::int64_t> numbers, const Predictor& predictor, std::vector<std::uint64_t>& into,
                    std::array<std::uint32_t, kSymbols>& counts) {
  into.resize(numbers.size());
  for (std::size_t at = 0; at < numbers.size(); at += kBlockRows) {
    const std::size_t n = std::min(kBlockRows, numbers.size() - at);
    predictor.differences(numbers.subspan(at, n), std::span(into).subspan(at, n));
  }
  for (const std::uint64_t difference : into) {
    if (difference >> kNumberBits != 0) return false;
    counts[symbol_of(difference)]++;
  }
  return true;
}

}  // namespace

bool encode_modelled(std::span<const std::int64_t> numbers, std::string& out) {
  if (numbers.empty()) return false;
  const auto [low, high] = std::ranges::minmax(numbers);
  if (static_cast<std::uint64_t>(wrap_sub(high, low)) >= kWidest) return false;
  const std::uint64_t divisor = common_divisor(numbers, low);
  std::vector<std::int64_t> scaled(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); i++) scaled[i] = wrap_sub(numbers[i], low);
  if (divisor > 1) {
    for (std::int64_t& number : scaled)
      number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) / divisor);
  }
  const Predictor predictor = Predictor::best_for(scaled, middle(scaled));
  std::vector<std::uint64_t> differences;
  std::array<std::uint32_t, kSymbols> counts{};
  if (!differences_of(scaled, predictor, differences, counts)) return false;
  put_signed(out, low);
  put_varint(out, divisor);
  predictor.put(out);
  const Frequencies frequencies = Frequencies::of_counts(counts);
  frequencies.put(out);
  BlockEncoder encoder(frequencies);
  std::string blocks;
  for (std::size_t at = 0; at < differences.size(); at += kBlockRows) {
    const std::size_t before = blocks.size();
    encoder.encode(std::span(differences).subspan(at, std::min(kBlockRows, differences.size() - at)), blocks);
    put_varint(out, blocks.size() - before);
  }
  out += blocks;
  return true;
}

bool ModelledColumn::open(Cursor& from, std::size_t rows) {
  rows_ = rows;
  low_ = from.signed_varint();
  divisor_ = static_cast<std::int64_t>(from.varint());
  if (from.bad() || !predictor_.parse(from) || !frequencies_.parse(from)) return false;
  decoder_.prepare(frequencies_);
  const std::size_t count = (rows + kBlockRows - 1) / kBlockRows;
  if (count > from.left()) return false;
  std::vector<std::uint64_t> lengths(count);
  for (std::uint64_t& length : lengths) length = from.varint();
  blocks_.clear();
  for (const std::uint64_t length : lengths) blocks_.push_back(from.take(length));
  return !from.bad();
}

bool ModelledColumn::decode_block(std::size_t block, std::span<std::int64_t> into) {
  const std::span<std::uint64_t> differences(reinterpret_cast<std::uint64_t*>(into.data()), into.size());
  const bool whole = into.size() == std::min(kBlockRows, rows_ - block * kBlockRows);
  if (!decoder_.decode(blocks_[block], differences, whole)) return false;
  predictor_.restore(differences, into);
  if (divisor_ != 1) {
    for (std::int64_t& number : into) number = wrap_add(wrap_mul(number, divisor_), low_);
  } else {
    for (std::int64_t& number : into) number = wrap_add(number, low_);
  }
  return true;
}

bool ModelledColumn::decode(std::size_t begin, std::size_t end, std::span<std::int64_t> into) {
  std::int64_t whole[kBlockRows];
  for (std::size_t at = begin / kBlockRows * kBlockRows; at < end; at += kBlockRows) {
    const std::size_t rows = std::min(kBlockRows, rows_ - at);
    if (at >= begin && at + rows <= end) {
      if (!decode_block(at / kBlockRows, into.subspan(at - begin, rows))) return false;
      continue;
    }
    const std::size_t first = std::max(begin, at);
    const std::size_t last = std::min(end, at + rows);
    if (!decode_block(at / kBlockRows, std::span(whole).first(last - at))) return false;
    std::copy(whole + (first - at), whole + (last - at), into.begin() + static_cast<std::ptrdiff_t>(first - begin));
  }
  return true;
}

}  // namespace qala::readings
