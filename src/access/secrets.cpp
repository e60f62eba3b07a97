#include "access/secrets.h"

#include <sodium.h>

#include "access/access.h"
#include "base/base64.h"
#include "base/crc32c.h"

namespace qala::access {

namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPrefix = "qala_";
constexpr std::size_t kBody = 32, kCheck = 2;

/// Two letters that change if one of the body was misread.
std::string check_of(std::string_view body) {
  std::uint32_t sum = crc32c(std::as_bytes(std::span(body)));
  std::string check;
  for (std::size_t n = 0; n < kCheck; n++, sum /= 62) check += kLetters[sum % 62];
  return check;
}

void update(crypto_generichash_state& state, std::string_view bytes) {
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace

Secrets::Secrets(std::span<const std::byte, 32> key) { std::memcpy(key_.data(), key.data(), key_.size()); }

Digest Secrets::digest(Purpose purpose, std::string_view text) const { return digest(purpose, text, {}); }

Digest Secrets::digest(Purpose purpose, std::string_view first, std::string_view second) const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), key_.size(), sizeof(Digest));
  const std::uint64_t length = first.size();
  const char mark = static_cast<char>(purpose);
  update(state, {&mark, 1});
  update(state, {reinterpret_cast<const char*>(&length), sizeof length});
  update(state, first);
  update(state, second);
  Digest digest;
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), digest.size());
  return digest;
}

std::string make_token(Random& random) {
  std::string body;
  while (body.size() < kBody) {
    std::array<std::byte, 48> bytes;
    random.fill(bytes);
    for (const std::byte byte : bytes)  // 248 = 4 * 62: no letter is likelier than another
      if (const auto n = std::to_integer<std::size_t>(byte); n < 248 && body.size() < kBody) body += kLetters[n % 62];
  }
  return std::string(kPrefix) + body + check_of(body);
}

bool is_token_shape(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kBody + kCheck) return false;
  const std::string_view body = text.substr(kPrefix.size(), kBody);
  return text.substr(kPrefix.size() + kBody) == check_of(body);
}

std::string make_cookie(Random& random) { return random.token(32); }

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64url(std::span<const std::byte> bytes) {
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace qala::access
