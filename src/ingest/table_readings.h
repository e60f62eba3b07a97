#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ingest/submission.h"

namespace qala::ingest {

constexpr std::uint32_t kMaxTableLines = 1'000'000;  ///< readings of one request, a line or a member each

/// CSV with a header line: columns `thing,key,time,value` in any order, `unit` optional; `time` may be empty (ours),
/// ISO 8601 with an offset, or milliseconds since 1970. Quotes as in RFC 4180. Bad lines become problems with their
/// number; `invalid` only if the header does not name the columns. Behind kMaxTableLines lines nothing is read, and one
/// problem says so: `oversized`.
Result<> parse_csv_readings(std::string_view text, Instant now, Submission& into);
/// The same of a part of a file, however many lines: a record that may go on behind `text` is left, and `taken` says
/// how many bytes were taken. Null: nothing comes behind it.
Result<> parse_csv_piece(std::string_view text, Instant now, Submission& into, std::size_t* taken);

/// `[{"thing":"AB-4","key":"pm2_5","time":"…","value":1.2,"unit":"mg/m3"}…]`, or one such object. `line` of a problem
/// is the number of the member, from 1. Behind kMaxTableLines members as for CSV.
Result<> parse_json_readings(std::string_view text, Instant now, Submission& into);

/// Converts a number sent in `unit` to the unit Qala keeps for it. Known pairs: °F, K → °C; mg/m3 → µg/m3; Pa, kPa →
/// hPa; Wh, MWh → kWh; kW, MW → W; m/s from km/h. False: this unit is not known.
bool convert_unit(std::string_view unit, readings::Observation& row);

}  // namespace qala::ingest
