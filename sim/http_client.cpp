#include "sim/http_client.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace qala::sim {

namespace {

constexpr std::size_t kLargestHead = 64 * 1024;
constexpr std::size_t kLargestBody = 64 * 1024 * 1024;

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Number>
bool read_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return code == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<std::optional<ResponseHead>> parse_response_head(std::string_view input) {
  const auto end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (input.size() > kLargestHead) return fail(ErrorKind::invalid, "the answer's head is longer than 64 KiB");
    return std::optional<ResponseHead>();
  }
  ResponseHead head;
  head.size = end + 4;
  std::string_view rest = input.substr(0, end + 2);
  if (!rest.starts_with("HTTP/1.") || rest.size() < 14 || !read_number(rest.substr(9, 3), head.status)) {
    return fail(ErrorKind::invalid, "the answer is not HTTP/1.x");
  }
  head.closes = rest.starts_with("HTTP/1.0");
  rest.remove_prefix(rest.find("\r\n") + 2);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return fail(ErrorKind::invalid, "a header line has no colon");
    const auto value = trimmed(line.substr(colon + 1));
    if (same_word(line.substr(0, colon), "content-length")) {
      std::size_t length = 0;
      if (!read_number(value, length) || length > kLargestBody)
        return fail(ErrorKind::invalid, "Content-Length is wrong");
      head.length = length;
    } else if (same_word(line.substr(0, colon), "transfer-encoding")) {
      head.chunked = same_word(value, "chunked");
    } else if (same_word(line.substr(0, colon), "connection")) {
      head.closes = same_word(value, "close");
    }
  }
  return std::optional(head);
}

Result<bool> take_chunks(std::string& input, std::string& body) {
  for (;;) {
    const auto line_end = input.find("\r\n");
    if (line_end == std::string::npos) return false;
    std::size_t size = 0;
    const std::string_view line = std::string_view(input).substr(0, line_end);
    if (!read_number(line.substr(0, line.find(';')), size, 16) || size > kLargestBody) {
      return fail(ErrorKind::invalid, "a chunk's size is wrong");
    }
    if (input.size() < line_end + 2 + size + 2) return false;
    body.append(input, line_end + 2, size);
    input.erase(0, line_end + 2 + size + 2);
    if (size == 0) return true;
  }
}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view path, std::string_view authorization,
                                       std::string_view type, std::string_view body) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: qala-sim\r\n", method, path,
                                 server_.host, server_.port);
  if (!authorization.empty()) head += fmt::format("Authorization: {}\r\n", authorization);
  if (!type.empty()) head += fmt::format("Content-Type: {}\r\n", type);
  if (method != "GET") head += fmt::format("Content-Length: {}\r\n", body.size());
  head += "\r\n";
  auto answer = exchange(head, body);
  if (!answer) {
    socket_.close();
    input_.clear();
    return answer.error().context(method);  // not the path: it may hold a token
  }
  return answer;
}

Result<HttpAnswer> HttpClient::exchange(std::string_view head, std::string_view body) {
  if (!socket_.open()) {
    TRY(socket_, Socket::connect(server_, wait_));
    input_.clear();
  }
  TRY_VOID(socket_.write_all(head));
  TRY_VOID(socket_.write_all(body));
  return receive();
}

Result<HttpAnswer> HttpClient::receive() {
  std::optional<ResponseHead> head;
  for (;;) {
    TRY(head, parse_response_head(input_));
    if (head && head->status == 100) {
      input_.erase(0, head->size);
      continue;
    }
    if (head) break;
    TRY_VOID(socket_.read_some(input_));
  }
  HttpAnswer answer{head->status, {}};
  input_.erase(0, head->size);
  if (head->chunked) {
    for (;;) {
      TRY(const bool whole, take_chunks(input_, answer.body));
      if (whole) break;
      TRY_VOID(socket_.read_some(input_));
    }
  } else if (head->status != 204 && head->status != 304) {
    const std::size_t length = head->length.value_or(0);
    while (input_.size() < length) TRY_VOID(socket_.read_some(input_));
    answer.body = input_.substr(0, length);
    input_.erase(0, length);
  }
  if (head->closes) socket_.close();
  return answer;
}

}  // namespace qala::sim
