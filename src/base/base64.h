#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qala {

/// RFC 4648, 4: with padding.
std::string to_base64(std::string_view bytes);
/// RFC 4648, 5: for addresses and names of files, without padding.
std::string to_base64url(std::string_view bytes);

/// Strictly: nothing if there is any other character, a bit too many, or padding that is not as above.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace qala
