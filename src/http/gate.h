#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/status.h"

namespace qala::http {

constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::size_t kMaxTarget = 8 * 1024;
constexpr std::size_t kMaxHeaderLines = 100;

/// A request's header that passed the gate.
struct Head {
  Method method = Method::get;
  int minor = 1;  ///< HTTP/1.minor
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;
  bool upgrade_websocket = false;

  std::string_view header(std::string_view lower_name) const;
};

/// Where the header that starts `bytes` ends (past its blank line); nothing yet: 0. Searches on from `from`, up to
/// which an earlier call found nothing. A line that ends without a carriage return is refused here, so that nobody
/// waits for the rest of a request that cannot become valid.
std::expected<std::size_t, Refusal> find_head_end(std::string_view bytes, std::size_t from);

/// The one gate every request passes before anything looks at it: a pure function over the header's bytes, blank line
/// included. Stricter than the standard where leniency lets two programs see different requests: exactly one Host on
/// 1.1, one Content-Length of digits, Transfer-Encoding only `chunked`, only on 1.1 and never beside Content-Length,
/// no folded lines, no blank before the colon, no control characters, only the origin form of targets.
std::expected<Head, Refusal> check_head(std::string_view bytes);

}  // namespace qala::http
