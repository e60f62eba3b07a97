#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json_writer.h"

namespace qala::alarms {

/// People practise with alarms of their own making, for a time, on chosen things. What they raise goes through the
/// real engine and its whole life cycle, is marked for ever, and neither hides nor explains a real alarm. One at a
/// time.
struct Exercise {
  std::uint64_t id = 0;  ///< Alarm::exercise
  std::string reason = {};
  std::string by = {};
  std::int64_t started = 0, until = 0;  ///< UTC ns; it ends by itself at `until`
  std::int64_t ended = 0;               ///< UTC ns, 0: it runs
  std::string ended_by = {};            ///< empty: by itself
  std::vector<std::uint32_t> zones = {};
  std::vector<ThingId> things = {};

  /// Both lists empty: the whole town.
  bool includes(ThingId thing, std::uint32_t zone) const {
    if (zones.empty() && things.empty()) return true;
    return std::ranges::find(things, thing) != things.end() || std::ranges::find(zones, zone) != zones.end();
  }
};

/// As docs/design/api.md says.
void render(JsonWriter& out, const Exercise& exercise);

}  // namespace qala::alarms
