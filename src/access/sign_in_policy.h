#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qala::access {

/// What a password must be, after NIST SP 800-63B: long, and not one that everybody tries first. Nothing about capitals
/// and digits.
struct PasswordRules {
  std::size_t least_length = 10;  ///< characters
  std::vector<std::string> town_names = {};  ///< a password that is little more than one of these is refused
};

/// Why a password will not do. `code` is what the screens translate, `text` is for logs and the command line.
struct Weakness {
  std::string code = {};  ///< "password.too_short", "…too_long", "…user_name", "…town_name", "…common", "…repeated"
  std::string text = {};
};
std::optional<Weakness> weakness_of(std::string_view password, std::string_view user_name, const PasswordRules& rules);

/// Everything a town may choose about signing in, from the section [sign_in].
struct SignInPolicy {
  PasswordRules passwords = {};
  std::uint32_t free_failures = 5;  ///< from this failure on there is a wait
  std::chrono::seconds first_wait{2};  ///< doubled by each further failure
  std::chrono::seconds longest_wait{900};
  std::chrono::hours idle{12};  ///< a session without any use ends
  std::chrono::hours longest{std::chrono::hours(7 * 24)};
  std::optional<int> totp_from = {};  ///< value of the lowest Role that must have a second factor
  std::string key_file = {};  ///< seals second factors; made when first needed
};

}  // namespace qala::access
