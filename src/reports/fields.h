#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "registry/registry.h"
#include "reports/usual.h"

namespace qala::reports {

/// The fields of the town that have a line of their own, in the places operators know.
enum class Field : std::uint8_t { air, heat, light, power, water, waste, traffic };
constexpr std::array kFields{Field::air,   Field::heat,  Field::light,  Field::power,
                             Field::water, Field::waste, Field::traffic};

/// A field's figure for the whole town as a question to the readings, and how its answer is shown.
struct FieldQuestion {
  Field field = Field::air;
  UsualQuestion question = {};
  std::string_view unit = {};  ///< as words::unit() knows it
  double scale = 1;            ///< multiplies the answer
  int decimals = 0;
  bool from_zero = true;       ///< an amount: its axis begins at zero
  /// A share of lamps: what is off by day is no figure.
  bool lit_only = false;
};

/// None where the town has no such things. Inside Registry::read().
std::optional<FieldQuestion> question_of(Field field, const registry::Registry::View& view);

}  // namespace qala::reports
