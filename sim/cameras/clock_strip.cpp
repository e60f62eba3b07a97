#include "sim/cameras/clock_strip.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace qala::sim {

namespace {

constexpr int kTextCells = kClockColumns - kClockCells;
constexpr int kLetters = 2 * kTextCells;  // half a cell each
constexpr std::int64_t kTownOffset = 5 * 3600;

// Seven rows of five dots each.
using Glyph = std::array<std::uint8_t, 7>;
constexpr std::array<Glyph, 11> kGlyphs{{{0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E},
                                         {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
                                         {0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F},
                                         {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
                                         {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02},
                                         {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
                                         {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E},
                                         {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
                                         {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E},
                                         {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C},
                                         {0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00}}};

bool dot(char letter, int x, int y) {
  if (letter < '0' || letter > ':' || x < 0 || x > 4 || y < 0 || y > 6) return false;
  return (kGlyphs[static_cast<std::size_t>(letter - '0')][static_cast<std::size_t>(y)] >> (4 - x) & 1) != 0;
}

std::string text_of(const BurntClock& clock) {
  const std::int64_t day = (clock.ms / 1000 + kTownOffset) % 86400;
  return fmt::format("{:03} {:02}:{:02}:{:02}", clock.camera % 1000, day / 3600, day / 60 % 60, day % 60);
}

}  // namespace

ClockStrip::ClockStrip(int scale) : scale_(scale), luma_(static_cast<std::size_t>(kTextCells * 256 * scale * scale)) {}

int ClockStrip::scale_of(int width, int height) {
  for (const int scale : {1, 2, 3}) {
    if (width == 640 * scale && height == 360 * scale) return scale;
  }
  return 0;
}

void ClockStrip::paint(const std::string& text) {
  const int width = kTextCells * 16 * scale_;
  for (int y = 0; y < 16 * scale_; y++) {
    for (int x = 0; x < width; x++) {
      const int letter = x / (8 * scale_);
      const bool on =
          dot(text[static_cast<std::size_t>(letter)], x % (8 * scale_) / scale_ - 1, (y + scale_) / (2 * scale_) - 1);
      luma_[static_cast<std::size_t>(y * width + x)] = on ? 220 : 24;
    }
  }
}

std::string ClockStrip::draw(const ParameterSets& sets, const SliceHead& body, const BurntClock& clock) {
  const std::string text = text_of(clock);
  if (text != shown_) paint(text);
  const int width = kTextCells * 16 * scale_;
  const auto same = [&](int column) {  // of macroblocks among the digits
    const auto first = static_cast<std::size_t>(column * 2 / scale_);
    const auto last = std::min<std::size_t>(static_cast<std::size_t>((column * 2 + 1) / scale_), kLetters - 1);
    return shown_.size() == text.size() && shown_.compare(first, last - first + 1, text, first, last - first + 1) == 0;
  };
  SliceHead head = body;
  head.first_mb = 0;
  SliceWriter slice(sets, head);
  const ClockCells cells = clock_cells(clock);
  for (int row = 0; row < scale_; row++) {
    int before = 128;
    for (int column = 0; column < kClockColumns * scale_; column++) {
      if (column >= kClockCells * scale_) {
        const int at = column - kClockCells * scale_;
        if (!head.intra() && same(at)) slice.skip();
        else slice.raw(luma_.data() + static_cast<std::ptrdiff_t>(row * 16 * width + at * 16), width);
        continue;
      }
      const int grey = kClockGreys[cells[static_cast<std::size_t>(column / scale_)]];
      if (row == 0) slice.flat((grey - before) / SliceWriter::kStep);
      else slice.downwards();
      before = grey;
    }
  }
  shown_ = text;
  return slice.finish();
}

}  // namespace qala::sim
