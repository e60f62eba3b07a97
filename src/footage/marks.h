#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "footage/model.h"

namespace qala::footage {

// A footage file is an ordinary fragmented MP4 with boxes of our own between the others; players skip them.
//   file      = ftyp moov file_mark (fragment_mark moof mdat (moof mdat)?)*
// Both marks are `uuid` boxes of 56 bytes, numbers big-endian as everywhere in MP4. Grammar: docs/formats/footage.md.
constexpr std::size_t kMarkBytes = 56;
constexpr std::uint8_t kMarkVersion = 1;
/// Of moof, mdat and what belongs to them.
constexpr std::uint32_t kLargestFragment = 64U << 20;
constexpr std::uint32_t kLargestInit = 1U << 20;
/// Times lie between 1970 and 2248, so that sums of them do not overflow.
constexpr std::int64_t kLatestMs = std::int64_t{1} << 43;

/// Behind the init segment: whose file this is.
struct FileMark {
  StreamId id = {};
  std::uint32_t run = 0;
  std::int64_t at_ms = 0;  ///< of the first fragment
  std::uint32_t init_bytes = 0;
  std::uint32_t init_crc = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

/// Before each fragment: when it was, and how to tell that it is whole.
struct FragmentMark {
  std::uint32_t sequence = 0;  ///< in the file, from 1
  std::int64_t at_ms = 0;
  std::uint32_t duration_ms = 0;
  bool key = false;
  bool motion = false;
  std::uint32_t bytes = 0;  ///< of what follows
  std::uint32_t crc = 0;    ///< of what follows
  friend bool operator==(const FragmentMark&, const FragmentMark&) = default;
};

std::string encode(const FileMark& mark);
std::string encode(const FragmentMark& mark);
/// Of exactly kMarkBytes. None: not such a mark, or not as it was written.
std::optional<FileMark> decode_file_mark(std::string_view bytes);
std::optional<FragmentMark> decode_fragment_mark(std::string_view bytes);
/// Where a fragment mark may begin next in bytes that are not as they were written; npos: nowhere.
std::size_t find_fragment_mark(std::string_view bytes);

std::uint32_t crc_of(std::string_view bytes);

}  // namespace qala::footage
