#include "access/totp.h"

#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace qala::access {

namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kRecovery = "0123456789abcdefghjkmnpqrstvwxyz";  // after Crockford: no i, l, o, u
constexpr std::size_t kRecoveryLetters = 10;

std::string digits_of(std::string_view typed) {
  std::string out;
  for (const char c : typed)
    if (c != ' ' && c != '\t') out += c;
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::int64_t totp_step(std::int64_t unix_seconds) { return unix_seconds / kTotpStepSeconds; }

std::string totp_code(std::span<const std::byte> secret, std::int64_t step, int digits) {
  std::array<unsigned char, 8> counter{};
  auto rest = static_cast<std::uint64_t>(step);
  for (std::size_t at = counter.size(); at-- > 0; rest >>= 8) counter[at] = static_cast<unsigned char>(rest & 0xff);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(), &length);
  const std::size_t offset = mac[length - 1] & 0x0f;
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < 4; n++) value = value << 8 | mac[offset + n];
  value &= 0x7fffffff;
  std::uint32_t modulus = 1;
  for (int n = 0; n < digits; n++) modulus *= 10;
  return fmt::format("{:0{}}", value % modulus, digits);
}

std::optional<std::int64_t> totp_match(std::span<const std::byte> secret, std::string_view code,
                                       std::int64_t unix_seconds, std::int64_t last_step) {
  const std::string typed = digits_of(code);
  if (typed.size() != 6) return std::nullopt;
  const std::int64_t now = totp_step(unix_seconds);
  std::optional<std::int64_t> found;
  for (std::int64_t step = now - 1; step <= now + 1; step++) {
    const std::string expected = totp_code(secret, step);
    // all three are compared, each in constant time
    if (CRYPTO_memcmp(expected.data(), typed.data(), typed.size()) == 0 && step > last_step && !found) found = step;
  }
  return found;
}

std::string base32(std::span<const std::byte> bytes) {
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const std::byte byte : bytes) {
    held = held << 8 | std::to_integer<std::uint32_t>(byte);
    for (bits += 8; bits >= 5; bits -= 5) out += kBase32[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kBase32[held << (5 - bits) & 31];
  return out;
}

std::string totp_uri(std::string_view town, std::string_view user, std::string_view secret_base32) {
  const std::string issuer = percent_encoded(town);
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", issuer, percent_encoded(user), secret_base32, issuer);
}

std::string make_recovery_code(std::span<const std::byte, 7> random) {
  std::uint64_t bits = 0;
  for (const std::byte byte : random) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
  std::string code;
  for (std::size_t n = 0; n < kRecoveryLetters; n++, bits >>= 5) {
    if (n == kRecoveryLetters / 2) code += '-';
    code += kRecovery[bits & 31];
  }
  return code;
}

std::string plain_recovery_code(std::string_view typed) {
  std::string out;
  for (char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == 'o') c = '0';
    if (c == 'i' || c == 'l') c = '1';
    if (kRecovery.find(c) == std::string_view::npos) return {};
    out += c;
  }
  return out.size() == kRecoveryLetters ? out : std::string();
}

}  // namespace qala::access
