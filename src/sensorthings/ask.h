#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "registry/registry.h"

namespace qala::sensorthings {

/// A request without its transport: of HTTP, of a batch, of MQTT.
struct Ask {
  std::string method = "GET";
  std::string path = {};  ///< decoded, after the root: "/Things(1)"
  std::vector<std::pair<std::string, std::string>> options = {};  ///< decoded, in order
  std::string body = {};
  std::string content_type = {};
  std::string root = {};  ///< "https://town.kz/v1.1", for links
  registry::Actor actor = {};
  std::string source = {};  ///< name of the token or person, for the readings' origin
  bool may_observe = false;  ///< create observations
  bool may_edit = false;     ///< everything else that changes
};

struct Answer {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::string location = {};
  std::string next = {};  ///< the next page of CSV, which has no place for it: header Link (RFC 8288)
  std::vector<std::string> made = {};  ///< paths of what is new; an observation that was there already is not
};

/// Value of a header Link.
inline std::string link_to_next(const Answer& answer) { return "<" + answer.next + ">; rel=\"next\""; }

/// The one table from error kinds to status; an option that we do not know is 501.
Answer refuse(const Error& error);
Answer refuse(unsigned status, std::string_view message);

}  // namespace qala::sensorthings
