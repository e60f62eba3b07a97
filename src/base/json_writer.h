#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace qala {

/// Writes JSON text into a string, commas by itself. Numbers are shortest round-trip ("21.5", never 2.15E1); NaN and
/// infinities become null. `JsonWriter(out).object().key("a").number(1).end();`
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& object() { return open('{'); }
  JsonWriter& array() { return open('['); }
  /// Closes the innermost object or array.
  JsonWriter& end();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(double value);
  /// The same text as number(), sooner if the value has at most three decimals, as readings have.
  JsonWriter& measured(double value);
  JsonWriter& integer(std::int64_t value);
  /// mantissa x 10^-scale with exactly its digits: (215, 1) is 21.5.
  JsonWriter& decimal(std::int64_t mantissa, int scale);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& time(Instant at) { return string(to_iso(at)); }
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  JsonWriter& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, double value) { return key(name).number(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& field(std::string_view name, T value) {
    return key(name).integer(static_cast<std::int64_t>(value));
  }

 private:
  JsonWriter& open(char bracket);
  void comma();

  std::string& out_;
  std::string closers_;  ///< closing brackets still owed, innermost last
  bool first_ = true;
};

/// mantissa x 10^-scale as text.
void append_decimal(std::string& out, std::int64_t mantissa, int scale);
void append_json_string(std::string& out, std::string_view text);

}  // namespace qala
