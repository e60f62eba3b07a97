#pragma once

#include <span>
#include <string>
#include <vector>

#include "warnings/cap.h"

namespace qala::warnings {

/// What the public feed holds, and since when it is as it is.
struct Feed {
  std::vector<Message> messages = {};  ///< newest first
  Instant updated = {};
};

/// Where a message's file is, below the town's address: "/cap/IDENTIFIER.xml".
std::string file_path(const Message& message);

/// The feed as an Atom 1.0 document (RFC 4287) with elements of CAP 1.2 in each entry, so that a list needs no other
/// file. Valid when it is empty. `issuer.address` comes before every path. Pure.
std::string to_atom(const Feed& feed, const Issuer& issuer, const Zone& zone);

}  // namespace qala::warnings
