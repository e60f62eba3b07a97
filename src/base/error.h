#pragma once

#include <string>
#include <string_view>

namespace qala {

/// What a caller can do about a failure. Ten kinds for all rooms: `api/` maps them to HTTP, `base/sqlite.cpp` and
/// `base/file.cpp` map SQLite's and the system's codes to them.
enum class ErrorKind { not_found, invalid, conflict, denied, unavailable, timeout, corrupt, full, cancelled, internal };

std::string_view name_of(ErrorKind kind);

/// A failure: a kind for the program, a message for the operator (what, where, what to do).
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  /// Puts "what we were doing: " before the message.
  [[nodiscard]] Error context(std::string_view doing) const;
};

/// Maps errno to a kind and names the system's reason: `from_errno(ENOSPC, "writing log")`.
Error from_errno(int code, std::string_view doing);

}  // namespace qala
