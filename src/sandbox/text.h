#pragma once

#include <string>
#include <string_view>

namespace qala::sandbox {

/// Appends in UTF-8; half a pair becomes U+FFFD.
void append_utf8(std::string& out, std::u16string_view text);
/// `text` is well formed.
std::u16string to_utf16(std::string_view text);
/// The same text, with U+FFFD for what is not UTF-8 (a message may have been cut within a letter).
std::string well_formed(std::string_view text);
/// A script as the engine takes it: without byte order mark, its "#!" line a comment, well formed.
std::string readable(std::string_view script);

}  // namespace qala::sandbox
