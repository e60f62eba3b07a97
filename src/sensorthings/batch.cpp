#include "sensorthings/batch.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/hex.h"
#include "base/json_writer.h"
#include "sensorthings/resource.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

namespace {

constexpr std::size_t kMost = 1000;

std::optional<std::string> decoded(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%') {
      out += plus && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

/// One request of a batch, and what became of it.
struct Part {
  std::string id = {};
  std::string group = {};  ///< atomicity group or changeset; empty: on its own
  std::string method = {}, url = {}, body = {}, content_type = {};
  Answer answer = {};
};

class Batch {
 public:
  Batch(Service& service, const Ask& ask, bool may_read) : service_(service), ask_(ask), may_read_(may_read) {}

  void run(std::vector<Part>& parts) {
    for (std::size_t i = 0; i < parts.size();) {
      std::size_t end = i + 1;
      while (!parts[i].group.empty() && end < parts.size() && parts[end].group == parts[i].group) end++;
      if (parts[i].group.empty()) parts[i].answer = one(parts[i]);
      else run_group(std::span(parts).subspan(i, end - i));
      i = end;
    }
  }

 private:
  /// All or nothing: what was made is taken back if one of them fails.
  void run_group(std::span<Part> parts) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < parts.size(); i++) {
      parts[i].answer = one(parts[i]);
      if (parts[i].answer.status < 400) {
        made.insert(made.end(), parts[i].answer.made.begin(), parts[i].answer.made.end());
        continue;
      }
      for (auto path = made.rbegin(); path != made.rend(); ++path) {
        Ask undo = ask_;
        undo.method = "DELETE";
        undo.path = *path;
        undo.options.clear();
        undo.may_edit = true;
        service_.writer().run(undo);
      }
      for (std::size_t k = 0; k < parts.size(); k++)
        if (k != i) parts[k].answer = refuse(424, "another request of its group failed: nothing was changed");
      return;
    }
  }

  Answer one(Part& part) {
    Ask ask = ask_;
    std::string url = part.url;
    if (url.starts_with(ask_.root)) url.erase(0, ask_.root.size());
    if (const auto at = url.find("/v1.1/"); at != std::string::npos && at < url.find('?')) url.erase(0, at + 5);
    if (!url.starts_with('/') && !url.starts_with('$')) url.insert(0, "/");
    url = referred(std::move(url));
    const auto mark = url.find('?');
    const auto path = decoded(url.substr(0, mark), false);
    if (!path) return refuse(400, "the address of a request is malformed");
    ask.path = *path;
    ask.options.clear();
    std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(url).substr(mark + 1);
    while (!rest.empty()) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = std::min(pair.find('='), pair.size());
      const auto name = decoded(pair.substr(0, equals), true);
      const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
      if (!name || !value) return refuse(400, "the address of a request is malformed");
      if (!pair.empty()) ask.options.emplace_back(*name, *value);
    }
    ask.method.clear();
    for (const char c : part.method) ask.method += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    ask.content_type = part.content_type.empty() ? "application/json" : part.content_type;
    ask.body = with_ids(part.body);
    Answer answer;
    if (ask.method == "GET") {
      answer = may_read_ ? service_.reader().get(ask) : refuse(403, "this token does not read");
    } else if (ask.method == "POST" && ask.path == "/CreateObservations") {
      answer = service_.writer().create_observations(ask);
    } else if (ask.method == "POST" || ask.method == "PATCH" || ask.method == "PUT" || ask.method == "DELETE") {
      answer = service_.writer().run(ask);
    } else {
      return refuse(405, "there is no method " + ask.method);
    }
    if (!answer.location.empty() && !part.id.empty()) made_[part.id] = answer.location;
    return answer;
  }

  /// "$1/Datastreams": what the request 1 made.
  std::string referred(std::string url) const {
    const std::size_t from = url.starts_with("/$") ? 1 : 0;
    if (url.size() <= from || url[from] != '$') return url;
    std::size_t end = from + 1;
    while (end < url.size() && url[end] != '/' && url[end] != '?') end++;
    const auto made = made_.find(url.substr(from + 1, end - from - 1));
    if (made == made_.end()) return url.starts_with('/') ? url : "/" + url;
    return made->second.substr(ask_.root.size()) + url.substr(end);
  }

  /// {"@iot.id":"$1"} becomes the id of what the request 1 made.
  std::string with_ids(const std::string& body) const {
    if (made_.empty() || body.find("\"$") == std::string::npos) return body;
    registry::JsonProblem problem;
    Json json = registry::parse_json(body, problem);
    if (!problem.what.empty()) return body;
    replace(json);
    return json_text(json);
  }

  void replace(Json& json) const {
    for (Json& item : json.items) replace(item);
    for (auto& member : json.members) {
      replace(member.value);
      if (member.name != "@iot.id" || member.value.kind != Json::Kind::string || !member.value.text.starts_with('$'))
        continue;
      const auto made = made_.find(member.value.text.substr(1));
      if (made == made_.end()) continue;
      const auto open = made->second.rfind('(');
      member.value.kind = Json::Kind::number;
      member.value.text = made->second.substr(open + 1, made->second.size() - open - 2);
    }
  }

  Service& service_;
  const Ask& ask_;
  const bool may_read_;
  std::map<std::string, std::string> made_;  ///< request id to the address of what it made
};

