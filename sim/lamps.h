#pragma once

#include <vector>

#include "sim/layout.h"

namespace qala::sim {

struct LampPost {
  Metres at;
  std::int32_t street;
};
/// The lamps of one feeder and where its cabinet stands.
struct LampGroup {
  unsigned number;
  Area area;
  Metres cabinet;
  std::vector<LampPost> lamps;
};

/// `lamps` posts along the lit streets, dealt to `feeders` feeders of neighbours. F-12 is the one round the school,
/// always with its 38; the others are numbered zone by zone.
std::vector<LampGroup> hang_lamps(const Layout& layout, std::size_t lamps, std::size_t feeders);

}  // namespace qala::sim
