#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace qala::http {

/// What is the same in every answer of one server.
struct HeadFrame {
  std::string server_name;
  std::string content_security_policy;
  bool secure = false;
};

/// How the body of this answer goes out.
struct Framing {
  std::optional<std::uint64_t> length;  ///< absent and not chunked: the answer ends with the connection
  bool chunked = false;
  bool keep_alive = true;
  int minor = 1;
};

/// Appends status line and headers, blank line included: the response's own, then framing and the security headers
/// (nosniff, no-referrer, DENY, HSTS over TLS, a content security policy) unless the response brought its own. Line
/// breaks in values become blanks: no handler can split a response. `date` is an IMF-fixdate.
void append_head(std::string& out, const Response& response, const Framing& framing, const HeadFrame& frame,
                 std::string_view date);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t unix_seconds);

}  // namespace qala::http
