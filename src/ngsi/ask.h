#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace qala::ngsi {

/// A request without its transport.
struct Ask {
  std::string path = {};  ///< decoded, after /ngsi-ld/v1: "/entities"
  std::vector<std::pair<std::string, std::string>> options = {};  ///< decoded, in order
  std::string accept = {};
  std::string link = {};  ///< the header Link
  std::string root = {};  ///< "https://town.kz/ngsi-ld/v1"
};

struct Answer {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Errors of NGSI-LD (ETSI GS CIM 009, 5.5.2), as the end of their URIs.
enum class Problem : std::uint8_t {
  invalid_request,
  bad_request_data,
  too_many_results,
  not_found,
  not_supported,
  no_context,
  internal,
};

/// An error with the kind that NGSI-LD gives it.
struct Refusal {
  Problem problem = Problem::bad_request_data;
  std::string detail = {};  ///< what, where, what to do
  unsigned status = 0;      ///< 0: that of the problem
};
/// ProblemDetails (RFC 7807) as application/json, which the binding asks for.
Answer refuse(const Refusal& refusal);
/// What a room's error is here.
Refusal refusal_of(const Error& error);

}  // namespace qala::ngsi
