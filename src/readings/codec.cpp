#include "readings/codec.h"

#include <zstd.h>

#include <algorithm>

#include "readings/bits.h"

// column := constant | packed | modelled
// constant := 0x00 value:zigzag                                      every number is `value`
// packed := 0x01 block*                                              numbers as they are
//         | 0x02 first:zigzag block*                                 differences to the number before
// block := base:zigzag width:u8 (number-base):width bits, 64 of them but in the last block
// modelled := 0x03 and what modelled.cpp says                        predicted and entropy coded
// Numbers that belong together lie in one column; how many there are is known from elsewhere. docs/formats/column.md.
//
// text := 0x00 size:varint byte*size | 0x01 size:varint packed:varint zstd-frame

namespace qala::readings {

namespace {

constexpr std::size_t kBlock = 64;
/// Columns longer than this are never smaller packed than modelled.
constexpr std::size_t kSurelyModelled = 1024;
enum Form : unsigned { kConstant = 0, kPacked = 1, kPackedSteps = 2, kModelled = 3 };

unsigned width_of(std::int64_t low, std::int64_t high) {
  return static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(wrap_sub(high, low))));
}

std::size_t packed_cost(std::span<const std::int64_t> numbers) {
  std::size_t bits = 0;
  for (std::size_t at = 0; at < numbers.size(); at += kBlock) {
    const auto block = numbers.subspan(at, std::min(kBlock, numbers.size() - at));
    std::int64_t low = block[0];
    std::int64_t high = block[0];
    for (const std::int64_t v : block) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
    bits += block.size() * width_of(low, high);
  }
  return bits;
}

void encode_blocks(std::span<const std::int64_t> numbers, std::string& out) {
  std::uint64_t over[kBlock];
  for (std::size_t at = 0; at < numbers.size(); at += kBlock) {
    const auto block = numbers.subspan(at, std::min(kBlock, numbers.size() - at));
    std::int64_t low = block[0];
    std::int64_t high = block[0];
    for (const std::int64_t v : block) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
    const unsigned width = width_of(low, high);
    for (std::size_t i = 0; i < block.size(); i++) over[i] = static_cast<std::uint64_t>(wrap_sub(block[i], low));
    put_signed(out, low);
    put_byte(out, width);
    pack_bits(std::span(over).first(block.size()), width, out);
  }
}

bool decode_blocks(Cursor& from, std::span<std::int64_t> into) {
  for (std::size_t at = 0; at < into.size(); at += kBlock) {
    const auto block = into.subspan(at, std::min(kBlock, into.size() - at));
    const std::int64_t low = from.signed_varint();
    const unsigned width = from.byte();
    if (width > 64) return false;
    const auto bytes = from.take(packed_bytes(block.size(), width));
    if (from.bad()) return false;
    unpack_bits(bytes, width, {reinterpret_cast<std::uint64_t*>(block.data()), block.size()});
    if (low != 0) {
      for (std::int64_t& v : block) v = wrap_add(v, low);
    }
  }
  return true;
}

}  // namespace

namespace {

void encode_packed(std::span<const std::int64_t> numbers, std::string& out) {
  std::vector<std::int64_t> steps(numbers.size() - 1);
  for (std::size_t i = 1; i < numbers.size(); i++) steps[i - 1] = wrap_sub(numbers[i], numbers[i - 1]);
  if (packed_cost(steps) >= packed_cost(numbers)) {
    put_byte(out, kPacked);
    return encode_blocks(numbers, out);
  }
  put_byte(out, kPackedSteps);
  put_signed(out, numbers[0]);
  encode_blocks(steps, out);
}

}  // namespace

void encode_numbers(std::span<const std::int64_t> numbers, Packing packing, std::string& out) {
  if (std::ranges::all_of(numbers, [&](std::int64_t v) { return v == numbers[0]; })) {
    put_byte(out, kConstant);
    put_signed(out, numbers.empty() ? 0 : numbers[0]);
    return;
  }
  const std::size_t start = out.size();
  if (packing == Packing::small) {
    put_byte(out, kModelled);
    if (!encode_modelled(numbers, out)) return out.resize(start), encode_packed(numbers, out);
    if (numbers.size() > kSurelyModelled) return;
    const std::string modelled = out.substr(start);
    out.resize(start);
    encode_packed(numbers, out);
    if (modelled.size() < out.size() - start) out.replace(start, std::string::npos, modelled);
    return;
  }
  encode_packed(numbers, out);
}

bool decode_numbers(Cursor& from, std::span<std::int64_t> into) {
  switch (from.byte()) {
    case kConstant: std::ranges::fill(into, from.signed_varint()); return !from.bad();
    case kPacked: return decode_blocks(from, into);
    case kPackedSteps: {
      const std::int64_t first = from.signed_varint();
      if (from.bad() || into.empty()) return false;
      into[0] = first;
      if (!decode_blocks(from, into.subspan(1))) return false;
      for (std::size_t i = 1; i < into.size(); i++) into[i] = wrap_add(into[i], into[i - 1]);
      return true;
    }
    case kModelled: {
      static thread_local ModelledColumn column;
      return column.open(from, into.size()) && column.decode(0, into.size(), into);
    }
    default: return false;
  }
}

bool NumberColumn::open(Cursor& from, std::size_t rows) {
  is_modelled_ = from.peek() == kModelled;
  if (is_modelled_) {
    from.byte();
    return modelled_.open(from, rows);
  }
  whole_.resize(rows);
  return decode_numbers(from, whole_);
}

bool NumberColumn::decode(std::size_t begin, std::size_t end, std::span<std::int64_t> into) {
  if (is_modelled_) return modelled_.decode(begin, end, into);
  std::copy(whole_.begin() + static_cast<std::ptrdiff_t>(begin), whole_.begin() + static_cast<std::ptrdiff_t>(end),
            into.begin());
  return true;
}

void encode_text(std::string_view text, Packing packing, std::string& out) {
  static constexpr std::size_t kWorthwhile = 64;
  if (text.size() >= kWorthwhile) {
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    const int level = packing == Packing::small ? 3 : 1;
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), level);
    if (!ZSTD_isError(size) && size + 4 < text.size()) {
      put_byte(out, 1);
      put_varint(out, text.size());
      put_varint(out, size);
      out.append(packed, 0, size);
      return;
    }
  }
  put_byte(out, 0);
  put_varint(out, text.size());
  out.append(text);
}

bool decode_text(Cursor& from, std::size_t limit, std::string& into) {
  const unsigned form = from.byte();
  const std::uint64_t size = from.varint();
  if (from.bad() || form > 1 || size > limit) return false;
  if (form == 0) {
    const auto bytes = from.take(size);
    into.assign(text_of(bytes));
    return !from.bad();
  }
  const auto packed = from.take(from.varint());
  if (from.bad() || ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return false;
  into.resize(size);
  const std::size_t got = ZSTD_decompress(into.data(), size, packed.data(), packed.size());
  return !ZSTD_isError(got) && got == size;
}

}  // namespace qala::readings
