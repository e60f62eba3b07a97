// Any bytes as a table of readings, CSV and JSON: no crash, and every row names a series of its submission.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "ingest/number.h"
#include "ingest/table_readings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  using namespace qala::ingest;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto now = Instant::from_seconds(1'768'660'800);
  for (const auto parse : {&parse_csv_readings, &parse_json_readings}) {
    Submission into;
    (void)parse(text, now, into);
    QALA_ASSERT(into.problems.size() <= kMaxProblems, "the list of problems is bounded");
    for (const auto& row : into.batch.rows) {
      QALA_ASSERT((row.datastream.value & ~kUnknownSeries) < into.names.size(), "a row names its series");
    }
  }
  Number number;
  if (parse_number(text.substr(0, 40), number)) {
    QALA_ASSERT(number.scale >= 0 && number.scale <= 18, "digits are kept as sent");
  }
  return 0;
}
