#pragma once

#include <cstdint>
#include <string>

#include "residents/words.h"

namespace qala::residents {

/// Counted things in the form the number asks for: "1 фонарь, 3 фонаря, 25 фонарей", "38 шам", "1 lamp".
enum class Counted : std::uint8_t { lamps_dark, lamps, bins, places };
std::string counted(Counted what, std::uint64_t n, Language language);

}  // namespace qala::residents
