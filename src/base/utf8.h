#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qala::utf8 {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 1 to 4; 0: there is none
};

/// The well-formed character at the beginning of `text` (RFC 3629: nothing longer than need be, no surrogates, nothing
/// above U+10FFFF). None: `text` is empty, or its first byte begins none.
Character first(std::string_view text);
bool is_valid(std::string_view text);

/// A byte that belongs to no character counts as U+FFFD.
std::u32string characters(std::string_view text);
/// `code` must be a character.
void append(std::string& out, char32_t code);
std::string to_text(std::u32string_view characters);

}  // namespace qala::utf8
