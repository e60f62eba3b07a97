#pragma once

#include <string>
#include <string_view>

namespace qala::words {

/// What a search compares: lower-case Latin letters and digits, words parted by one blank. Kazakh and Russian letters
/// and their usual Latin spellings fall together ("Үшөзек", "ушозек" and "Ushozek" are one), so that everybody finds
/// with the keyboard at hand. The screens fold alike (web/src/lib/fold.ts); tests/words/fold.tsv holds both to it.
/// A pure function; bytes that are no UTF-8 part words.
std::string fold(std::string_view text);

/// Both folded. True if every word of `needle` begins a word of `text`, or stands inside it from three letters on, or,
/// from five letters on, begins one with a single typing error: a letter wrong, missing, too many, or two swapped.
bool found_in(std::string_view text, std::string_view needle);

}  // namespace qala::words
