#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rtsp/message.h"

namespace qala::rtsp {

/// Answers a camera's WWW-Authenticate: digest by SHA-256 or MD5 (RFC 7616, RFC 2069 without qop), else basic. Of
/// several offers the strongest is taken.
class Authenticator {
 public:
  Authenticator(std::string user, std::string password) : user_(std::move(user)), password_(std::move(password)) {}

  /// Remembers the offers of a 401. False: none that we can answer.
  bool challenge(const Message& unauthorized);
  /// The camera only wants a fresh nonce; name and password were right.
  bool stale() const { return stale_; }
  bool challenged() const { return scheme_ != Scheme::none; }
  bool has_user() const { return !user_.empty(); }
  /// "Authorization" value for a request; empty before a challenge. `client_nonce`: unpredictable, used with qop.
  std::string authorization(std::string_view method, std::string_view uri, std::string_view client_nonce);

 private:
  enum class Scheme { none, basic, md5, sha256 };
  struct Offer {
    Scheme scheme = Scheme::none;
    std::string realm, nonce, opaque, algorithm;
    bool qop = false, stale = false, session = false;
  };
  static Offer parse(std::string_view value);
  std::string hash(std::string_view text) const;

  std::string user_, password_;
  Scheme scheme_ = Scheme::none;
  Offer offer_;
  bool stale_ = false;
  std::uint32_t count_ = 0;
};

}  // namespace qala::rtsp
