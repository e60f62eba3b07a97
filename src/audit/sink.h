#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::audit {

/// Who changes something, for the audit entry.
struct Actor {
  std::string kind = {};     ///< "user", "token", "system"
  std::string subject = {};  ///< user name or token name
};

/// Writes what was done, by whom, into the audit chain. Implemented in app/ over audit::Log. Rooms call it on the
/// writer thread just before they commit: a change that cannot be recorded does not happen. `object` names the thing
/// that was changed ("thing F-12", "user 3") and stays in the chain for ever: nothing personal in it. `detail_json` may
/// be personal, it can be erased later.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual Result<> record(const Actor& actor, std::string_view action, std::string_view object,
                          std::string_view detail_json) = 0;
  /// The same for each of many objects, without details; at once where that can be.
  virtual Result<> record_all(const Actor& actor, std::string_view action, std::span<const std::string> objects) {
    for (const std::string& object : objects) TRY_VOID(record(actor, action, object, "{}"));
    return {};
  }
};

}  // namespace qala::audit
