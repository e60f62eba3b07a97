#include "video/picture.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

// jpeglib.h wants size_t and FILE from above.
#include <jpeglib.h>

#include "base/assert.h"

namespace qala::video {

namespace {

using Plane = std::vector<std::uint8_t>;

/// Where each of `to` cells begins among `from` pixels; one more at the end.
std::vector<std::uint32_t> edges(std::uint32_t from, std::uint32_t to) {
  std::vector<std::uint32_t> out(to + 1);
  for (std::uint32_t i = 0; i <= to; i++) out[i] = static_cast<std::uint32_t>(std::uint64_t{from} * i / to);
  return out;
}

Plane smaller(const Plane& plane, Size from, Size to) {
  if (from.width == to.width && from.height == to.height) return plane;
  const auto columns = edges(from.width, to.width), rows = edges(from.height, to.height);
  Plane out(std::size_t{to.width} * to.height);
  std::vector<std::uint32_t> sums(from.width);
  for (std::uint32_t y = 0; y < to.height; y++) {
    const std::uint32_t top = rows[y], bottom = std::max(rows[y + 1], top + 1);
    std::ranges::fill(sums, 0);
    for (std::uint32_t row = top; row < bottom; row++) {
      const std::uint8_t* pixel = plane.data() + std::size_t{row} * from.width;
      for (std::uint32_t x = 0; x < from.width; x++) sums[x] += pixel[x];
    }
    for (std::uint32_t x = 0; x < to.width; x++) {
      const std::uint32_t left = columns[x], right = std::max(columns[x + 1], left + 1);
      std::uint32_t sum = 0;
      for (std::uint32_t column = left; column < right; column++) sum += sums[column];
      const std::uint32_t count = (right - left) * (bottom - top);
      out[y * std::size_t{to.width} + x] = static_cast<std::uint8_t>((sum + count / 2) / count);
    }
  }
  return out;
}

/// Limited range to full range, as JPEG has it.
std::array<std::uint8_t, 256> widening(int black, int range) {
  std::array<std::uint8_t, 256> table;
  for (int i = 0; i < 256; i++) {
    const int wide = range == 224 ? 128 + (i - 128) * 255 / range : (i - black) * 255 / range;
    table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::clamp(wide, 0, 255));
  }
  return table;
}

/// A plane with its edges repeated to whole blocks, as jpeg_write_raw_data reads them.
Plane padded(const Plane& plane, Size from, Size to, const std::array<std::uint8_t, 256>& table) {
  Plane out(std::size_t{to.width} * to.height);
  for (std::uint32_t y = 0; y < to.height; y++) {
    const std::uint8_t* row = plane.data() + std::size_t{std::min(y, from.height - 1)} * from.width;
    std::uint8_t* target = out.data() + std::size_t{y} * to.width;
    for (std::uint32_t x = 0; x < to.width; x++) target[x] = table[row[std::min(x, from.width - 1)]];
  }
  return out;
}

struct Failing {
  jpeg_error_mgr errors;
  std::jmp_buf back;
};

void jump(j_common_ptr info) { std::longjmp(reinterpret_cast<Failing*>(info->err)->back, 1); }
void be_quiet(j_common_ptr) {}

struct Padded {
  Size size;  ///< of the picture
  Size luma, chroma;
  Plane y, u, v;
};

/// Nothing here needs a destructor: errors of libjpeg leave by longjmp.
bool compress(Padded& in, int quality, unsigned char** out, unsigned long* size) {
  jpeg_compress_struct jpeg;
  Failing failing;
  jpeg.err = jpeg_std_error(&failing.errors);
  failing.errors.error_exit = jump;
  failing.errors.output_message = be_quiet;
  if (setjmp(failing.back) != 0) {
    jpeg_destroy_compress(&jpeg);
    return false;
  }
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, out, size);
  jpeg.image_width = in.size.width;
  jpeg.image_height = in.size.height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.raw_data_in = TRUE;
  jpeg.dct_method = JDCT_FASTEST;
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW y[16], u[8], v[8];
    for (std::size_t i = 0; i < 16; i++) y[i] = in.y.data() + (jpeg.next_scanline + i) * in.luma.width;
    for (std::size_t i = 0; i < 8; i++) {
      u[i] = in.u.data() + (jpeg.next_scanline / 2 + i) * in.chroma.width;
      v[i] = in.v.data() + (jpeg.next_scanline / 2 + i) * in.chroma.width;
    }
    JSAMPARRAY planes[3] = {y, u, v};
    jpeg_write_raw_data(&jpeg, planes, 16);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  return true;
}

}  // namespace

