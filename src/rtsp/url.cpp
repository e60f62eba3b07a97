#include "rtsp/url.h"

#include <charconv>

#include <fmt/format.h>

#include "base/hex.h"
#include "rtsp/text.h"

namespace qala::rtsp {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto byte = text[0] == '%' && text.size() > 2 ? from_hex(text.substr(1, 2)) : std::nullopt;
    out += byte ? *byte : std::string(1, text[0]);
    text.remove_prefix(byte ? 3 : 1);
  }
  return out;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view kScheme = "rtsp://";
  if (!starts_with_no_case(text, kScheme)) {
    return fail(ErrorKind::invalid, "a camera's address begins with rtsp://");
  }
  if (text.size() > 2'048) return fail(ErrorKind::invalid, "a camera's address has at most 2048 characters");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
      return fail(ErrorKind::invalid, "a camera's address holds no spaces or control characters");
    }
  }
  auto rest = text.substr(kScheme.size());
  Url url;
  auto end = rest.find_first_of("/?");
  const auto at = rest.substr(0, end).rfind('@');  // the last: a password may hold one
  if (at != std::string_view::npos) {
    const auto credentials = rest.substr(0, at);
    const auto colon = credentials.find(':');
    url.user = percent_decoded(credentials.substr(0, colon));
    if (colon != std::string_view::npos) url.password = percent_decoded(credentials.substr(colon + 1));
    rest.remove_prefix(at + 1);
    end = rest.find_first_of("/?");
  }
  const auto authority = rest.substr(0, end);
  auto port = std::string_view();
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return fail(ErrorKind::invalid, "IPv6 address without its ']'");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (url.host.empty()) return fail(ErrorKind::invalid, "a camera's address names a host");
  if (!port.empty() && port != ":") {
    const auto digits = port.substr(1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (port[0] != ':' || error != std::errc() || stop != digits.data() + digits.size() || url.port == 0) {
      return fail(ErrorKind::invalid, fmt::format("\"{}\" is no port", digits));
    }
  }
  url.uri = fmt::format("rtsp://{}{}", authority, end == std::string_view::npos ? "/" : rest.substr(end));
  return url;
}

std::string resolve_control(std::string_view base, std::string_view control) {
  if (control.empty() || control == "*") return std::string(base);
  if (starts_with_no_case(control, "rtsp://") || starts_with_no_case(control, "rtspu://")) return std::string(control);
  std::string out(base);
  if (control.starts_with('/')) control.remove_prefix(1);
  if (!out.ends_with('/')) out.push_back('/');
  return out.append(control);
}

}  // namespace qala::rtsp
