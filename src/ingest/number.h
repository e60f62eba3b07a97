#pragma once

#include <optional>
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

/// With the digits that tell it from its neighbours: 83.6f is 836 x 10^-1, not 83.59999847. More than 18 of them: a
/// double. Nothing for NaN and infinities.
std::optional<Number> number_of(double value);
std::optional<Number> number_of(float value);

}  // namespace qala::ingest
