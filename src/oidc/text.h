#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qala::oidc {

/// application/x-www-form-urlencoded.
std::string form_encoded(std::string_view text);
std::string sha256(std::string_view bytes);

/// May the provider be asked at this address: https, or http on this machine itself; a host, nothing before an @.
bool is_usable_url(std::string_view url);
/// Where a sign-in may lead back to: a path of the control room; anything else becomes "/control/".
std::string safe_return(std::string_view path);

}  // namespace qala::oidc
