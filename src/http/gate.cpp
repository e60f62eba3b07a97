#include "http/gate.h"

#include <algorithm>
#include <array>

#include "http/ascii.h"

namespace qala::http {
namespace {

using Refused = std::unexpected<Refusal>;

Refused bad(std::string_view code, std::string_view message) { return Refused(Refusal{400, code, message}); }

constexpr bool is_token_char(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("-._~:[]%").contains(c);
  });
}

std::expected<Method, Refusal> parse_method(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Method>, 7> known{{{"GET", Method::get},
                                                                      {"HEAD", Method::head},
                                                                      {"POST", Method::post},
                                                                      {"PUT", Method::put},
                                                                      {"PATCH", Method::patch},
                                                                      {"DELETE", Method::del},
                                                                      {"OPTIONS", Method::options}}};
  for (const auto& [name, method] : known)
    if (name == text) return method;
  if (!is_token(text) || text.size() > 32) return bad("http.bad_request_line", "the request line is malformed");
  return Refused(Refusal{501, "http.unknown_method", "this method is not known here"});
}

std::expected<int, Refusal> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  if (text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]))
    return Refused(Refusal{505, "http.version", "only HTTP/1.1 and HTTP/1.0 are spoken here"});
  return bad("http.bad_request_line", "the request line is malformed");
}

std::expected<void, Refusal> check_target(std::string_view target) {
  if (target.size() > kMaxTarget)
    return Refused(Refusal{414, "http.target_too_long", "the target is longer than 8 KB"});
  if (!target.starts_with('/')) return bad("http.bad_target", "the target must start with a slash");
  const bool clean = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!clean) return bad("http.bad_target", "the target holds a character that must be percent-encoded");
  return {};
}

std::expected<void, Refusal> parse_request_line(std::string_view line, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("http.bad_request_line", "the request line is malformed");
  const auto method = parse_method(line.substr(0, first));
  if (!method) return Refused(method.error());
  const auto version = parse_version(line.substr(last + 1));
  if (!version) return Refused(version.error());
  const auto target = line.substr(first + 1, last - first - 1);
  if (auto checked = check_target(target); !checked) return checked;
  head.method = *method;
  head.minor = *version;
  head.target = target;
  return {};
}

std::expected<void, Refusal> parse_field(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t') return bad("http.folded_header", "folded header lines are refused");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("http.bad_header", "a header line has no colon");
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (!is_token(name)) return bad("http.bad_header", "a header name is malformed");
  if (!is_field_value(value)) return bad("http.bad_header", "a header value holds a control character");
  if (head.headers.size() == kMaxHeaderLines)
    return Refused(Refusal{431, "http.too_many_headers", "more than 100 header lines"});
  auto& [stored_name, stored_value] = head.headers.emplace_back(name, value);
  std::ranges::transform(stored_name, stored_name.begin(), to_lower);
  return {};
}

/// Headers that decide where a request ends or who sent it: two of them are two readings of one request.
std::expected<void, Refusal> check_singletons(const Head& head) {
  constexpr std::array<std::string_view, 12> singletons{
      "host",   "content-length",   "transfer-encoding", "authorization", "origin",        "cookie",
      "expect", "content-encoding", "content-type",      "range",         "if-none-match", "sec-websocket-key"};
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const auto& name = head.headers[i].first;
    if (std::ranges::find(singletons, name) == singletons.end()) continue;
    for (std::size_t j = i + 1; j < head.headers.size(); ++j)
      if (head.headers[j].first == name) return bad("http.repeated_header", "a header that may come once came twice");
  }
  return {};
}

std::expected<void, Refusal> check_host(const Head& head) {
  const auto host =
      std::ranges::find(head.headers, "host", [](const auto& field) { return std::string_view(field.first); });
  if (host == head.headers.end()) {
    if (head.minor == 0) return {};
    return bad("http.no_host", "HTTP/1.1 needs a Host header");
  }
  if (!is_host(host->second)) return bad("http.bad_host", "the Host header is malformed");
  return {};
}

std::expected<void, Refusal> check_framing(Head& head) {
  const auto length = head.header("content-length");
  for (const auto& [name, value] : head.headers) {
    if (name == "content-length") {
      if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit))
        return bad("http.bad_length", "Content-Length must be a number");
      head.content_length = std::stoull(value);
    }
    if (name == "transfer-encoding") {
      if (head.minor == 0) return bad("http.bad_transfer_encoding", "Transfer-Encoding needs HTTP/1.1");
      if (!equals_ignoring_case(value, "chunked"))
        return bad("http.bad_transfer_encoding", "Transfer-Encoding may only be chunked");
      head.chunked = true;
    }
  }
  if (head.chunked && (head.content_length || !length.empty()))
    return bad("http.ambiguous_length", "Transfer-Encoding and Content-Length exclude each other");
  return {};
}

std::expected<void, Refusal> check_connection(Head& head) {
  bool close = false;
  bool keep = false;
  bool upgrade = false;
  for (const auto& [name, value] : head.headers) {
    if (name != "connection") continue;
    close = close || list_has(value, "close");
    keep = keep || list_has(value, "keep-alive");
    upgrade = upgrade || list_has(value, "upgrade");
  }
  head.keep_alive = !close && (head.minor == 1 || keep);
  head.upgrade_websocket = upgrade && head.minor == 1 && list_has(head.header("upgrade"), "websocket");
  if (const auto expect = head.header("expect"); !expect.empty() && head.minor == 1) {
    if (!equals_ignoring_case(expect, "100-continue"))
      return Refused(Refusal{417, "http.unknown_expectation", "only 100-continue can be expected"});
    head.expect_continue = true;
  }
  return {};
}

}  // namespace

std::string_view Head::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

std::expected<std::size_t, Refusal> find_head_end(std::string_view bytes, std::size_t from) {
  from = from > 3 ? from - 3 : 0;
  for (auto at = bytes.find('\n', from); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return bad("http.bare_line_feed", "lines must end with CR LF");
    if (at >= 3 && bytes[at - 2] == '\n') {
      if (at + 1 > kMaxHead) break;
      return at + 1;
    }
  }
  if (bytes.size() >= kMaxHead)
    return Refused(Refusal{431, "http.header_too_large", "the header is larger than 16 KB"});
  return 0;
}

std::expected<Head, Refusal> check_head(std::string_view bytes) {
  if (bytes.size() > kMaxHead) return Refused(Refusal{431, "http.header_too_large", "the header is larger than 16 KB"});
  if (!bytes.ends_with("\r\n\r\n")) return bad("http.bad_header", "the header does not end");
  Head head;
  head.headers.reserve(16);
  bool first = true;
  bytes.remove_suffix(2);
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n");
    if (end == 0) return bad("http.bad_header", "an empty line inside the header");
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    const auto parsed = first ? parse_request_line(line, head) : parse_field(line, head);
    if (!parsed) return Refused(parsed.error());
    first = false;
  }
  if (first) return bad("http.bad_request_line", "the request line is missing");
  if (auto checked = check_singletons(head); !checked) return Refused(checked.error());
  if (auto checked = check_host(head); !checked) return Refused(checked.error());
  if (auto checked = check_framing(head); !checked) return Refused(checked.error());
  if (auto checked = check_connection(head); !checked) return Refused(checked.error());
  return head;
}

}  // namespace qala::http
