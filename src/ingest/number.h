#pragma once

#include <string_view>

#include "readings/observation.h"

namespace qala::ingest {

struct Number {
  readings::ValueType type = readings::ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t bits = 0;
};

/// Reads a decimal number and keeps its digits: "12.30" is 1230 x 10^-2. More than 18 digits or an exponent: a double.
/// Nothing else is a number: no "+", ".5", "1.", NaN, infinities, spaces.
bool parse_number(std::string_view text, Number& out);

}  // namespace qala::ingest
