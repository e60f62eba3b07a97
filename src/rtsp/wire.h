#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Big-endian numbers of packets. The caller has looked that they are there.
namespace qala::rtsp {

inline unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
inline std::uint32_t get16(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}
inline std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) << 16 | get16(bytes, at + 2);
}
inline void put8(std::string& out, std::uint32_t v) { out.push_back(static_cast<char>(v)); }
inline void put16(std::string& out, std::uint32_t v) {
  put8(out, v >> 8);
  put8(out, v);
}
inline void put32(std::string& out, std::uint32_t v) {
  put16(out, v >> 16);
  put16(out, v);
}

}  // namespace qala::rtsp
