#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"

namespace qala::access {

/// Seals the secrets of second factors: XChaCha20-Poly1305 under a key that lies in a file beside town.db, not in it,
/// so that town.db alone (sent to somebody, or read through a hole) gives no second factor away. A copy of the whole
/// folder, as a backup is, has both; whoever wants them apart names a file elsewhere. Each secret is bound to its user.
/// Not thread-safe.
class FactorKey {
 public:
  FactorKey() = default;
  explicit FactorKey(std::string path) : path_(std::move(path)) {}

  /// `make`: make the key if there is none yet. `unavailable` if it is not there or is not a key.
  Result<std::vector<std::byte>> seal(std::span<const std::byte> secret, UserId user, Random& random, bool make);
  /// `corrupt`: sealed under another key, or for another user.
  Result<std::vector<std::byte>> open(std::span<const std::byte> sealed, UserId user);

 private:
  Result<> load(Random* maker);

  std::string path_ = {};
  bool loaded_ = false;
  std::array<unsigned char, 32> key_ = {};
};

}  // namespace qala::access
