// The parts of a segment file that are parsed: footer, index, day summaries.
#include <cstdlib>
#include <span>

#include "readings/segment_layout.h"
#include "readings/segment_summary.h"

using namespace qala::readings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  SegmentFooter footer;
  if (parse_footer(bytes, footer)) {
    std::string again;
    put_footer(footer, again);
    SegmentFooter back;
    if (!parse_footer(std::as_bytes(std::span(again)), back) || back.meta != footer.meta) std::abort();
  }
  std::vector<ChunkEntry> entries;
  (void)parse_index(bytes,
                    {.chunks = size % 64,
                     .chunk_bytes = size,
                     .index_length = 0,
                     .blocks = {},
                     .zone_name = {},
                     .zone_rules = {},
                     .meta = {}},
                    entries);
  std::vector<DaySummary> rows;
  if (size < 3 || (data[2] & 0x80) == 0) (void)decode_summaries(bytes, -1'000'000, 1'000'000, rows);
  return 0;
}
