#include "http/message.h"

#include "base/json_writer.h"
#include "http/cookie.h"

namespace qala::http {
namespace {

unsigned status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found: return 404;
    case ErrorKind::invalid: return 400;
    case ErrorKind::conflict: return 409;
    case ErrorKind::denied: return 403;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::timeout: return 504;
    case ErrorKind::corrupt: return 500;
    case ErrorKind::full: return 507;
    case ErrorKind::cancelled: return 499;
    case ErrorKind::internal: return 500;
  }
  return 500;
}

}  // namespace

std::string_view Request::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view Request::param(std::string_view name) const {
  for (const auto& [key, value] : params)
    if (key == name) return value;
  return {};
}

std::string_view Request::cookie(std::string_view name) const { return find_cookie(header("cookie"), name); }

Response Response::json(std::string body, unsigned status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::text(std::string body, unsigned status) {
  Response response = json(std::move(body), status);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

Response Response::empty(unsigned status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

Response Response::error(const Error& error, std::string_view code) {
  const auto kind = name_of(error.kind);
  std::string body;
  JsonWriter json_out(body);
  json_out.object().key("error").object();
  json_out.field("kind", kind).field("code", code.empty() ? kind : code);
  json_out.field("message", std::string_view(error.message)).end().end();
  return json(std::move(body), status_of(error.kind));
}

}  // namespace qala::http
