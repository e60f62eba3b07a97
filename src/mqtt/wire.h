#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt/packet.h"
#include "mqtt/topic.h"

namespace qala::mqtt {

/// Takes numbers and text off the front of a packet's body. After the first thing that is not there or not valid,
/// `failed` stays set and every further value is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::uint8_t u8() {
    if (rest_.empty()) return fail();
    const auto value = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  std::uint16_t u16() {
    if (rest_.size() < 2) return fail();
    const auto high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    if (rest_.size() < 4) return fail();
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::uint32_t varint() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const auto byte = u8();
      value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift > 0 && byte == 0) return fail();  // not the shortest form
        return failed_ ? 0 : value;
      }
    }
    return fail();
  }
  std::string_view bytes(std::size_t size) {
    if (rest_.size() < size) {
      fail();
      return {};
    }
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  std::string_view binary() { return bytes(u16()); }
  std::string_view text() {
    const auto value = binary();
    if (!valid_utf8(value)) fail();
    return failed_ ? std::string_view() : value;
  }

 private:
  std::uint8_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

/// Reads a property list (its length first) as it may stand in `place`.
Code read_properties(Reader& reader, PropertyPlace place, Properties& out);

inline void put_u8(std::string& out, std::uint8_t value) { out.push_back(static_cast<char>(value)); }
inline void put_u16(std::string& out, std::uint16_t value) {
  const char bytes[2] = {static_cast<char>(value >> 8), static_cast<char>(value)};
  out.append(bytes, 2);
}
inline void put_u32(std::string& out, std::uint32_t value) {
  put_u16(out, static_cast<std::uint16_t>(value >> 16));
  put_u16(out, static_cast<std::uint16_t>(value));
}
inline void put_varint(std::string& out, std::uint32_t value) {
  while (value >= 0x80) {
    put_u8(out, static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  put_u8(out, static_cast<std::uint8_t>(value));
}
inline void put_text(std::string& out, std::string_view text) {
  put_u16(out, static_cast<std::uint16_t>(text.size()));
  out.append(text);
}
constexpr std::size_t varint_size(std::size_t value) {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

}  // namespace qala::mqtt
