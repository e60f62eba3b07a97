#include "ngsi/ask.h"

#include "base/json_writer.h"

namespace qala::ngsi {

namespace {

struct Told {
  unsigned status;
  std::string_view name, title;
};

Told told(Problem problem) {
  switch (problem) {
    case Problem::invalid_request: return {400, "InvalidRequest", "The request is not one of NGSI-LD"};
    case Problem::bad_request_data: return {400, "BadRequestData", "What was asked is not right"};
    case Problem::too_many_results: return {403, "TooManyResults", "More than is told at once"};
    case Problem::not_found: return {404, "ResourceNotFound", "There is no such thing"};
    case Problem::not_supported: return {501, "OperationNotSupported", "That is not done here"};
    case Problem::no_context: return {504, "LdContextNotAvailable", "The context is not known here"};
    case Problem::internal: break;
  }
  return {500, "InternalError", "Something failed here"};
}

}  // namespace

Answer refuse(const Refusal& refusal) {
  const Told what = told(refusal.problem);
  Answer out{.status = refusal.status != 0 ? refusal.status : what.status};
  JsonWriter json(out.body);
  json.object().field("type", "https://uri.etsi.org/ngsi-ld/errors/" + std::string(what.name));
  json.field("title", what.title).field("detail", refusal.detail).field("status", out.status).end();
  return out;
}

Refusal refusal_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::invalid: return {.problem = Problem::bad_request_data, .detail = error.message};
    case ErrorKind::not_found: return {.problem = Problem::not_found, .detail = error.message};
    case ErrorKind::full: return {.problem = Problem::too_many_results, .detail = error.message};
    case ErrorKind::unavailable: return {.problem = Problem::internal, .detail = error.message, .status = 503};
    default: return {.problem = Problem::internal, .detail = error.message};
  }
}

}  // namespace qala::ngsi
