#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "oidc/begun.h"
#include "oidc/fetch.h"
#include "oidc/jwt.h"

namespace qala::oidc {

struct Settings {
  std::string issuer = {};  ///< exactly as the provider writes it
  std::string client_id = {}, client_secret = {};
  std::string scopes = "openid profile";
  std::string name_claim = "preferred_username", roles_claim = {};
};

/// What the provider says about itself (OpenID Connect Discovery 1.0).
struct Discovery {
  std::string authorization_endpoint = {}, token_endpoint = {}, jwks_uri = {};
  std::string userinfo_endpoint = {}, end_session_endpoint = {};  ///< empty: it has none
  bool secret_in_form = false;  ///< client_secret_post and not client_secret_basic
  bool names_issuer = false;    ///< its answers to the browser carry `iss` (RFC 9207)
};
/// Pure. `corrupt`: not such a document, of another issuer, or with addresses that may not be asked.
Result<Discovery> parse_discovery(std::string_view json, std::string_view issuer);

/// Somebody whom the provider vouches for.
struct Identity {
  std::string issuer = {}, subject = {};
  std::string name = {};                 ///< of the name claim; may be empty
  std::vector<std::string> roles = {};   ///< of the roles claim
  std::string locale = {};
  std::string id_token = {};             ///< for the sign-out
};

/// The town's one provider. Documents are kept for an hour, an unknown key makes it ask again (at most five times a
/// minute). All calls block for as long as the provider takes: on a thread of its own, one at a time.
class Provider {
 public:
  Provider(Settings settings, std::unique_ptr<Fetch> fetch, const Clock& clock);

  /// Where to send the browser. `again`: whoever is signed in there must show anew who it is.
  Result<std::string> authorization_url(const Begun& begun, bool again);
  /// `denied`: the code or the token is not good; `unavailable`, `timeout`: the provider does not answer; `corrupt`: it
  /// answers nonsense. `issuer`: what came back beside the code, if the provider names itself there.
  Result<Identity> redeem(const Begun& begun, const std::string& code, const std::optional<std::string>& issuer);
  /// Where to send the browser that signs out; empty if the provider has no such place or cannot be reached.
  std::string sign_out_url(const std::string& id_token, const std::string& back_to);
  /// Can its documents be had?
  Result<> look();

 private:
  Result<> discover();
  Result<> load_keys(bool at_any_rate);
  Result<std::string> get_document(const std::string& url);
  Result<std::string> id_token_from(const FetchAnswer& answer, std::string& access_token);
  Result<std::string> verified_claims(const std::string& id_token, const Begun& begun);
  Result<std::string> claims_of_userinfo(const std::string& access_token, const std::string& subject);

  Settings settings_;
  std::unique_ptr<Fetch> fetch_;
  const Clock& clock_;
  std::optional<Discovery> discovery_;
  std::int64_t discovered_ns_ = 0;  ///< monotonic
  std::optional<KeySet> keys_;
  std::int64_t keys_ns_ = 0;
  std::vector<std::int64_t> asked_again_ns_;
};

}  // namespace qala::oidc
