#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace qala::api {

/// A request's JSON object, read field by field; errors name the field. Values are copied out.
class Body {
 public:
  /// `invalid` with the position if the text is not one JSON object.
  static Result<Body> parse(std::string_view text);
  Body(Body&&) noexcept;
  ~Body();

  bool has(std::string_view name) const;
  Result<std::string> text(std::string_view name) const;
  Result<std::optional<std::string>> optional_text(std::string_view name) const;
  Result<std::optional<double>> optional_number(std::string_view name) const;
  Result<std::optional<std::int64_t>> optional_integer(std::string_view name) const;
  Result<std::optional<bool>> optional_boolean(std::string_view name) const;
  /// Whole numbers; `invalid` if there are more than `most`.
  Result<std::vector<std::int64_t>> integers(std::string_view name, std::size_t most) const;
  /// Texts, at most 100.
  Result<std::vector<std::string>> texts(std::string_view name) const;
  /// Objects, at most 100; empty if absent.
  Result<std::vector<Body>> objects(std::string_view name) const;
  /// Is there, and null.
  bool is_null(std::string_view name) const;
  /// A nested value as JSON text, empty if absent.
  std::string json(std::string_view name) const;

 private:
  struct Impl;
  explicit Body(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The number in a path segment or query value: 1 .. `highest`.
Result<std::uint64_t> parse_id(std::string_view text, std::uint64_t highest);
/// "from" and "to" of a request: ISO 8601 or milliseconds since 1970. Absent: `fallback`.
Result<std::int64_t> time_of(const http::Request& request, std::string_view name, std::optional<std::int64_t> fallback);
Result<std::uint64_t> count_of(const http::Request& request, std::string_view name, std::uint64_t fallback,
                               std::uint64_t highest);

}  // namespace qala::api
