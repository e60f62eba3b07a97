#pragma once

#include <string>

#include "sim/town.h"

namespace qala::sim {

/// Latin keys for machines, the town's own codes for people; a code is data and is not translated.
struct Code {
  const char* key;
  const char* name;
  int digits;
};
Code code_of(Model model);
/// "F-07"
std::string with_number(std::string_view code, unsigned number, int digits);
std::string display_name(Model model, unsigned number);
Kind kind_of(Model model);
Voice voice_of(Model model);
std::uint32_t interval_of(Model model);  ///< seconds

}  // namespace qala::sim
