#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace qala::notify {

/// A pair of keys on P-256: 32 bytes private, 65 bytes public (uncompressed point).
struct KeyPair {
  std::string secret;
  std::string open;
  static Result<KeyPair> make();
};

/// What a browser gives for encryption: its public key (65 bytes) and 16 bytes that both know.
struct PushKeys {
  std::string p256dh;
  std::string auth;
  /// Both base64url; `invalid` names the field. The point is checked: a bad one would leak our key.
  static Result<PushKeys> parse(std::string_view p256dh, std::string_view auth);
  /// As Recipient::secret keeps them, and back.
  std::string stored() const;
  static Result<PushKeys> from_stored(std::string_view text);
};

/// RFC 8291 and 8188: `text` so that only that browser reads it; one record, at most 3,993 bytes of text.
/// `pair` and `salt` (16 bytes) are new for every message.
Result<std::string> encrypt_push(std::string_view text, const PushKeys& browser, const KeyPair& pair,
                                 std::string_view salt);
constexpr std::size_t kLongestPush = 3993;

/// RFC 8292: the value of the Authorization header, signed with the town's key, for the push service at `endpoint`,
/// good until `expires` (at most a day ahead). `contact`: "mailto:…" or "https://…", where its operators may complain;
/// empty: left out.
Result<std::string> vapid_authorization(const KeyPair& town, std::string_view endpoint, std::string_view contact,
                                        Instant expires);

/// "https://push.example.net:8443" of an address.
std::string origin_of(std::string_view url);

}  // namespace qala::notify
