#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qala::oidc {

/// What an ID token says (OpenID Connect Core 1.0, section 2), of the claims that are checked.
struct IdToken {
  std::string issuer = {}, subject = {}, nonce = {}, authorized_party = {};
  std::vector<std::string> audience = {};
  std::int64_t expires = 0, issued = 0;  ///< seconds since 1970
  std::optional<std::int64_t> not_before = {};
};
/// `invalid`: not JSON, a claim that must be there is not, or has another type.
Result<IdToken> parse_id_token(std::string_view json);

struct Expected {
  std::string issuer = {}, client_id = {}, nonce = {};
  std::int64_t now = 0;  ///< seconds since 1970
};
constexpr std::int64_t kClockDoubt = 60;     ///< seconds that clocks may differ
constexpr std::int64_t kOldestToken = 600;   ///< a token is made for this sign-in: at most so old
/// `denied`: made by or for somebody else, for another sign-in, too old or not yet valid.
Result<> check_id_token(const IdToken& token, const Expected& expected);

/// The texts of a claim: one text, or those of a list. `path` is the claim's name, or a way down
/// ("realm_access.roles"). Empty if there is none; at most 500.
std::vector<std::string> claim_values(std::string_view json, std::string_view path);

}  // namespace qala::oidc
