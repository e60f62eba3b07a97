#pragma once

#include <string_view>

namespace qala::http {

/// Value of cookie `name` in a Cookie header (RFC 6265), quotes taken off; empty if absent. Names are case-sensitive;
/// of two with one name the first counts. Pure; the result points into `header`.
std::string_view find_cookie(std::string_view header, std::string_view name);

}  // namespace qala::http
