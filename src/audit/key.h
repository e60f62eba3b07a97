#pragma once

#include <optional>
#include <string>

#include "audit/chain.h"
#include "base/random.h"
#include "base/result.h"

namespace qala::audit {

/// The key that signs heads lies in a file of its own beside the database (0600), so that who can write the database
/// alone cannot make a new history look old. File: "qala-audit-key-1 <64 hex digits of the Ed25519 seed>\n".
struct SigningKey {
  SecretKey secret = {};
  PublicKey public_key = {};
};

Result<SigningKey> make_key(const std::string& path, Random& random);
/// `not_found` if there is no file, `corrupt` if it is not one of ours.
Result<SigningKey> load_key(const std::string& path);

}  // namespace qala::audit
