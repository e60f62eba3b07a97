#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "readings/observation.h"

namespace qala::readings {

/// A value with everything needed to compare it. `text`: the bytes of a text or json value.
struct Value {
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t bits = 0;
  std::string_view text;
};

constexpr bool has_text(ValueType type) { return type == ValueType::text || type == ValueType::json; }

/// Numerically equal (21.5 and 21.50 and 21.500 are), or the same bytes of the same kind of text.
bool same_value(const Value& a, const Value& b);

/// mantissa x 10^-from as mantissa x 10^-to, if it can be had exactly in 64 bits.
std::optional<std::int64_t> rescaled(std::int64_t mantissa, int from, int to);

}  // namespace qala::readings
