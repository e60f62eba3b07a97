#include "oidc/claims.h"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

namespace qala::oidc {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostValues = 500, kLongestSubject = 255;

std::optional<std::int64_t> seconds_of(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (!value) return std::nullopt;
  if (const auto* whole = value->if_int64()) return *whole;
  if (const auto* real = value->if_double(); real && std::isfinite(*real) && std::abs(*real) < 1e15)
    return static_cast<std::int64_t>(*real);
  return std::nullopt;
}

std::string text_of(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> out;
  if (!value) return out;
  if (value->is_string()) out.emplace_back(value->get_string());
  if (!value->is_array()) return out;
  for (const auto& entry : value->get_array())
    if (entry.is_string() && out.size() < kMostValues) out.emplace_back(entry.get_string());
  return out;
}

Error missing(const char* claim) { return fail(ErrorKind::invalid, std::string("the ID token has no ") + claim); }
Error refused(std::string why) { return fail(ErrorKind::denied, std::move(why)); }

}  // namespace

Result<IdToken> parse_id_token(std::string_view text) {
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  const auto* claims = ec ? nullptr : parsed.if_object();
  if (!claims) return fail(ErrorKind::invalid, "the ID token holds no JSON object");
  IdToken token{.issuer = text_of(*claims, "iss"),
                .subject = text_of(*claims, "sub"),
                .nonce = text_of(*claims, "nonce"),
                .authorized_party = text_of(*claims, "azp"),
                .audience = texts_of(claims->if_contains("aud")),
                .not_before = seconds_of(*claims, "nbf")};
  const auto expires = seconds_of(*claims, "exp"), issued = seconds_of(*claims, "iat");
  if (token.issuer.empty()) return missing("iss");
  if (token.subject.empty() || token.subject.size() > kLongestSubject) return missing("sub");
  if (token.audience.empty()) return missing("aud");
  if (!expires) return missing("exp");
  if (!issued) return missing("iat");
  if (claims->contains("azp") && token.authorized_party.empty()) return missing("azp that is a text");
  token.expires = *expires;
  token.issued = *issued;
  return token;
}

Result<> check_id_token(const IdToken& token, const Expected& expected) {
  if (token.issuer != expected.issuer) return refused("the ID token is of another issuer");
  if (std::ranges::find(token.audience, expected.client_id) == token.audience.end())
    return refused("the ID token is for another program (aud)");
  if (token.audience.size() > 1 && token.authorized_party.empty())
    return refused("the ID token is for several programs and does not say for whom it was made (azp)");
  if (!token.authorized_party.empty() && token.authorized_party != expected.client_id)
    return refused("the ID token was made for another program (azp)");
  if (token.nonce.empty() || token.nonce != expected.nonce)
    return refused("the ID token is of another sign-in (nonce)");
  if (expected.now >= token.expires + kClockDoubt) return refused("the ID token has expired");
  if (token.issued > expected.now + kClockDoubt) return refused("the ID token is of the future: compare the clocks");
  if (token.issued + kOldestToken + kClockDoubt < expected.now)
    return refused("the ID token is too old: compare the clocks");
  if (token.not_before && *token.not_before > expected.now + kClockDoubt)
    return refused("the ID token is not valid yet: compare the clocks");
  return {};
}

std::vector<std::string> claim_values(std::string_view text, std::string_view path) {
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  const auto* claims = ec ? nullptr : parsed.if_object();
  if (!claims || path.empty()) return {};
  if (claims->contains(path)) return texts_of(claims->if_contains(path));  // names of claims may have points in them
  while (claims) {
    const auto point = path.find('.');
    const auto* value = claims->if_contains(path.substr(0, point));
    if (point == std::string_view::npos) return texts_of(value);
    claims = value ? value->if_object() : nullptr;
    path.remove_prefix(point + 1);
  }
  return {};
}

}  // namespace qala::oidc
