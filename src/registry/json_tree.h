#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"

namespace qala::registry {

struct JsonMember;

/// A parsed JSON value that remembers its line and keeps numbers as they were written. Boost.JSON does neither: its
/// doubles may be off by one in the last digit, which an export that is read back must not be.
struct JsonValue {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::uint32_t line = 1;
  std::string text = {};                 ///< of a string; of a number as written; true or false
  std::vector<JsonValue> items;     ///< of an array
  std::vector<JsonMember> members;  ///< of an object, in order

  /// The last member of that name, or nullptr.
  const JsonValue* find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// Where and why a text is not JSON.
struct JsonProblem {
  std::size_t line = 0, column = 0;  ///< from 1, in bytes
  std::string what = {};             ///< empty: no problem
};

/// RFC 8259, strict; at most 64 levels. Pure.
JsonValue parse_json(std::string_view text, JsonProblem& problem);

/// Without blanks, members in their order, numbers as they were.
void write_json(JsonWriter& out, const JsonValue& value);

}  // namespace qala::registry
