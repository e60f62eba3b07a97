#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/result.h"

namespace qala::api {

/// What one entry of the audit chain says of a thing: of itself, of its datastreams, of both.
struct HistoryStep {
  audit::Entry entry;
  /// JSON: `[{"object":"thing F-12","fields":{"street":["before","after"]}}…]`; a field with one value was given to
  /// something new. Empty: the details were erased.
  std::string changes;
};

/// The newest `limit` steps before the sequence `before` (0: from the end), newest first, back to when the thing was
/// made: what an earlier thing of the same key was is not its history. Follows it through changes of its key. On the
/// pool.
Result<std::vector<HistoryStep>> thing_history(const std::string& folder, std::string key, std::uint64_t before,
                                               std::size_t limit);

}  // namespace qala::api
