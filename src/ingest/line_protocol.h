#pragma once

#include <string_view>

#include "base/time.h"
#include "ingest/submission.h"

namespace qala::ingest {

/// Limits of one request's text.
struct LineOptions {
  std::int64_t unit_ns = 1;   ///< what a timestamp counts: 1 (ns), 1'000 (us), 1'000'000 (ms), 10^9 (s), ...
  Instant now;                ///< for lines without a timestamp
  std::size_t max_lines = 1'000'000;
};

/// InfluxDB line protocol: `measurement,tag=v field=1.5,other=2i 1735689600000000000`, one or more fields a line,
/// # comments and empty lines skipped. Good lines become rows of `into.batch`, bad ones problems with their number;
/// nothing else is harmed. Names: the thing is the first of the tags thing, device, device_id, sensor, host (else all
/// of measurement and tags); the telemetry key is the field for the measurement "telemetry" without other tags, else
/// measurement, the other tags' values and the field joined by dots, without a field called v or value.
/// A pure function over the text, the index and the options.
void parse_lines(std::string_view text, const LineOptions& options, const SeriesIndex& index, Submission& into);

/// Splits the part of a line before the fields into names, undoing escapes. False: not valid line protocol.
bool series_name(std::string_view prefix, std::string_view field, SeriesName& out);

}  // namespace qala::ingest
