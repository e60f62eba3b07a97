#include "sensorthings/batch_format.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "sensorthings/rows.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

namespace {

constexpr std::size_t kMost = 1000;

// ---- JSON

Result<std::vector<Part>> read_json(const Ask& ask) {
  TRY(const Json body, parse_body(ask.body));
  const Json* requests = body.find("requests");
  if (!requests || requests->kind != Json::Kind::array) return fail(ErrorKind::invalid, "\"requests\" is missing");
  if (requests->items.size() > kMost) return fail(ErrorKind::invalid, "a batch has at most 1000 requests");
  std::vector<Part> parts;
  std::set<std::string> ids;
  for (const Json& request : requests->items) {
    const auto text = [&](std::string_view name) -> std::string {
      const Json* value = request.find(name);
      return value && (value->kind == Json::Kind::string || value->kind == Json::Kind::number) ? value->text : "";
    };
    Part part{.id = text("id"), .group = text("atomicityGroup"), .method = text("method"), .url = text("url")};
    if (part.id.empty() || part.method.empty() || part.url.empty())
      return fail(ErrorKind::invalid, "a request needs \"id\", \"method\" and \"url\"");
    if (!ids.insert(part.id).second) return fail(ErrorKind::invalid, "two requests have the id \"" + part.id + "\"");
    if (const Json* inner = request.find("body")) part.body = json_text(*inner);
    if (const Json* headers = request.find("headers")) {
      for (const auto& header : headers->members) {
        std::string name;
        for (const char c : header.name) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
        if (name == "content-type") part.content_type = header.value.text;
      }
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

Answer write_json(std::vector<Part>& parts) {
  Answer out;
  JsonWriter json(out.body);
  json.object().key("responses").array();
  for (Part& part : parts) {
    json.object().field("id", part.id).field("status", part.answer.status);
    if (!part.answer.location.empty()) json.field("location", part.answer.location);
    if (!part.answer.next.empty()) json.key("headers").object().field("link", link_to_next(part.answer)).end();
    if (!part.answer.body.empty()) {
      json.key("body");
      if (part.answer.type == "application/json" || part.answer.type == "application/geo+json")
        json.raw(part.answer.body);
      else json.string(part.answer.body);
      part.answer.body = std::string();  // they are large
    }
    json.end();
  }
  json.end().end();
  return out;
}

// ---- multipart/mixed (RFC 2046)

std::string boundary_of(std::string_view type) {
  const auto at = type.find("boundary=");
  if (at == std::string_view::npos) return {};
  auto text = type.substr(at + 9);
  if (text.starts_with('"')) return std::string(text.substr(1, std::min(text.find('"', 1), text.size()) - 1));
  return std::string(text.substr(0, text.find_first_of("; \t\r\n")));
}

/// Takes a line, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Header lines to the first empty one; names in lower case.
std::map<std::string, std::string> take_headers(std::string_view& text) {
  std::map<std::string, std::string> out;
  for (;;) {
    const auto line = take_line(text);
    if (line.empty()) return out;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name;
    for (const char c : line.substr(0, colon)) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    out[name] = value;
  }
}

std::vector<std::string_view> split_parts(std::string_view body, const std::string& boundary) {
  std::vector<std::string_view> out;
  const std::string mark = "--" + boundary;
  std::size_t from = std::string_view::npos;
  for (std::size_t at = 0; (at = body.find(mark, at)) != std::string_view::npos; at += mark.size()) {
    if (at != 0 && body[at - 1] != '\n') continue;
    if (from != std::string_view::npos) {
      auto part = body.substr(from, at - from);
      if (part.ends_with('\n')) part.remove_suffix(1);
      if (part.ends_with('\r')) part.remove_suffix(1);
      out.push_back(part);
    }
    auto rest = body.substr(at + mark.size());
    if (rest.starts_with("--")) break;
    const auto line = take_line(rest);
    (void)line;
    from = static_cast<std::size_t>(rest.data() - body.data());
  }
  return out;
}

Result<Part> read_part(std::string_view text, std::map<std::string, std::string> headers) {
  Part part;
  part.id = headers["content-id"];
  const auto line = take_line(text);
  const auto first = line.find(' '), last = line.rfind(" HTTP/");
  if (first == std::string_view::npos) return fail(ErrorKind::invalid, "a part of the batch is no HTTP request");
  part.method = line.substr(0, first);
  part.url = line.substr(first + 1, (last == std::string_view::npos || last <= first ? line.size() : last) - first - 1);
  auto inner = take_headers(text);
  part.content_type = inner["content-type"];
  if (part.id.empty()) part.id = inner["content-id"];
  part.body = text;
  return part;
}

void append_response(std::string& out, Part& part) {
  static const std::map<unsigned, std::string_view> kReasons = {{200, "OK"},
                                                                {201, "Created"},
                                                                {204, "No Content"},
                                                                {400, "Bad Request"},
                                                                {403, "Forbidden"},
                                                                {404, "Not Found"},
                                                                {405, "Method Not Allowed"},
                                                                {409, "Conflict"},
                                                                {413, "Content Too Large"},
                                                                {424, "Failed Dependency"},
                                                                {501, "Not Implemented"}};
  const auto reason = kReasons.find(part.answer.status);
  out += "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n";
  if (!part.id.empty()) out += "Content-ID: " + part.id + "\r\n";
  out += "\r\nHTTP/1.1 " + std::to_string(part.answer.status) + " " +
         std::string(reason == kReasons.end() ? "Error" : reason->second) + "\r\n";
  if (!part.answer.location.empty()) out += "Location: " + part.answer.location + "\r\n";
  if (!part.answer.next.empty()) out += "Link: " + link_to_next(part.answer) + "\r\n";
  if (!part.answer.body.empty())
    out +=
        "Content-Type: " + part.answer.type + "\r\nContent-Length: " + std::to_string(part.answer.body.size()) + "\r\n";
  out.append("\r\n").append(part.answer.body).append("\r\n");
  part.answer.body = std::string();  // they are large
}

Result<std::vector<Part>> read_multipart(const Ask& ask) {
  const std::string boundary = boundary_of(ask.content_type);
  if (boundary.empty()) return fail(ErrorKind::invalid, "multipart/mixed without a boundary");
  std::vector<Part> parts;
  for (const auto text : split_parts(ask.body, boundary)) {
    auto inside = text;
    auto headers = take_headers(inside);
    const std::string type = headers["content-type"];
    if (type.starts_with("multipart/mixed")) {
      const std::string group = "changeset-" + std::to_string(parts.size());
      for (const auto member : split_parts(inside, boundary_of(type))) {
        auto rest = member;
        auto own = take_headers(rest);
        TRY(Part part, read_part(rest, std::move(own)));
        part.group = group;
        parts.push_back(std::move(part));
      }
      continue;
    }
    TRY(Part part, read_part(inside, std::move(headers)));
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return fail(ErrorKind::invalid, "the batch has no part");
  if (parts.size() > kMost) return fail(ErrorKind::invalid, "a batch has at most 1000 requests");
  return parts;
}

Answer write_multipart(const std::string& boundary, std::vector<Part>& parts) {
  Answer out;
  out.type = "multipart/mixed; boundary=" + boundary;
  for (std::size_t i = 0; i < parts.size();) {
    out.body += "--" + boundary + "\r\n";
    if (parts[i].group.empty()) {
      append_response(out.body, parts[i++]);
      continue;
    }
    const std::string inner = parts[i].group;
    out.body += "Content-Type: multipart/mixed; boundary=" + inner + "\r\n\r\n";
    for (const std::string group = parts[i].group; i < parts.size() && parts[i].group == group; i++) {
      out.body += "--" + inner + "\r\n";
      append_response(out.body, parts[i]);
    }
    out.body += "--" + inner + "--\r\n";
  }
  out.body += "--" + boundary + "--\r\n";
  return out;
}

bool is_multipart(const Ask& ask) { return ask.content_type.starts_with("multipart/mixed"); }

}  // namespace

Result<std::vector<Part>> read_batch(const Ask& ask) {
  TRY(auto parts, is_multipart(ask) ? read_multipart(ask) : read_json(ask));
  for (Part& part : parts)
    for (char& c : part.method) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return parts;
}

Answer write_batch(const Ask& ask, std::vector<Part>& parts) {
  return is_multipart(ask) ? write_multipart(boundary_of(ask.content_type), parts) : write_json(parts);
}

}  // namespace qala::sensorthings
