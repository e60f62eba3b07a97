#include "audit/chain.h"

#include <charconv>

#include <sodium.h>

#include "base/assert.h"
#include "base/base64.h"
#include "base/hex.h"

namespace qala::audit {

namespace {

constexpr std::string_view kLinkMark = "QALAAUD1", kCommitmentMark = "QALACOM1", kHeadMark = "QALAHED1";

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// SHA-256 over fields: numbers little-endian, texts behind their length, so that no two inputs look alike.
class Hasher {
 public:
  explicit Hasher(std::string_view mark) {
    crypto_hash_sha256_init(&state_);
    bytes(std::as_bytes(std::span(mark)));
  }
  Hasher& bytes(std::span<const std::byte> bytes) {
    crypto_hash_sha256_update(&state_, raw(bytes), bytes.size());
    return *this;
  }
  Hasher& number(std::uint64_t value, int size) {
    std::array<std::byte, 8> le{};
    for (std::size_t at = 0; at < 8; at++) le[at] = static_cast<std::byte>(value >> (8 * at));
    return bytes(std::span(le).first(static_cast<std::size_t>(size)));
  }
  Hasher& text(std::string_view text) { return number(text.size(), 4).bytes(std::as_bytes(std::span(text))); }
  Hash finish() {
    Hash hash;
    crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
  }

 private:
  crypto_hash_sha256_state state_;
};

Hash message_of(std::uint64_t sequence, const Hash& hash) {
  return Hasher(kHeadMark).number(sequence, 8).bytes(hash).finish();
}

}  // namespace

Hash hash_of(const Hash& previous, const Link& link) {
  return Hasher(kLinkMark)
      .bytes(previous)
      .number(link.sequence, 8)
      .number(static_cast<std::uint64_t>(link.at_ms), 8)
      .bytes(link.subject)
      .bytes(link.actor_commitment)
      .bytes(link.detail_commitment)
      .text(link.action)
      .text(link.object)
      .finish();
}

Hash commit_actor(const Salt& salt, const Actor& actor) {
  return Hasher(kCommitmentMark).bytes(salt).text(actor.kind).text(actor.subject).finish();
}

Hash commit_detail(const Salt& salt, std::string_view detail) {
  return Hasher(kCommitmentMark).bytes(salt).text(detail).finish();
}

Head sign_head(std::uint64_t sequence, const Hash& hash, const SecretKey& key) {
  Head head{.sequence = sequence, .hash = hash};
  const Hash message = message_of(sequence, hash);
  crypto_sign_detached(reinterpret_cast<unsigned char*>(head.signature.data()), nullptr, raw(message), message.size(),
                       raw(key));
  return head;
}

bool is_signed_by(const Head& head, const PublicKey& key) {
  const Hash message = message_of(head.sequence, head.hash);
  return crypto_sign_verify_detached(raw(head.signature), raw(message), message.size(), raw(key)) == 0;
}

std::string to_text(const Head& head) {
  const std::string signature =
      to_base64url({reinterpret_cast<const char*>(head.signature.data()), head.signature.size()});
  return std::to_string(head.sequence) + "." + to_hex(head.hash) + "." + signature;
}

std::optional<Head> parse_head(std::string_view text) {
  Head head;
  const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), head.sequence);
  if (ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (text.size() != 1 + 64 + 1 + 86 || text[0] != '.' || text[65] != '.') return std::nullopt;
  if (!from_hex(text.substr(1, 64), head.hash)) return std::nullopt;
  std::size_t size = 0;
  const std::string_view signature = text.substr(66);
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(head.signature.data()), head.signature.size(),
                                       signature.data(), signature.size(), nullptr, &size, nullptr,
                                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (failed != 0 || size != head.signature.size()) return std::nullopt;
  return head;
}

bool from_hex(std::string_view hex, std::span<std::byte> out) {
  if (hex.size() != out.size() * 2) return false;
  for (std::size_t at = 0; at < hex.size(); at++) {
    const int digit = hex[at] >= 'A' && hex[at] <= 'F' ? -1 : hex_digit(hex[at]);
    if (digit < 0) return false;
    std::byte& byte = out[at / 2];
    byte = at % 2 == 0 ? static_cast<std::byte>(digit << 4) : byte | static_cast<std::byte>(digit);
  }
  return true;
}

}  // namespace qala::audit
