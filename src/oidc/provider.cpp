#include "oidc/provider.h"

#include <algorithm>

#include <boost/json.hpp>

#include "base/log.h"
#include "oidc/claims.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace json = boost::json;

namespace {

constexpr std::int64_t kKeepNs = 3600 * Instant::kSecond;
constexpr std::size_t kAskAgainAMinute = 5;

std::string with_query(const std::string& url, const std::string& query) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + query;
}

std::string field(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + form_encoded(value);
}

/// The provider's word for why; for the log only, and never longer than a line.
std::string reason_in(const std::string& body) {
  boost::system::error_code ec;
  const auto parsed = json::parse(body, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  const auto* reason = object ? object->if_contains("error") : nullptr;
  return reason && reason->is_string() ? std::string(reason->get_string()).substr(0, 60) : "no reason given";
}

}  // namespace

Provider::Provider(Settings settings, std::unique_ptr<Fetch> fetch, const Clock& clock)
    : settings_(std::move(settings)), fetch_(std::move(fetch)), clock_(clock) {}

Result<std::string> Provider::get_document(const std::string& url) {
  TRY(auto answer, fetch_->fetch({.url = url}));
  if (answer.status != 200)
    return fail(ErrorKind::unavailable, url + ": the provider answers " + std::to_string(answer.status));
  return std::move(answer.body);
}

Result<> Provider::discover() {
  const std::int64_t now = clock_.monotonic_ns();
  if (discovery_ && now - discovered_ns_ < kKeepNs) return {};
  std::string base = settings_.issuer;
  while (base.ends_with('/')) base.pop_back();
  TRY(const auto text, get_document(base + "/.well-known/openid-configuration"));
  TRY(discovery_, parse_discovery(text, settings_.issuer));
  discovered_ns_ = now;
  return {};
}

Result<> Provider::load_keys(bool at_any_rate) {
  const std::int64_t now = clock_.monotonic_ns();
  if (!at_any_rate && keys_ && now - keys_ns_ < kKeepNs) return {};
  if (at_any_rate) {
    std::erase_if(asked_again_ns_, [now](std::int64_t at) { return now - at >= Instant::kMinute; });
    if (asked_again_ns_.size() >= kAskAgainAMinute) return {};  // strangers' tokens must not make us a nuisance
    asked_again_ns_.push_back(now);
  }
  TRY(const auto text, get_document(discovery_->jwks_uri));
  TRY(keys_, KeySet::parse(text));
  keys_ns_ = now;
  return {};
}

Result<> Provider::look() {
  TRY_VOID(discover());
  return load_keys(false);
}

Result<std::string> Provider::authorization_url(const Begun& begun, bool again) {
  TRY_VOID(discover());
  std::string query = field("response_type", "code") + "&" + field("client_id", settings_.client_id) + "&" +
                      field("redirect_uri", begun.redirect_uri) + "&" + field("scope", settings_.scopes) + "&" +
                      field("state", begun.state) + "&" + field("nonce", begun.nonce) + "&" +
                      field("code_challenge", BegunSignIns::challenge(begun)) + "&code_challenge_method=S256";
  if (again) query += "&prompt=login";
  return with_query(discovery_->authorization_endpoint, query);
}

