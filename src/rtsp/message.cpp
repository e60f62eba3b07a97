#include "rtsp/message.h"

#include <algorithm>

#include "rtsp/text.h"

namespace qala::rtsp {
namespace {

constexpr std::size_t kMostHead = 16 * 1024;
constexpr std::size_t kMostHeaders = 64;
constexpr std::size_t kMostBody = 256 * 1024;
constexpr std::size_t kNone = std::string_view::npos;

/// Where the head ends (behind its empty line).
std::size_t end_of_head(std::string_view bytes) {
  for (auto at = bytes.find('\n'); at != kNone; at = bytes.find('\n', at + 1)) {
    auto next = at + 1;
    if (next < bytes.size() && bytes[next] == '\r') next++;
    if (next < bytes.size() && bytes[next] == '\n') return next + 1;
  }
  return kNone;
}

bool parse_first_line(std::string_view line, Message& out) {
  if (starts_with_no_case(line, "RTSP/")) {
    out.answer = true;
    cut(line, ' ');
    line = trimmed(line);
    const auto status = number(cut(line, ' '));
    if (!status || *status < 100 || *status > 599) return false;
    out.status = *status;
    out.reason = trimmed(line);
    return true;
  }
  out.answer = false;
  out.method = cut(line, ' ');
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  return !out.method.empty() && out.method.size() < 32 && std::ranges::all_of(out.method, letter) &&
         line.find("RTSP/") != kNone;
}

std::optional<std::pair<unsigned, unsigned>> range(std::string_view text) {
  const auto first = number(trimmed(cut(text, '-')));
  const auto second = text.empty() && first ? std::optional(*first + 1) : number(trimmed(text));
  if (!first || !second || *first > 65'535 || *second > 65'535) return std::nullopt;
  return std::pair(*first, *second);
}

}  // namespace

std::optional<std::string_view> Message::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_no_case(key, name)) return value;
  }
  return std::nullopt;
}

Parsed parse_message(std::string_view bytes, Message& out, std::size_t& size) {
  const auto head_size = end_of_head(bytes.substr(0, kMostHead));
  if (head_size == kNone) return bytes.size() >= kMostHead ? Parsed::bad : Parsed::more;
  out = Message();
  auto head = bytes.substr(0, head_size);
  if (!parse_first_line(trimmed(cut(head, '\n')), out)) return Parsed::bad;
  while (!head.empty()) {
    auto line = trimmed(cut(head, '\n'));
    if (line.empty()) break;
    if (line.find(':') == kNone) continue;  // some cameras let a stray line slip in
    if (out.headers.size() >= kMostHeaders) return Parsed::bad;
    const auto name = trimmed(cut(line, ':'));
    out.headers.emplace_back(name, trimmed(line));
  }
  std::size_t body = 0;
  if (const auto length = out.header("Content-Length")) {
    const auto value = number(*length);
    if (!value || *value > kMostBody) return Parsed::bad;
    body = *value;
  }
  if (bytes.size() - head_size < body) return Parsed::more;
  out.body = bytes.substr(head_size, body);
  size = head_size + body;
  return Parsed::complete;
}

SessionHeader parse_session(std::string_view value) {
  SessionHeader out;
  out.id = trimmed(cut(value, ';'));
  while (!value.empty()) {
    auto parameter = trimmed(cut(value, ';'));
    if (!same_no_case(trimmed(cut(parameter, '=')), "timeout")) continue;
    if (const auto seconds = number(trimmed(parameter)); seconds && *seconds > 0) {
      out.timeout_s = std::clamp(*seconds, 2u, 3'600u);
    }
  }
  return out;
}

TransportHeader parse_transport(std::string_view value) {
  TransportHeader out;
  value = cut(value, ',');
  out.tcp = starts_with_no_case(trimmed(cut(value, ';')), "RTP/AVP/TCP");
  while (!value.empty()) {
    auto parameter = trimmed(cut(value, ';'));
    const auto name = trimmed(cut(parameter, '='));
    parameter = trimmed(parameter);
    if (same_no_case(name, "interleaved")) out.interleaved = range(parameter);
    if (same_no_case(name, "server_port")) out.server_port = range(parameter);
    if (same_no_case(name, "source") && !parameter.empty()) out.source = parameter;
  }
  return out;
}

}  // namespace qala::rtsp
