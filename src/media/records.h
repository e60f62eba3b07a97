#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "media/format.h"

/// The decoder configuration records of ISO 14496-15, and what both kinds of parameter sets share.
namespace qala::media {

constexpr std::uint32_t kLargestSide = 16'384;
constexpr std::size_t kLargestParameterSet = 4'096;

inline std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
inline void put8(std::string& out, std::uint32_t v) { out.push_back(static_cast<char>(v)); }
inline void put16(std::string& out, std::uint32_t v) {
  put8(out, v >> 8);
  put8(out, v);
}
inline void put32(std::string& out, std::uint32_t v) {
  put16(out, v >> 16);
  put16(out, v);
}
inline void put64(std::string& out, std::uint64_t v) {
  put32(out, static_cast<std::uint32_t>(v >> 32));
  put32(out, static_cast<std::uint32_t>(v));
}
inline std::uint32_t get16(std::string_view bytes, std::size_t at) {
  return std::uint32_t{byte_at(bytes, at)} << 8 | byte_at(bytes, at + 1);
}
inline std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) << 16 | get16(bytes, at + 2);
}
inline std::uint64_t get64(std::string_view bytes, std::size_t at) {
  return std::uint64_t{get32(bytes, at)} << 32 | get32(bytes, at + 4);
}

/// The track of an avcC or hvcC record as it stands in a file. Its clock is left at 90,000.
Result<Track> track_of_record(Codec codec, std::string_view record);

/// Size after cropping, which is given in samples; an error when it leaves nothing or the picture is too large.
Result<> apply_cropping(Sequence& sequence, std::uint64_t left, std::uint64_t right, std::uint64_t top,
                        std::uint64_t bottom);

}  // namespace qala::media
