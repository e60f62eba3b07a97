#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace qala::readings {

/// Bytes that `count` numbers of `width` bits take.
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) { return (count * width + 7) / 8; }

/// Appends the low `width` (0..64) bits of each number, low bit first, without gaps.
void pack_bits(std::span<const std::uint64_t> numbers, unsigned width, std::string& out);
/// `bytes` holds exactly packed_bytes(numbers.size(), width).
void unpack_bits(std::span<const std::byte> bytes, unsigned width, std::span<std::uint64_t> numbers);

}  // namespace qala::readings
