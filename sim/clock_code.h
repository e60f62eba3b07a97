#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace qala::sim {

// The clock that drawn cameras burn into their pictures, as cells of grey that survive scaling and encoding again.
//
//   The top row of the picture is 40 square cells: a cell is W/40 wide and W/40 high (16 x 16 in 640 x 360, 32 x 32 in
//   1280 x 720). Cells 0..33 are the code, in one of four greys each (0..3: luma 16, 88, 160, 232); cells 34..39 carry
//   digits for people (camera and local time).
//
//     cell    0   1   2   3 | 4 ... 24            | 25 ... 29     | 30 ... 33
//     grey    3   0   2   1 | 42 bits             | 10 bits       | 8 bits
//             sign and      | ms since 1970, UTC, | camera number | checksum
//             calibration   | two bits per cell, the most significant first
//
//   Checksum: CRC-8 (polynomial 0x07, start 0xFF, nothing reflected) over seven bytes: (ms << 10 | camera), big endian.
//   Example: camera 17 at 1768660800123 ms has cells 3021 + 121233030121201021323 + 00101 + 3303 (computed by a test).
//
// The time is that of sending the picture, to the millisecond, by the sender's clock. It is also in a recording and in
// whatever was encoded again, as long as a cell keeps some four pixels.

constexpr int kClockColumns = 40;
constexpr int kClockCells = 34;
constexpr std::array<std::uint8_t, 4> kClockGreys{16, 88, 160, 232};
using ClockCells = std::array<std::uint8_t, kClockCells>;

struct BurntClock {
  std::int64_t ms = 0;
  std::uint32_t camera = 0;
  friend bool operator==(const BurntClock&, const BurntClock&) = default;
};

constexpr std::uint8_t clock_checksum(std::uint64_t bits52) {
  std::uint8_t crc = 0xFF;
  for (int byte = 6; byte >= 0; byte--) {
    crc ^= static_cast<std::uint8_t>(bits52 >> (8 * byte));
    for (int bit = 0; bit < 8; bit++) crc = static_cast<std::uint8_t>((crc & 0x80) != 0 ? crc << 1 ^ 0x07 : crc << 1);
  }
  return crc;
}

constexpr ClockCells clock_cells(const BurntClock& clock) {
  const std::uint64_t bits52 = (static_cast<std::uint64_t>(clock.ms) & 0x3FFFFFFFFFFULL) << 10 | (clock.camera & 0x3FF);
  const std::uint64_t bits60 = bits52 << 8 | clock_checksum(bits52);
  ClockCells cells{3, 0, 2, 1};
  for (int i = 0; i < 30; i++)
    cells[static_cast<std::size_t>(4 + i)] = static_cast<std::uint8_t>(bits60 >> (58 - 2 * i) & 3);
  return cells;
}

/// What the mean greys of the first 34 cells say; nothing if they are no clock or the checksum is wrong. Any scale and
/// offset of the greys will do: cells 0 to 3 tell.
inline std::optional<BurntClock> read_clock_cells(std::span<const double, kClockCells> greys) {
  const double dark = greys[1];
  const double step = (greys[0] - dark) / 3;
  if (step < 20) return std::nullopt;
  std::uint64_t bits60 = 0;
  for (std::size_t i = 2; i < greys.size(); i++) {
    const double level = (greys[i] - dark) / step;
    const double whole = std::round(level);
    if (whole < 0 || whole > 3 || std::abs(level - whole) > 0.4) return std::nullopt;
    if (i < 4 && whole != (i == 2 ? 2 : 1)) return std::nullopt;
    if (i >= 4) bits60 = bits60 << 2 | static_cast<std::uint64_t>(whole);
  }
  const std::uint64_t bits52 = bits60 >> 8;
  if (clock_checksum(bits52) != (bits60 & 0xFF)) return std::nullopt;
  return BurntClock{static_cast<std::int64_t>(bits52 >> 10), static_cast<std::uint32_t>(bits52 & 0x3FF)};
}

/// From a decoded picture's luma (or any 8-bit grey), of whatever size it was scaled to: the mean of each cell's
/// middle.
inline std::optional<BurntClock> read_clock(const std::uint8_t* luma, int width, int height, int stride) {
  const double cell = static_cast<double>(width) / kClockColumns;
  if (cell < 3 || cell > height) return std::nullopt;
  std::array<double, kClockCells> greys{};
  for (int i = 0; i < kClockCells; i++) {
    double sum = 0;
    int count = 0;
    for (int y = static_cast<int>(cell * 0.3); y < std::max(static_cast<int>(cell * 0.7), 1); y++) {
      for (int x = static_cast<int>(cell * (i + 0.3)); x <= static_cast<int>(cell * (i + 0.7)); x++) {
        sum += luma[static_cast<std::ptrdiff_t>(y) * stride + x];
        count++;
      }
    }
    if (count == 0) return std::nullopt;
    greys[static_cast<std::size_t>(i)] = sum / count;
  }
  return read_clock_cells(greys);
}

}  // namespace qala::sim
