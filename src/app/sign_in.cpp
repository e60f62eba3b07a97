#include "app/sign_in.h"

#include "access/access.h"
#include "base/file.h"

namespace qala::app {

namespace {

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) out.emplace_back(one);
  }
  return out;
}

Result<std::string> first_line_of(const std::string& file) {
  TRY(const auto bytes, read_file(file));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty()) return fail(ErrorKind::invalid, file + " is empty");
  return text;
}

}  // namespace

access::SignInPolicy sign_in_policy(const Config& config, const std::string& data) {
  access::SignInPolicy policy;
  policy.passwords.least_length = static_cast<std::size_t>(config.sign_in_least_length);
  policy.passwords.town_names = {config.town_name_kk, config.town_name_ru, config.town_name_en};
  policy.free_failures = static_cast<std::uint32_t>(config.sign_in_failures);
  policy.first_wait = std::chrono::seconds(config.sign_in_first_wait_s);
  policy.longest_wait = std::chrono::seconds(config.sign_in_longest_wait_s);
  policy.idle = std::chrono::hours(config.sign_in_idle_hours);
  policy.longest = std::chrono::hours(24 * config.sign_in_longest_days);
  if (const auto role = access::role_from(config.sign_in_totp_from)) policy.totp_from = static_cast<int>(*role);
  policy.key_file = config.sign_in_key_file.empty() ? data + "/second-factor.key" : config.sign_in_key_file;
  return policy;
}

Result<std::unique_ptr<api::ProviderDesk>> provider_desk(const Config& config, const Clock& clock, Random& random) {
  if (config.oidc_issuer.empty()) return std::unique_ptr<api::ProviderDesk>();
  if (config.oidc_client_id.empty()) return fail(ErrorKind::invalid, "oidc.client_id: is needed with oidc.issuer");
  if (config.oidc_roles_claim.empty() && config.oidc_create_users && config.oidc_default_role.empty())
    return fail(ErrorKind::invalid, "oidc.create_users: needs oidc.roles_claim or oidc.default_role");
  api::ProviderRules rules;
  rules.settings = {.issuer = config.oidc_issuer,
                    .client_id = config.oidc_client_id,
                    .scopes = config.oidc_scopes,
                    .name_claim = config.oidc_name_claim,
                    .roles_claim = config.oidc_roles_claim};
  if (!config.oidc_client_secret_file.empty()) {
    auto secret = first_line_of(config.oidc_client_secret_file);
    if (!secret) return fail(ErrorKind::invalid, "oidc.client_secret_file: " + secret.error().message);
    rules.settings.client_secret = std::move(*secret);
  }
  rules.ca_file = config.oidc_ca_file;
  rules.label = {config.oidc_label_kk, config.oidc_label_ru, config.oidc_label_en};
  rules.redirect_uri = config.oidc_redirect_uri;
  rules.role_values = {list_of(config.oidc_viewers), list_of(config.oidc_operators), list_of(config.oidc_engineers),
                       list_of(config.oidc_admins)};
  rules.default_role = access::role_from(config.oidc_default_role);
  rules.create_users = config.oidc_create_users;
  rules.sign_out = config.oidc_sign_out;
  auto fetch = oidc::make_curl_fetch(config.oidc_ca_file);
  return std::make_unique<api::ProviderDesk>(std::move(rules), clock, random, std::move(fetch));
}

}  // namespace qala::app
