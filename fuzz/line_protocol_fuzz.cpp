// Any text as InfluxDB lines: no crash, every row is accounted for, and what was read is in the bounds of its batch.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "ingest/line_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  using namespace qala::ingest;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SeriesIndex index(7);
  for (const std::int64_t unit : {std::int64_t{1}, Instant::kSecond}) {
    Submission into;
    parse_lines(text, {.unit_ns = unit, .now = Instant::from_seconds(1'768'660'800), .max_lines = 1000}, index, into);
    QALA_ASSERT(into.problems.size() <= kMaxProblems, "the list of problems is bounded");
    QALA_ASSERT(into.rejected >= into.problems.size(), "every problem is counted");
    for (const auto& row : into.batch.rows) {
      const auto at = row.datastream.value & ~kUnknownSeries;
      QALA_ASSERT((row.datastream.value & kUnknownSeries) != 0 && at < into.names.size(), "a row names its series");
      if (row.type != readings::ValueType::text && row.type != readings::ValueType::json) continue;
      const auto ref = readings::TextRef::from_bits(row.bits);
      QALA_ASSERT(ref.offset + ref.length <= into.batch.text.size(), "a text lies within its batch");
    }
  }
  SeriesName name;
  series_name(text.substr(0, size / 2), text.substr(size / 2), name);
  return 0;
}
