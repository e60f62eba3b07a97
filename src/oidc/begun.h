#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace qala::oidc {

/// A sign-in that was begun, as the browser's cookie keeps it for us.
struct Begun {
  std::string state = {}, nonce = {};
  std::string verifier = {};      ///< of PKCE: only who has it can redeem the code
  std::string redirect_uri = {};  ///< as it was sent to the provider
  std::string return_to = {};     ///< path of the control room
};

/// Begins sign-ins and knows them again. What belongs to one lies sealed in a cookie of the browser that began it
/// (XSalsa20-Poly1305 under a key of this process), so that nobody can fill our memory, and no other browser can end
/// it. Any thread.
class BegunSignIns {
 public:
  BegunSignIns(const Clock& clock, Random& random);

  /// The sign-in and the value of its cookie.
  std::pair<Begun, std::string> begin(std::string redirect_uri, std::string return_to);
  /// `denied`: another browser's, of another process, older than ten minutes, or ended already.
  Result<Begun> end(std::string_view cookie, std::string_view state);
  /// S256 of the verifier.
  static std::string challenge(const Begun& begun);

 private:
  static constexpr std::size_t kMostUsed = 10'000;
  const Clock& clock_;
  Random& random_;
  std::string key_;
  std::mutex lock_;
  std::map<std::string, Instant> used_;  ///< states that have ended, until their cookies are too old anyway
};

}  // namespace qala::oidc
