#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "access/access.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
#include "oidc/begun.h"
#include "oidc/provider.h"
#include "registry/model.h"

namespace qala::api {

/// What the town says about its identity provider, from the section [oidc].
struct ProviderRules {
  oidc::Settings settings = {};
  std::string ca_file = {};
  registry::LocalText label = {};  ///< on the button
  std::string redirect_uri = {};   ///< empty: made of the address that the browser used
  /// Values of the roles claim that give a role, by Role; the highest counts.
  std::array<std::vector<std::string>, 4> role_values = {};
  std::optional<access::Role> default_role = {};  ///< of whoever has none of them; none: refused
  bool create_users = false;
  bool sign_out = true;  ///< also at the provider
};

/// The role that these values give, after the rules.
std::optional<access::Role> role_of(const ProviderRules& rules, const std::vector<std::string>& values);

/// Sign-in at the provider: asks it on a thread of its own, so that one that does not answer holds nobody else up.
/// Network thread.
class ProviderDesk {
 public:
  ProviderDesk(ProviderRules rules, const Clock& clock, Random& random, std::unique_ptr<oidc::Fetch> fetch);
  ~ProviderDesk();

  const ProviderRules& rules() const { return rules_; }

  struct Start {
    std::string url, cookie;
  };
  boost::asio::awaitable<Result<Start>> begin(std::string redirect_uri, std::string return_to, bool again);
  Result<oidc::Begun> known(std::string_view cookie, std::string_view state) { return begun_.end(cookie, state); }
  boost::asio::awaitable<Result<oidc::Identity>> redeem(oidc::Begun begun, std::string code,
                                                        std::optional<std::string> issuer);
  /// Of a session that was opened here; empty: nowhere to go.
  boost::asio::awaitable<std::string> sign_out_url(std::uint64_t session, std::string back_to);
  void remember(std::uint64_t session, std::string id_token);
  /// Why the provider could not be asked, when last tried; empty: it could. While there is something, it is tried again
  /// once a minute.
  std::string problem();

 private:
  static constexpr std::size_t kMostWaiting = 20, kMostTokens = 1000;
  template <class T>
  Result<T> noted(Result<T> result);
  bool is_busy() const { return worker_.queued() >= kMostWaiting; }

  ProviderRules rules_;
  const Clock& clock_;
  oidc::BegunSignIns begun_;
  std::map<std::uint64_t, std::string> id_tokens_;  ///< by session
  std::mutex lock_;  ///< guards the next two
  std::string problem_;
  std::int64_t tried_ns_ = 0;
  oidc::Provider provider_;  ///< on the worker only
  Worker worker_{1, "provider"};
};

}  // namespace qala::api
