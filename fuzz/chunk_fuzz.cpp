// A chunk from a damaged or hostile file: decodes or is refused, within its bounds, and what decodes round-trips.
#include <algorithm>
#include <cstdlib>
#include <span>

#include "readings/chunk.h"

using namespace qala::readings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::size_t kRows = 1u << 14;
  const auto bytes = std::as_bytes(std::span(data, size));
  Columns whole;
  Columns part;
  const bool decoded = decode_chunk(bytes, whole, kRows).has_value();
  if (whole.size() > kRows) std::abort();
  (void)decode_window(bytes, 1'735'689'600'000'000'000, 1'735'776'000'000'000'000, part, kRows).has_value();
  if (!decoded) return 0;
  std::string again;
  encode_chunk(whole, size % 2 == 0 ? Packing::fast : Packing::small, again);
  Columns back;
  if (!decode_chunk(std::as_bytes(std::span(again)), back, kRows)) std::abort();
  if (back.time != whole.time || back.size() != whole.size()) std::abort();
  return 0;
}
