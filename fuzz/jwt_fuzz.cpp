// A token, a key set and a discovery document from a hostile provider: taken apart or refused, and nothing that was not
// signed is ever good. The bytes are a token, a line end, a key set.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oidc/claims.h"
#include "oidc/jwt.h"
#include "oidc/provider.h"
#include "oidc/text.h"

using namespace qala::oidc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto token_text = text.substr(0, end);
  const auto keys_text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  const auto token = parse_jwt(token_text);
  const auto keys = KeySet::parse(keys_text);
  if (token && keys) (void)keys->verifies(*token);
  if (token) {
    if (token->signed_part.size() >= token_text.size()) std::abort();
    const auto claims = parse_id_token(token->payload);
    if (claims && (claims->subject.empty() || claims->audience.empty())) std::abort();
    if (claims && check_id_token(*claims, {.issuer = "https://id.example", .client_id = "qala", .nonce = "", .now = 0}))
      std::abort();  // no nonce, no sign-in
    if (claim_values(token->payload, "realm_access.roles").size() > 500) std::abort();
  }
  (void)parse_discovery(keys_text, "https://id.example");
  if (is_usable_url(token_text) && !token_text.starts_with("http")) std::abort();
  if (!safe_return(token_text).starts_with("/control")) std::abort();
  return 0;
}
