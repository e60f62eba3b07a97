#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Small text of protocols: headers, attributes, base64.
namespace qala::rtsp {

char lower(char c);
bool same_no_case(std::string_view a, std::string_view b);
bool starts_with_no_case(std::string_view text, std::string_view prefix);
std::string_view trimmed(std::string_view text);
/// Cuts `text` at the first `separator`: gives what is before, leaves what is behind. Empty `text` afterwards: the end.
std::string_view cut(std::string_view& text, char separator);
/// All of it, decimal; nothing else.
std::optional<std::uint32_t> number(std::string_view text);

/// With or without padding; empty when it is not base64.
std::optional<std::string> from_loose_base64(std::string_view text);

}  // namespace qala::rtsp