// ---- JSON

Answer run_json(Service& service, const Ask& ask, bool may_read) {
  const auto body = parse_body(ask.body);
  if (!body) return refuse(body.error());
  const Json* requests = body->find("requests");
  if (!requests || requests->kind != Json::Kind::array) return refuse(400, "\"requests\" is missing");
  if (requests->items.size() > kMost) return refuse(400, "a batch has at most 1000 requests");
  std::vector<Part> parts;
  std::set<std::string> ids;
  for (const Json& request : requests->items) {
    const auto text = [&](std::string_view name) -> std::string {
      const Json* value = request.find(name);
      return value && (value->kind == Json::Kind::string || value->kind == Json::Kind::number) ? value->text : "";
    };
    Part part{.id = text("id"), .group = text("atomicityGroup"), .method = text("method"), .url = text("url")};
    if (part.id.empty() || part.method.empty() || part.url.empty())
      return refuse(400, "a request needs \"id\", \"method\" and \"url\"");
    if (!ids.insert(part.id).second) return refuse(400, "two requests have the id \"" + part.id + "\"");
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
  Batch(service, ask, may_read).run(parts);
  Answer out;
  JsonWriter json(out.body);
  json.object().key("responses").array();
  for (const Part& part : parts) {
    json.object().field("id", part.id).field("status", part.answer.status);
    if (!part.answer.location.empty()) json.field("location", part.answer.location);
    if (!part.answer.next.empty()) json.key("headers").object().field("link", link_to_next(part.answer)).end();
    if (!part.answer.body.empty()) {
      json.key("body");
      if (part.answer.type == "application/json" || part.answer.type == "application/geo+json")
        json.raw(part.answer.body);
      else json.string(part.answer.body);
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

void append_response(std::string& out, const Part& part) {
  static const std::map<unsigned, std::string_view> kReasons = {{200, "OK"},
                                                                {201, "Created"},
                                                                {204, "No Content"},
                                                                {400, "Bad Request"},
                                                                {403, "Forbidden"},
                                                                {404, "Not Found"},
                                                                {405, "Method Not Allowed"},
                                                                {409, "Conflict"},
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
  out += "\r\n" + part.answer.body + "\r\n";
}

Answer run_multipart(Service& service, const Ask& ask, bool may_read) {
  const std::string boundary = boundary_of(ask.content_type);
  if (boundary.empty()) return refuse(400, "multipart/mixed without a boundary");
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
        auto part = read_part(rest, std::move(own));
        if (!part) return refuse(part.error());
        part->group = group;
        parts.push_back(std::move(*part));
      }
      continue;
    }
    auto part = read_part(inside, std::move(headers));
    if (!part) return refuse(part.error());
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return refuse(400, "the batch has no part");
  if (parts.size() > kMost) return refuse(400, "a batch has at most 1000 requests");
  Batch(service, ask, may_read).run(parts);
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

}  // namespace

Answer run_batch(Service& service, const Ask& ask, bool may_read) {
  if (ask.content_type.starts_with("multipart/mixed")) return run_multipart(service, ask, may_read);
  return run_json(service, ask, may_read);
}

}  // namespace qala::sensorthings
