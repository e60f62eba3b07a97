#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "readings/varint.h"

namespace qala::readings {

// A static range coder (rANS, two interleaved states) over the sizes of numbers. A number is a symbol and the low bits
// that the symbol leaves open: numbers below 16 are their own symbol, larger ones share eight symbols an octave.

constexpr unsigned kSlotBits = 11;
constexpr std::uint32_t kSlots = 1u << kSlotBits;
constexpr unsigned kMantissaBits = 3;
/// Numbers handled: below 2^56, so that the open bits come in one load.
constexpr unsigned kNumberBits = 56;
constexpr std::size_t kSymbols = (kNumberBits - kMantissaBits) << kMantissaBits | 8;

constexpr std::uint32_t symbol_of(std::uint64_t number) {
  if (number < 16) return static_cast<std::uint32_t>(number);
  const auto shift = static_cast<unsigned>(std::bit_width(number)) - 1 - kMantissaBits;
  return (shift << kMantissaBits) + static_cast<std::uint32_t>(number >> shift);
}
/// How many low bits of a number its symbol leaves open.
constexpr unsigned open_bits(std::uint32_t symbol) { return symbol < 16 ? 0 : (symbol >> kMantissaBits) - 1; }

/// How often each symbol comes, in 1/2048; 0: never. Written as a quarter of an octave each, a few bits a symbol.
class Frequencies {
 public:
  static Frequencies of_counts(std::span<const std::uint32_t> counts);
  void put(std::string& out) const;
  /// False if the bytes are no such table.
  bool parse(Cursor& from);
  std::span<const std::uint16_t> values() const { return values_; }

 private:
  void spread();

  std::vector<std::uint8_t> steps_;  ///< 0: never; s: weight 2^((s-1)/4)
  std::vector<std::uint16_t> values_;
};

/// Appends one block. `numbers` hold only symbols that have a frequency.
class BlockEncoder {
 public:
  explicit BlockEncoder(const Frequencies& frequencies);
  void encode(std::span<const std::uint64_t> numbers, std::string& out);

 private:
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint64_t> reciprocals_;
  std::vector<std::uint16_t> frequencies_;
  std::vector<std::uint16_t> words_;  ///< reused, last first
  std::string open_;                  ///< reused
};

/// Decodes blocks; built once a column.
class BlockDecoder {
 public:
  void prepare(const Frequencies& frequencies);
  /// Exactly `numbers.size()` numbers from exactly these bytes; false if they are not that. Not `whole`: the first
  /// ones.
  bool decode(std::span<const std::byte> bytes, std::span<std::uint64_t> numbers, bool whole = true) const;

 private:
  /// Frequency, bias, mantissa and number of open bits, 16 bits each, lowest first: one load a number.
  std::array<std::uint64_t, kSlots> slots_;
};

}  // namespace qala::readings
