#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/chain.h"
#include "base/random.h"
#include "base/result.h"

namespace qala::audit {

/// What a key is for: the word its file begins with, and what is said when that is not there.
struct KeyPurpose {
  std::string_view mark, not_ours;
};
constexpr KeyPurpose kAuditPurpose{
    "qala-audit-key-1",
    "is not an audit key: restore it from a backup, or move it away to begin with a new key (the chain will show the "
    "change)"};

/// The key that signs heads lies in a file of its own beside the database (0600), so that who can write the database
/// alone cannot make a new history look old. File: "qala-audit-key-1 <64 hex digits of the Ed25519 seed>\n".
struct SigningKey {
  SecretKey secret = {};
  PublicKey public_key = {};
};

Result<SigningKey> make_key(const std::string& path, Random& random, const KeyPurpose& purpose = kAuditPurpose);
/// `not_found` if there is no file, `corrupt` if it is not one of ours.
Result<SigningKey> load_key(const std::string& path, const KeyPurpose& purpose = kAuditPurpose);

}  // namespace qala::audit
