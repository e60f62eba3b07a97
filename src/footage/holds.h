#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "footage/model.h"

namespace qala::footage {

/// holds.db in the footage folder; each call opens it anew, they are few. Any thread or process.
Result<std::vector<Hold>> read_holds(const std::string& folder);
Result<std::int64_t> add_hold(const std::string& folder, const Hold& hold);
/// `not_found`: there is none of that number.
Result<> remove_hold(const std::string& folder, std::int64_t id);

/// For retention: may this stretch of time go?
class Held {
 public:
  Held(std::vector<Hold> holds, Instant now);
  bool covers(std::uint32_t camera, std::int64_t from_ms, std::int64_t to_ms) const;

 private:
  std::vector<Hold> holds_;  ///< that have not ended
};

}  // namespace qala::footage
