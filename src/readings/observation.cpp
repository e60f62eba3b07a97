#include "readings/observation.h"

#include <bit>
#include <cmath>
#include <limits>

namespace qala::readings {

double as_number(ValueType type, std::int8_t scale, std::int64_t bits) {
  static constexpr double kPowers[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  switch (type) {
    case ValueType::decimal: {
      const double mantissa = static_cast<double>(bits);
      if (scale >= 0 && scale <= 18) return mantissa / kPowers[scale];
      if (scale < 0 && scale >= -18) return mantissa * kPowers[-scale];
      return mantissa * std::pow(10.0, -scale);
    }
    case ValueType::real: return std::bit_cast<double>(bits);
    case ValueType::integer:
    case ValueType::boolean: return static_cast<double>(bits);
    case ValueType::text:
    case ValueType::json: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace qala::readings
