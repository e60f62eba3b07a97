#pragma once

#include <cstdint>
#include <string>

namespace qala::readings {

/// A UTC month as months since January 1970. Every segment file holds readings of exactly one.
using Month = std::int32_t;

Month month_of(std::int64_t time_ns);
/// UTC ns of the month's first instant; saturates at the ends of what an Instant can hold.
std::int64_t month_start(Month month);
/// "2026-11".
std::string month_name(Month month);

}  // namespace qala::readings
