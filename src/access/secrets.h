#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"

namespace qala::access {

/// What is stored of a secret, and by which it is found. 128 bits would do; 256 leave nothing to argue about.
using Digest = std::array<std::byte, 32>;

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t value;  // any eight bytes of a keyed hash are a good hash
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
  }
};

/// What a digest is of: the same text as a token and as a cookie must not give the same digest.
enum class Purpose : unsigned char {
  token = 't',
  login = 'l',
  certificate = 'c',
  session = 's',
  setup = 'i',
  csrf = 'x',
  user = 'u',
  link = 'k',
  ticket = '2',
  recovery = 'r'
};

/// BLAKE2b-256 under the town's key (town.db, table access_key): 0.3 µs, and a stolen list of digests alone does not
/// allow guessing at short device tokens.
class Secrets {
 public:
  explicit Secrets(std::span<const std::byte, 32> key);
  Digest digest(Purpose purpose, std::string_view text) const;
  /// Of two texts; ("ab", "c") and ("a", "bc") differ.
  Digest digest(Purpose purpose, std::string_view first, std::string_view second) const;

 private:
  std::array<unsigned char, 32> key_;
};

/// argon2id of 32 random bytes that nobody kept: comparing with it costs the same time as with a real one, and fails.
constexpr const char* kNobodysPassword =
    "$argon2id$v=19$m=19456,t=3,p=1$mAQGBA+49pT0tGqkBQ3Idg$N27vVODCd7Vb7viwsAhU02/ohatyZsbBs479ytBI64k";

/// "qala_" + 32 letters and digits (190 bits) + 2 check characters.
std::string make_token(Random& random);
/// 32 random bytes in base64url.
std::string make_cookie(Random& random);
/// Compares without telling by the time taken how much was right.
bool same_text(std::string_view a, std::string_view b);
std::string base64url(std::span<const std::byte> bytes);

}  // namespace qala::access