Picture Picture::flat(std::uint32_t width, std::uint32_t height, std::uint8_t y, std::uint8_t u, std::uint8_t v) {
  Picture out{.width = width, .height = height, .y = {}, .u = {}, .v = {}};
  out.y.assign(std::size_t{width} * height, y);
  out.u.assign(std::size_t{out.chroma_width()} * out.chroma_height(), u);
  out.v.assign(out.u.size(), v);
  return out;
}

Grey to_grey(const Picture& picture, std::uint32_t width, std::uint32_t height) {
  const Size to{std::min(width, picture.width), std::min(height, picture.height)};
  return {to.width, to.height, smaller(picture.y, {picture.width, picture.height}, to)};
}

Picture scaled(const Picture& picture, std::uint32_t width, std::uint32_t height) {
  QALA_ASSERT(width <= picture.width && height <= picture.height && width > 0 && height > 0, "only smaller");
  Picture out{.width = width, .height = height, .y = {}, .u = {}, .v = {}};
  const Size chroma{picture.chroma_width(), picture.chroma_height()};
  const Size chroma_to{out.chroma_width(), out.chroma_height()};
  out.y = smaller(picture.y, {picture.width, picture.height}, {width, height});
  out.u = smaller(picture.u, chroma, chroma_to);
  out.v = smaller(picture.v, chroma, chroma_to);
  return out;
}

Size fit(Size picture, std::uint32_t most_width, std::uint32_t most_height) {
  double factor = 1;
  if (picture.width > most_width) factor = static_cast<double>(most_width) / picture.width;
  if (picture.height * factor > most_height) factor = static_cast<double>(most_height) / picture.height;
  const auto even = [factor](std::uint32_t side) {
    const auto small = static_cast<std::uint32_t>(side * factor + 0.5);
    return std::max<std::uint32_t>(2, small & ~1U);
  };
  return {std::min(even(picture.width), picture.width), std::min(even(picture.height), picture.height)};
}

Result<std::string> to_jpeg(const Picture& picture, int quality) {
  if (picture.width == 0 || picture.height == 0) return fail(ErrorKind::invalid, "a picture without a pixel");
  static const auto kLuma = widening(16, 219), kChroma = widening(0, 224);
  const auto whole = [](std::uint32_t side) { return (side + 15) / 16 * 16; };
  Padded in{.size = {picture.width, picture.height}, .luma = {}, .chroma = {}, .y = {}, .u = {}, .v = {}};
  in.luma = {whole(picture.width), whole(picture.height)};
  in.chroma = {in.luma.width / 2, in.luma.height / 2};
  in.y = padded(picture.y, in.size, in.luma, kLuma);
  const Size chroma{picture.chroma_width(), picture.chroma_height()};
  in.u = padded(picture.u, chroma, in.chroma, kChroma);
  in.v = padded(picture.v, chroma, in.chroma, kChroma);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool done = compress(in, quality, &bytes, &size);
  std::string out(reinterpret_cast<const char*>(bytes), done ? size : 0);
  std::free(bytes);
  if (!done) return fail(ErrorKind::internal, "the JPEG library refused a picture");
  return out;
}

}  // namespace qala::video
