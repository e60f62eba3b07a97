#include "oidc/jwt.h"

#include <boost/json.hpp>

#include "base/base64.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace json = boost::json;

namespace {

constexpr std::size_t kLongest = 64 * 1024;

std::optional<Algorithm> algorithm_of(std::string_view name) {
  if (name == "RS256") return Algorithm::rs256;
  if (name == "PS256") return Algorithm::ps256;
  if (name == "ES256") return Algorithm::es256;
  return std::nullopt;
}

Error no_token() { return fail(ErrorKind::invalid, "this is no signed token"); }

}  // namespace

Result<Jwt> parse_jwt(std::string_view text) {
  if (text.size() > kLongest) return no_token();
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return no_token();
  const auto header_text = from_base64url(text.substr(0, first));
  auto payload = from_base64url(text.substr(first + 1, second - first - 1));
  auto signature = from_base64url(text.substr(second + 1));
  if (!header_text || !payload || !signature) return no_token();
  boost::system::error_code ec;
  const auto header = json::parse(*header_text, ec);
  const auto* fields = ec ? nullptr : header.if_object();
  if (!fields) return no_token();
  const auto* name = fields->if_contains("alg");
  if (!name || !name->is_string()) return no_token();
  const auto algorithm = algorithm_of(name->get_string());
  if (!algorithm) return fail(ErrorKind::denied, "the token is signed in a way that is not taken");
  if (fields->contains("crit")) return fail(ErrorKind::denied, "the token asks for an extension that is not known");
  const auto* type = fields->if_contains("typ");
  // an access token (at+jwt) or a logout token is signed by the same keys, but says nothing about who signs in
  if (type && (!type->is_string() || (type->get_string() != "JWT" && type->get_string() != "jwt")))
    return fail(ErrorKind::denied, "the token is of another kind");
  Jwt token{.algorithm = *algorithm,
            .signed_part = std::string(text.substr(0, second)),
            .signature = std::move(*signature),
            .payload = std::move(*payload)};
  const auto* key_id = fields->if_contains("kid");
  if (key_id && !key_id->is_string()) return no_token();
  if (key_id) token.key_id = key_id->get_string();
  return token;
}

}  // namespace qala::oidc
