#include "readings/bits.h"

#include <cstring>

#include "readings/varint.h"

namespace qala::readings {

namespace {

std::uint64_t load(const std::byte* at, std::size_t available) {
  std::uint64_t word = 0;
  if (available >= 8) {
    std::memcpy(&word, at, 8);
  } else {
    std::memcpy(&word, at, available);
  }
  return word;
}

/// One number that may lie across nine bytes, or near the end.
std::uint64_t unpack_one(std::span<const std::byte> bytes, std::size_t bit, unsigned width) {
  const std::size_t at = bit / 8;
  const unsigned shift = bit % 8;
  std::uint64_t word = load(bytes.data() + at, bytes.size() - at) >> shift;
  if (shift + width > 64) word |= static_cast<std::uint64_t>(bytes[at + 8]) << (64 - shift);
  return width == 64 ? word : word & ((std::uint64_t{1} << width) - 1);
}

}  // namespace

void pack_bits(std::span<const std::uint64_t> numbers, unsigned width, std::string& out) {
  const std::size_t start = out.size();
  const std::size_t size = packed_bytes(numbers.size(), width);
  if (size == 0) return;
  out.resize(start + size + 16);  // room for whole words
  char* at = out.data() + start;
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (const std::uint64_t number : numbers) {
    word |= number << filled;
    filled += width;
    if (filled < 64) continue;
    std::memcpy(at, &word, 8);
    at += 8;
    filled -= 64;
    word = filled == 0 ? 0 : number >> (width - filled);
  }
  std::memcpy(at, &word, 8);
  out.resize(start + size);
}

void unpack_bits(std::span<const std::byte> bytes, unsigned width, std::span<std::uint64_t> numbers) {
  if (width == 0) {
    std::memset(numbers.data(), 0, numbers.size_bytes());
    return;
  }
  std::size_t i = 0;
  std::size_t bit = 0;
  if (width <= 56 && bytes.size() >= 8) {
    const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
    const std::size_t last = (bytes.size() - 8) * 8;
    const std::size_t whole = std::min(numbers.size(), last / width + 1);
    for (; i < whole; i++, bit += width) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + bit / 8, 8);
      numbers[i] = (word >> (bit % 8)) & mask;
    }
  }
  for (; i < numbers.size(); i++, bit += width) numbers[i] = unpack_one(bytes, bit, width);
}

}  // namespace qala::readings
