#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::registry {

/// A JSON object in the one form in which it is stored: no blanks, members in their order, numbers as sent. Writing it
/// twice gives the same text. Empty text is "{}". `invalid` if it is not an object, or above 64 KB.
Result<std::string> canonical_object(std::string_view json);

}  // namespace qala::registry
