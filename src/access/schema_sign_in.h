#pragma once

#include <string_view>

namespace qala::access {

/// Second step of the tables of access/: where sessions come from, second factors, people who sign in elsewhere.
inline constexpr std::string_view kSignInStep = R"sql(
ALTER TABLE session ADD COLUMN browser TEXT NOT NULL DEFAULT '';     -- "Firefox 128, Linux"
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password' CHECK (method IN ('password', 'totp', 'provider'));

CREATE TABLE second_factor (
  user      INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
  sealed    BLOB NOT NULL,                           -- secret of RFC 6238 under the key of second-factor.key
  last_step INTEGER NOT NULL,                        -- newest step of 30 s whose code was taken: none is taken twice
  since     INTEGER NOT NULL                         -- milliseconds since 1970, UTC
) STRICT;

CREATE TABLE recovery_code (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  user   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX recovery_code_user ON recovery_code (user);

-- People who sign in at a provider (OpenID Connect); their password_hash is of a text that nobody knows.
CREATE TABLE provider_user (
  user    INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
  issuer  TEXT NOT NULL,                             -- empty: whichever is configured when they first come
  subject TEXT,                                      -- NULL: has not signed in yet, will be known by the name
  UNIQUE (issuer, subject)
) STRICT;
)sql";

}  // namespace qala::access
