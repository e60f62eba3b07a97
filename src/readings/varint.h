#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace qala::readings {

// All numbers of the readings formats are little-endian; the code below copies them as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t u) { return static_cast<std::int64_t>((u >> 1) ^ (0 - (u & 1))); }
/// Differences and sums wrap: every pair of 64-bit numbers has a difference that leads back.
constexpr std::int64_t wrap_sub(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrap_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrap_mul(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// Seven bits a byte, low first; the high bit says that more follow. 1 to 10 bytes.
inline void put_varint(std::string& out, std::uint64_t v) {
  char bytes[10];
  std::size_t n = 0;
  for (; v >= 0x80; v >>= 7) bytes[n++] = static_cast<char>(v | 0x80);
  bytes[n++] = static_cast<char>(v);
  out.append(bytes, n);
}
inline void put_signed(std::string& out, std::int64_t v) { put_varint(out, zigzag(v)); }
inline void put_byte(std::string& out, unsigned v) { out.push_back(static_cast<char>(v)); }
template <class T>
void put_fixed(std::string& out, T v) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &v, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// Reads bytes from outside front to back and never past them: after the first failure `bad()` is true and every
/// further read gives zeros.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  bool bad() const { return bad_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  void fail() {
    bad_ = true;
    at_ = end_;
  }
  std::uint8_t byte() {
    if (at_ == end_) return fail(), 0;
    return *at_++;
  }
  /// The next byte, left where it is; 0 at the end.
  std::uint8_t peek() const { return at_ == end_ ? 0 : *at_; }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      if (shift == 63 && b > 1) break;
      v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return v;
    }
    return fail(), 0;
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  template <class T>
  T fixed() {
    T v{};
    const auto bytes = take(sizeof(T));
    if (bytes.size() == sizeof(T)) std::memcpy(&v, bytes.data(), sizeof(T));
    return v;
  }
  /// The next n bytes; empty and bad() if there are fewer.
  std::span<const std::byte> take(std::uint64_t n) {
    if (n > left()) return fail(), std::span<const std::byte>();
    const std::span<const std::byte> part(reinterpret_cast<const std::byte*>(at_), n);
    at_ += n;
    return part;
  }
  std::span<const std::byte> rest() { return take(left()); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool bad_ = false;
};

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace qala::readings
