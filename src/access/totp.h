#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qala::access {

/// Time-based one-time passwords, RFC 6238 with HMAC-SHA-1, 6 digits and 30 seconds: what every authenticator app
/// speaks. Pure functions.
constexpr std::int64_t kTotpStepSeconds = 30;
constexpr std::size_t kTotpSecretBytes = 20;

std::int64_t totp_step(std::int64_t unix_seconds);
/// `digits` of 6 to 8 (the RFC's vectors have 8).
std::string totp_code(std::span<const std::byte> secret, std::int64_t step, int digits = 6);
/// The step whose code this is: the present one or a neighbour, and later than `last_step`. Blanks in `code` are
/// ignored. Nothing: wrong, or used already.
std::optional<std::int64_t> totp_match(std::span<const std::byte> secret, std::string_view code,
                                       std::int64_t unix_seconds, std::int64_t last_step);

/// RFC 4648 without padding, as apps expect secrets typed by hand.
std::string base32(std::span<const std::byte> bytes);
/// otpauth://totp/TOWN:NAME?secret=…&issuer=TOWN, what a QR code holds.
std::string totp_uri(std::string_view town, std::string_view user, std::string_view secret_base32);

/// One of ten: "k7dp2-m9x4q", 50 bits; letters and digits that are not taken for one another.
std::string make_recovery_code(std::span<const std::byte, 7> random);
/// What was typed, without blanks and hyphens, in lower case, o as 0, i and l as 1; empty if it cannot be one.
std::string plain_recovery_code(std::string_view typed);

}  // namespace qala::access
