#include "readings/values.h"

#include <algorithm>

namespace qala::readings {

namespace {

bool is_exact(ValueType type) { return type == ValueType::decimal || type == ValueType::integer; }
int scale_of(const Value& value) { return value.type == ValueType::decimal ? value.scale : 0; }

/// Drops trailing zeros, so that equal numbers look equal whatever their scale.
void normalise(std::int64_t& mantissa, int& scale) {
  if (mantissa == 0) {
    scale = 0;
    return;
  }
  while (mantissa % 10 == 0) {
    mantissa /= 10;
    scale--;
  }
}

}  // namespace

bool same_value(const Value& a, const Value& b) {
  if (has_text(a.type) || has_text(b.type)) return a.type == b.type && a.text == b.text;
  if ((a.type == ValueType::boolean) != (b.type == ValueType::boolean)) return false;
  if (!is_exact(a.type) || !is_exact(b.type)) {
    if (a.type == b.type && a.bits == b.bits) return true;
    return as_number(a.type, a.scale, a.bits) == as_number(b.type, b.scale, b.bits);
  }
  if (scale_of(a) == scale_of(b)) return a.bits == b.bits;
  std::int64_t left = a.bits, right = b.bits;
  int left_scale = scale_of(a), right_scale = scale_of(b);
  normalise(left, left_scale);
  normalise(right, right_scale);
  return left == right && left_scale == right_scale;
}

std::optional<std::int64_t> rescaled(std::int64_t mantissa, int from, int to) {
  if (to < from) return std::nullopt;
  for (int i = from; i < to && mantissa != 0; i++) {
    if (__builtin_mul_overflow(mantissa, std::int64_t{10}, &mantissa)) return std::nullopt;
  }
  return mantissa;
}

}  // namespace qala::readings
