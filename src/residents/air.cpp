#include "residents/air.h"

#include <algorithm>
#include <cmath>

namespace qala::residents {

std::size_t band_of(double pm2_5) {
  const double shown = std::round(pm2_5 * 10) / 10;
  return static_cast<std::size_t>(std::ranges::count_if(kBandEnds, [shown](double end) { return shown > end; }));
}

double place_on_scale(double pm2_5) {
  const std::size_t band = band_of(pm2_5);
  const double from = band == 0 ? 0 : kBandEnds[band - 1];
  const double to = band < kBandEnds.size() ? kBandEnds[band] : 325.4;
  const double within = std::clamp((pm2_5 - from) / (to - from), 0.0, 1.0);
  return (static_cast<double>(band) + within) * 100 / static_cast<double>(kBands);
}

}  // namespace qala::residents
