#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/sink.h"
#include "base/time.h"

namespace qala::audit {

using Hash = std::array<std::byte, 32>;
using Salt = std::array<std::byte, 16>;
using SubjectId = std::array<std::byte, 16>;
using PublicKey = std::array<std::byte, 32>;
using SecretKey = std::array<std::byte, 64>;  ///< Ed25519 as libsodium holds it: seed, then public key

/// What of an entry is chained. Everything personal is in it only as a commitment.
struct Link {
  std::uint64_t sequence = 0;
  std::int64_t at_ms = 0;
  SubjectId subject = {};
  Hash actor_commitment = {};
  Hash detail_commitment = {};
  std::string action = {};
  std::string object = {};
};

// Pure functions over bytes; the grammar is docs/formats/audit.md.
Hash hash_of(const Hash& previous, const Link& link);
Hash commit_actor(const Salt& salt, const Actor& actor);
Hash commit_detail(const Salt& salt, std::string_view detail);

/// A place in the chain that somebody vouches for: "17.<64 hex>.<86 base64url>".
struct Head {
  std::uint64_t sequence = 0;
  Hash hash = {};
  std::array<std::byte, 64> signature = {};
};
Head sign_head(std::uint64_t sequence, const Hash& hash, const SecretKey& key);
bool is_signed_by(const Head& head, const PublicKey& key);
std::string to_text(const Head& head);
std::optional<Head> parse_head(std::string_view text);

/// False if the text is not exactly `out.size()` bytes in lower-case hex.
bool from_hex(std::string_view hex, std::span<std::byte> out);

}  // namespace qala::audit
