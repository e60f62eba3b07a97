#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "base/zone.h"
#include "words/language.h"

namespace qala::words {

/// 1 to 12: "қаңтар", "января", "January".
std::string_view month_name(unsigned month, Language language);
/// "2026 ж. 17 қаңтар", "17 января 2026 г.", "17 January 2026".
std::string date(const Zone& zone, Instant at, Language language);

}  // namespace qala::words
