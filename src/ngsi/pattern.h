#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace qala::ngsi {

/// A regular expression, found anywhere in a text: `. [a-z] [^a-z] \d \w \s * + ? {m,n} | ( ) ^ $`, a backslash before
/// any other sign takes it as it is. Letters are those of UTF-8. Takes steps in proportion to the text times the
/// pattern, whatever both are: what a stranger asks for never holds the town up.
class Pattern {
 public:
  /// `invalid`: the message begins with the position in the pattern, from 1: "3: a bracket is not closed".
  static Result<Pattern> parse(std::string_view text);
  bool found_in(std::string_view text) const;

  static constexpr std::size_t kMostSteps = 500;  ///< of the program that a pattern becomes
  static constexpr std::size_t kMostRepeats = 100;

 private:
  friend class PatternReader;
  /// Letters from the first to the second; both are in.
  using Span = std::pair<char32_t, char32_t>;
  enum class Do : std::uint8_t { take, both, jump, begin, end, done };
  struct Step {
    Do what = Do::done;
    std::uint32_t a = 0, b = 0;  ///< take: the set; both: where to go on; jump: a
  };
  struct Letters {
    std::vector<Span> spans;
    bool but = false;  ///< all but these
    bool has(char32_t letter) const;
  };
  void reach(std::uint32_t step, bool at_begin, bool at_end, std::vector<std::uint32_t>& now,
             std::vector<bool>& seen) const;

  std::vector<Step> steps_;
  std::vector<Letters> sets_;
};

}  // namespace qala::ngsi
