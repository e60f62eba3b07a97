#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qala::oidc {

/// What a token may be signed with. Everything else is refused: `none` is no signature, HS* would make the public key a
/// secret.
enum class Algorithm : std::uint8_t { rs256, ps256, es256 };

/// A signed token (JWS, compact form), taken apart; nothing of it is believed yet.
///
///     BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
///     header:  {"alg":"RS256"|"PS256"|"ES256", "kid"?: text, "typ"?: "JWT"}
struct Jwt {
  Algorithm algorithm = Algorithm::rs256;
  std::string key_id = {};  ///< which key; empty: not said
  std::string signed_part = {};  ///< header and payload as they were sent
  std::string signature = {};  ///< raw bytes
  std::string payload = {};  ///< JSON text
};

/// `invalid`: not a token; `denied`: an algorithm or an extension (`crit`) that is not taken. At most 64 KiB.
Result<Jwt> parse_jwt(std::string_view text);

/// The provider's public keys (JWK Set, RFC 7517). Immutable; shared between threads as a snapshot.
class KeySet {
 public:
  /// Keys that are of no use here (other types, for encryption, RSA below 2048 bits) are left out. `corrupt`: not a
  /// set.
  static Result<KeySet> parse(std::string_view json);
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;
  ~KeySet();

  std::size_t size() const;
  /// Is there a key that could have signed it?
  bool knows(const Jwt& token) const;
  /// Signed by one of these keys, of the type its algorithm needs. Without `kid`: only if one key comes into question.
  bool verifies(const Jwt& token) const;

 private:
  struct Impl;
  explicit KeySet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace qala::oidc
