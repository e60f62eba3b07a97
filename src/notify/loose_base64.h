#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qala::notify {

/// Either alphabet of RFC 4648, with or without padding, as secrets of web-hooks and keys of browsers come; anything
/// else that does not belong gives nothing.
std::optional<std::string> from_loose_base64(std::string_view text);

}  // namespace qala::notify
