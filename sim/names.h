#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace qala::sim {

/// A name in the three languages of the town.
struct Text {
  std::string kk, ru, en;
};

enum class Area : unsigned char { orta, shyg, zhagalau, koktem, zhana, temir, ondiris };
constexpr std::size_t kAreas = 7;

const char* key_of(Area area);  ///< "zhagalau"
const Text& name_of(Area area);

/// Names of the streets along v (rows, north to south) and along u (columns, west to east) of a zone.
std::span<const Text> rows_of(Area area);
std::span<const Text> columns_of(Area area);

/// "«Базар» аялдамасы"'s part between the quotes, for the thirty stops.
std::span<const char* const> stop_names();

}  // namespace qala::sim
