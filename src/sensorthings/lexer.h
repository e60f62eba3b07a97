#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sensorthings/value.h"

namespace qala::sensorthings {

/// One word of an option's text.
struct Token {
  enum class Kind : std::uint8_t { end, word, literal, sign };
  Kind kind = Kind::end;
  std::size_t at = 0;        ///< in the text, from 0
  std::size_t end = 0;
  std::string text = {};     ///< of a word or sign: ( ) , ; : / = [ ] -
  Value value = {};          ///< of a literal
  bool quoted = false;       ///< a string literal
};

/// An error that says where: "position 12: …" (from 1).
Error at_position(std::size_t at, std::string_view what);

/// Cuts the text of $filter, $orderby, $expand or $select into words, at most `kMaxTokens`. Pure.
constexpr std::size_t kMaxTokens = 4000;
Result<std::vector<Token>> cut(std::string_view text);

}  // namespace qala::sensorthings
