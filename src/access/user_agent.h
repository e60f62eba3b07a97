#pragma once

#include <string>
#include <string_view>

namespace qala::access {

/// A User-Agent header in words for a list: "Firefox 128, Linux"; what it does not know in its own words, at most 40
/// printable ASCII characters; empty for none. Pure; the header may be anything.
std::string browser_of(std::string_view user_agent);

}  // namespace qala::access
