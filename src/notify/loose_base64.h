#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qala::notify {

/// base64url without padding (RFC 4648, 5), as JOSE and Web Push write bytes.
std::string to_base64url(std::string_view bytes);
/// Padding is allowed at the end; anything else that does not belong gives nothing.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace qala::notify
