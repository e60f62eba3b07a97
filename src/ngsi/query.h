#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ngsi/pattern.h"

namespace qala::ngsi {

/// What an attribute is compared with.
struct Operand {
  enum class Kind : std::uint8_t { number, text, boolean, time };
  Kind kind = Kind::text;
  double number = 0;
  bool flag = false;
  std::int64_t time = 0;  ///< UTC ns
  std::string text = {};  ///< of a text or URI
};

/// One value, or all from the first to the second.
struct Choice {
  Operand from = {};
  std::vector<Operand> to = {};  ///< of a range: one
};

enum class Compare : std::uint8_t { exists, equal, unequal, less, less_equal, greater, greater_equal, like, unlike };

struct Term {
  std::string attribute = {};             ///< "pm25"
  std::vector<std::string> beneath = {};  ///< sub-properties: pm25.observedAt
  std::vector<std::string> inside = {};   ///< members of the value: address[streetAddress]
  Compare compare = Compare::exists;
  std::vector<Choice> choices = {};  ///< of == and !=: any of them; of < <= > >=: one
  std::vector<Pattern> pattern = {};  ///< of ~= and !~=: one
};

/// The parameter `q` of NGSI-LD (ETSI GS CIM 009, 4.9) as a tree: `;` is and, `|` or, `;` binds closer.
struct Query {
  enum class Kind : std::uint8_t { term, all, any };
  Kind kind = Kind::term;
  Term term = {};
  std::vector<Query> parts = {};
};

/// Pure. `invalid`: "q at 7: …", the position in bytes from 1, what is wrong and what to write instead.
Result<Query> parse_query(std::string_view text);

constexpr std::size_t kLongestQuery = 4000;  ///< bytes
constexpr std::size_t kMostTerms = 100;      ///< also of one list
constexpr std::size_t kMostPatterns = 5;    ///< each is tried on thousands of texts

}  // namespace qala::ngsi
