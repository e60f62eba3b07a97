#include "api/provider_desk.h"

#include <algorithm>

#include "base/log.h"

namespace qala::api {

using boost::asio::awaitable;

namespace {

Error busy() { return fail(ErrorKind::unavailable, "the provider does not answer, and others wait for it already"); }

}  // namespace

std::optional<access::Role> role_of(const ProviderRules& rules, const std::vector<std::string>& values) {
  for (std::size_t role = rules.role_values.size(); role-- > 0;) {
    for (const auto& wanted : rules.role_values[role])
      if (std::ranges::find(values, wanted) != values.end()) return static_cast<access::Role>(role);
  }
  return rules.default_role;
}

ProviderDesk::ProviderDesk(ProviderRules rules, const Clock& clock, Random& random, std::unique_ptr<oidc::Fetch> fetch)
    : rules_(std::move(rules)),
      clock_(clock),
      begun_(clock, random),
      provider_(rules_.settings, std::move(fetch), clock) {}

ProviderDesk::~ProviderDesk() { worker_.stop(); }

/// Whether the provider answers is for the health page; whether it likes a code is not.
template <class T>
Result<T> ProviderDesk::noted(Result<T> result) {
  const bool refused = !result && result.error().kind == ErrorKind::denied;
  const std::lock_guard guard(lock_);
  if (!refused) problem_ = result ? std::string() : result.error().message;
  tried_ns_ = clock_.monotonic_ns();
  return result;
}

awaitable<Result<ProviderDesk::Start>> ProviderDesk::begin(std::string redirect_uri, std::string return_to,
                                                           bool again) {
  if (is_busy()) co_return busy();
  auto started = begun_.begin(std::move(redirect_uri), std::move(return_to));
  auto url = co_await run_on(worker_, [this, begun = std::move(started.first), again] {
    return noted(provider_.authorization_url(begun, again));
  });
  if (!url) co_return url.error();
  co_return Start{std::move(*url), std::move(started.second)};
}

awaitable<Result<oidc::Identity>> ProviderDesk::redeem(oidc::Begun begun, std::string code,
                                                       std::optional<std::string> issuer) {
  if (is_busy()) co_return busy();
  co_return co_await run_on(worker_,
                            [this, begun = std::move(begun), code = std::move(code), issuer = std::move(issuer)] {
                              return noted(provider_.redeem(begun, code, issuer));
                            });
}

awaitable<std::string> ProviderDesk::sign_out_url(std::uint64_t session, std::string back_to) {
  std::string id_token;
  if (const auto found = id_tokens_.find(session); found != id_tokens_.end()) {
    id_token = std::move(found->second);
    id_tokens_.erase(found);
  }
  if (!rules_.sign_out || is_busy()) co_return std::string();
  co_return co_await run_on(worker_, [this, id_token = std::move(id_token), back_to = std::move(back_to)] {
    return provider_.sign_out_url(id_token, back_to);
  });
}

void ProviderDesk::remember(std::uint64_t session, std::string id_token) {
  if (id_tokens_.size() >= kMostTokens) id_tokens_.erase(id_tokens_.begin());  // ids grow: the oldest
  id_tokens_[session] = std::move(id_token);
}

std::string ProviderDesk::problem() {
  const std::lock_guard guard(lock_);
  if (!problem_.empty() && clock_.monotonic_ns() - tried_ns_ >= Instant::kMinute && !is_busy()) {
    tried_ns_ = clock_.monotonic_ns();
    worker_.post([this] {
      const auto looked = provider_.look();
      const std::lock_guard inner(lock_);
      problem_ = looked ? std::string() : looked.error().message;
    });
  }
  return problem_;
}

}  // namespace qala::api
