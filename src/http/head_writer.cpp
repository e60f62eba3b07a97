#include "http/head_writer.h"

#include <array>
#include <ctime>
#include <iterator>

#include <fmt/core.h>

#include "http/ascii.h"
#include "http/status.h"

namespace qala::http {
namespace {

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  out += "\r\n";
}

bool has(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (equals_ignoring_case(key, name)) return true;
  return false;
}

void append_policy(std::string& out, const Response& response, const HeadFrame& frame) {
  if (has(response, "content-security-policy")) return;
  const bool html = response.content_type.starts_with("text/html");
  // scripts and styles need no policy of their own; a worker's would bind it, so they get the page's
  const bool page_part = response.content_type.starts_with("text/javascript");
  if (html || page_part) {
    if (!frame.content_security_policy.empty())
      append_line(out, "Content-Security-Policy", frame.content_security_policy);
    return;
  }
  out += "Content-Security-Policy: default-src 'none'\r\n";
}

void append_framing(std::string& out, const Framing& framing) {
  if (framing.chunked) out += "Transfer-Encoding: chunked\r\n";
  if (framing.length) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *framing.length);
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (framing.minor == 0) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

void append_head(std::string& out, const Response& response, const Framing& framing, const HeadFrame& frame,
                 std::string_view date) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  append_line(out, "Date", date);
  if (!frame.server_name.empty()) append_line(out, "Server", frame.server_name);
  if (!response.content_type.empty()) append_line(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append_line(out, name, value);
  append_framing(out, framing);
  out += "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
  if (!has(response, "x-frame-options")) out += "X-Frame-Options: DENY\r\n";
  if (frame.secure) out += "Strict-Transport-Security: max-age=31536000\r\n";
  append_policy(out, response, frame);
  out += "\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_seconds;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

}  // namespace qala::http
