#include <boost/json.hpp>

#include "oidc/provider.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace json = boost::json;

Result<Discovery> parse_discovery(std::string_view text, std::string_view issuer) {
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  const auto* document = ec ? nullptr : parsed.if_object();
  if (!document) return fail(ErrorKind::corrupt, "the provider's configuration is no JSON object");
  const auto text_of = [document](std::string_view name) {
    const auto* value = document->if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  if (text_of("issuer") != issuer)
    return fail(ErrorKind::corrupt, "the provider calls itself \"" + text_of("issuer") + "\", oidc.issuer says \"" +
                                        std::string(issuer) + "\": they must be the same, to the last slash");
  Discovery out{.authorization_endpoint = text_of("authorization_endpoint"),
                .token_endpoint = text_of("token_endpoint"),
                .jwks_uri = text_of("jwks_uri"),
                .userinfo_endpoint = text_of("userinfo_endpoint"),
                .end_session_endpoint = text_of("end_session_endpoint")};
  for (const auto* needed : {&out.authorization_endpoint, &out.token_endpoint, &out.jwks_uri})
    if (!is_usable_url(*needed))
      return fail(ErrorKind::corrupt, "the provider's address \"" + *needed + "\" is not https, or is missing");
  for (auto* optional : {&out.userinfo_endpoint, &out.end_session_endpoint})
    if (!is_usable_url(*optional)) optional->clear();
  if (const auto* methods = document->if_contains("token_endpoint_auth_methods_supported");
      methods && methods->is_array()) {
    bool basic = false, post = false;
    for (const auto& method : methods->get_array()) {
      if (!method.is_string()) continue;
      basic = basic || method.get_string() == "client_secret_basic";
      post = post || method.get_string() == "client_secret_post";
    }
    out.secret_in_form = post && !basic;
  }
  const auto* names = document->if_contains("authorization_response_iss_parameter_supported");
  out.names_issuer = names && names->is_bool() && names->get_bool();
  return out;
}

}  // namespace qala::oidc
