#include "sensorthings/ask.h"

#include "base/json_writer.h"
#include "sensorthings/parser.h"

namespace qala::sensorthings {

Answer refuse(unsigned status, std::string_view message) {
  Answer answer;
  answer.status = status;
  JsonWriter json(answer.body);
  json.object().field("code", status).field("type", "error").field("message", message).end();
  return answer;
}

Answer refuse(const Error& error) {
  unsigned status = 500;
  switch (error.kind) {
    case ErrorKind::invalid: status = error.message.find(kUnknownOption) != std::string::npos ? 501 : 400; break;
    case ErrorKind::not_found: status = 404; break;
    case ErrorKind::conflict: status = 409; break;
    case ErrorKind::denied: status = 403; break;
    case ErrorKind::unavailable: status = 503; break;
    case ErrorKind::full: status = 507; break;
    case ErrorKind::timeout: status = 504; break;
    default: break;
  }
  return refuse(status, error.message);
}

}  // namespace qala::sensorthings
