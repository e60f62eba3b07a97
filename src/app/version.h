#pragma once

#include <string_view>

namespace qala::app {
constexpr std::string_view kVersion = QALA_VERSION;
}
