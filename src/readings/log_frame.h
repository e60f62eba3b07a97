#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"

namespace qala::readings {

// log file := head frame* rest                    rest: zeros, or what an interrupted append left
// head := "QALALOG1" number:u64 salt:u64 first_sequence:u64 zeros[28] crc:u32           64 bytes
// frame := length:u32 crc:u32 sequence:u64 row[length] zeros to a multiple of 8
// The checksum of a frame covers salt, sequence, length and row: bytes of another file, of an earlier life of this
// file, or made up by a device (which cannot know the salt), never pass for a row. See docs/formats/log.md.

struct LogHead {
  std::uint64_t number = 0;
  std::uint64_t salt = 0;
  std::uint64_t first_sequence = 0;  ///< 0: that of the first row
};

/// A row in its frame; `sequence` 0 is none.
struct LogFrame {
  std::uint64_t sequence = 0;
  std::span<const std::byte> row;
};

constexpr std::size_t kLogHead = 64;
constexpr std::size_t kFrameHead = 16;
constexpr std::size_t frame_bytes(std::size_t row) { return (kFrameHead + row + 7) / 8 * 8; }

void put_log_head(const LogHead& head, std::string& out);
std::optional<LogHead> parse_log_head(std::span<const std::byte> file);

void put_frame(std::uint64_t salt, std::uint64_t sequence, std::span<const std::byte> row, std::string& out);
/// The frame at `offset`, if there is one whose checksum holds.
std::optional<LogFrame> parse_frame(std::span<const std::byte> file, std::size_t offset, std::uint64_t salt);
/// The first whole frame from `offset` on whose sequence is `least` or more: what tells damage from a torn end.
std::optional<LogFrame> find_frame(std::span<const std::byte> file, std::size_t offset, std::uint64_t salt,
                                   std::uint64_t least);

}  // namespace qala::readings
