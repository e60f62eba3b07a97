#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "notify/texts.h"

namespace qala::notify {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What a web-hook carries: `docs/formats/notifications.md`. One POST holds all events that were due.
std::string hook_body(std::span<const Told> told, std::uint64_t left_out, std::string_view key, const Letter& letter);
std::string hook_test_body(std::string_view key, const Letter& letter);

/// Signed as standardwebhooks.com says (HMAC-SHA256 over "id.timestamp.body"), because receivers in every language have
/// a library for it, and because it binds the id: a message replayed under another id does not verify.
/// The id is the idempotency key too. `secret`: "whsec_" and base64.
Headers hook_headers(std::string_view key, Instant at, std::string_view body, std::string_view secret);

std::string new_hook_secret(Random& random);
bool is_hook_secret(std::string_view text);

}  // namespace qala::notify
