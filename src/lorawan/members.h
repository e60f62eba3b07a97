#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "registry/json_tree.h"

namespace qala::lorawan {

using Json = registry::JsonValue;

/// One JSON object; `invalid` names line and column of what is wrong.
Result<Json> parse_object(std::string_view text);

// Looks into an object. What is absent, null or of another kind is nothing: proto3 JSON leaves defaults out, and both
// servers write 64-bit numbers as text. None of these fails.
const Json* member(const Json& object, std::string_view name);  ///< null: absent, or null
/// Like member(), step by step: path("deviceInfo", "devEui").
template <class... Names>
const Json* path(const Json& object, std::string_view first, Names... rest) {
  const Json* found = member(object, first);
  if constexpr (sizeof...(rest) == 0) return found;
  else return found ? path(*found, rest...) : nullptr;
}
std::string text(const Json* value);
std::optional<double> number(const Json* value);
bool truth(const Json* value);
std::optional<Instant> time(const Json* value);
std::string written(const Json& value);

/// Digits of an EUI in lower case, without separators; empty if it is none.
std::string eui(std::string_view text);

/// A whole number of 0 to `most`, 0 if absent; `invalid` names the field.
Result<std::uint32_t> counter(const Json* value, std::string_view name, std::uint32_t most);
/// Bytes of base64, with or without padding, either alphabet.
Result<std::string> bytes(const Json* value, std::string_view name);

}  // namespace qala::lorawan
