#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace qala {

/// In lower case.
std::string to_hex(std::span<const std::byte> bytes);
std::string to_hex(std::string_view bytes);
/// 0 to 15, in either case; -1: no such digit.
int hex_digit(char letter);
/// In either case. Nothing if it is an odd number of digits, or anything else is among them.
std::optional<std::string> from_hex(std::string_view text);

/// SHA-256 of bytes in memory, in lower-case hex.
std::string sha256_hex(std::string_view bytes);

}  // namespace qala
