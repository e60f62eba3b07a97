// A log row: decodes or is refused, and what decodes can be encoded and decoded again.
#include <cstdlib>
#include <span>

#include "readings/log.h"
#include "readings/log_frame.h"

using namespace qala::readings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  (void)parse_log_head(bytes);
  (void)find_frame(bytes, 0, 1, 1);
  // A row's claim of millions of equal readings is honest, and slow: keep to small claims here.
  if (size > 3 && (data[1] & 0x80) && (data[2] & 0x80)) return 0;
  Batch batch;
  std::string attachment;
  if (!decode_row(bytes, batch, attachment)) return 0;
  const Batch* batches[] = {&batch};
  std::string again;
  encode_row(batches, attachment, again);
  Batch back;
  std::string attached;
  if (!decode_row(std::as_bytes(std::span(again)), back, attached)) std::abort();
  if (back.rows.size() != batch.rows.size() || attached != attachment) std::abort();
  return 0;
}
