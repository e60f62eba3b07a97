#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sensorthings/ask.h"

namespace qala::sensorthings {

/// One request of a batch, and what became of it.
struct Part {
  std::string id = {};
  std::string group = {};   ///< atomicity group or changeset; empty: on its own
  std::string method = {};  ///< in capitals
  std::string url = {}, body = {}, content_type = {};
  Answer answer = {};
};

/// The requests of a batch, of JSON ({"requests":[…]}) or multipart/mixed (RFC 2046). Members of a group stand
/// together.
Result<std::vector<Part>> read_batch(const Ask& ask);
/// All answers in one, in the form that was asked in. Takes their bodies.
Answer write_batch(const Ask& ask, std::vector<Part>& parts);

}  // namespace qala::sensorthings