Result<Identity> Provider::redeem(const Begun& begun, const std::string& code,
                                  const std::optional<std::string>& issuer) {
  TRY_VOID(discover());
  // RFC 9207: whoever answers must be whom we asked
  if ((issuer && *issuer != settings_.issuer) || (!issuer && discovery_->names_issuer))
    return fail(ErrorKind::denied, "the answer came from another provider (iss)");
  FetchRequest request{.url = discovery_->token_endpoint,
                       .form = "grant_type=authorization_code&" + field("code", code) + "&" +
                               field("redirect_uri", begun.redirect_uri) + "&" +
                               field("code_verifier", begun.verifier)};
  if (settings_.client_secret.empty() || discovery_->secret_in_form) {
    request.form += "&" + field("client_id", settings_.client_id);
    if (!settings_.client_secret.empty()) request.form += "&" + field("client_secret", settings_.client_secret);
  } else {
    request.user = form_encoded(settings_.client_id);  // RFC 6749, 2.3.1
    request.password = form_encoded(settings_.client_secret);
  }
  TRY(const auto answer, fetch_->fetch(request));
  std::string access_token;
  TRY(const auto id_token, id_token_from(answer, access_token));
  TRY(std::string claims, verified_claims(id_token, begun));
  TRY(const auto token, parse_id_token(claims));
  Identity identity{.issuer = token.issuer, .subject = token.subject, .id_token = id_token};
  const auto read = [&](const std::string& from) {
    const auto names = claim_values(from, settings_.name_claim);
    if (identity.name.empty() && names.size() == 1) identity.name = names[0];
    if (identity.roles.empty()) identity.roles = claim_values(from, settings_.roles_claim);
    const auto locale = claim_values(from, "locale");
    if (identity.locale.empty() && locale.size() == 1) identity.locale = locale[0];
  };
  read(claims);
  const bool lacks = identity.name.empty() || (identity.roles.empty() && !settings_.roles_claim.empty());
  if (lacks && !discovery_->userinfo_endpoint.empty() && !access_token.empty()) {
    TRY(const auto more, claims_of_userinfo(access_token, token.subject));
    read(more);
  }
  return identity;
}

Result<std::string> Provider::id_token_from(const FetchAnswer& answer, std::string& access_token) {
  if (answer.status >= 500)
    return fail(ErrorKind::unavailable, "the provider answers " + std::to_string(answer.status));
  if (answer.status != 200)
    return fail(ErrorKind::denied, "the provider does not take the code: " + reason_in(answer.body));
  boost::system::error_code ec;
  const auto parsed = json::parse(answer.body, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  const auto* id_token = object ? object->if_contains("id_token") : nullptr;
  if (!id_token || !id_token->is_string())
    return fail(ErrorKind::corrupt, "the provider sends no ID token: is openid among oidc.scopes?");
  const auto* access = object->if_contains("access_token");
  if (access && access->is_string()) access_token = access->get_string();
  return std::string(id_token->get_string());
}

/// The claims of a token that is signed by the provider and made for this sign-in.
Result<std::string> Provider::verified_claims(const std::string& id_token, const Begun& begun) {
  TRY(const auto jwt, parse_jwt(id_token));
  TRY_VOID(load_keys(false));
  if (!keys_->knows(jwt)) TRY_VOID(load_keys(true));  // it has new keys
  if (!keys_->verifies(jwt)) return fail(ErrorKind::denied, "the ID token is not signed by the provider");
  TRY(const auto token, parse_id_token(jwt.payload));
  TRY_VOID(check_id_token(token, {.issuer = settings_.issuer,
                                  .client_id = settings_.client_id,
                                  .nonce = begun.nonce,
                                  .now = clock_.now().ms() / 1000}));
  return jwt.payload;
}

Result<std::string> Provider::claims_of_userinfo(const std::string& access_token, const std::string& subject) {
  TRY(auto answer, fetch_->fetch({.url = discovery_->userinfo_endpoint, .bearer = access_token}));
  if (answer.status != 200)
    return fail(ErrorKind::unavailable, "the provider's userinfo answers " + std::to_string(answer.status));
  const auto whose = claim_values(answer.body, "sub");
  // OpenID Connect Core 5.3.2: it may not be about somebody else
  if (whose.size() != 1 || whose[0] != subject)
    return fail(ErrorKind::denied, "the userinfo is of somebody else (sub)");
  return std::move(answer.body);
}

std::string Provider::sign_out_url(const std::string& id_token, const std::string& back_to) {
  if (!discover() || discovery_->end_session_endpoint.empty()) return {};
  std::string query = field("client_id", settings_.client_id) + "&" + field("post_logout_redirect_uri", back_to);
  if (!id_token.empty()) query += "&" + field("id_token_hint", id_token);
  return with_query(discovery_->end_session_endpoint, query);
}

}  // namespace qala::oidc
