#pragma once

#include <algorithm>
#include <memory>

#include "sim/plot.h"
#include "sim/weather.h"

namespace qala::sim {

/// The town's time beside the stamps that devices put on their readings, which are always those of the clock on the
/// wall. Ordinarily both are the same. An evening has another date, and between its begin and its end it may run
/// `speed` times faster than the clock; then devices speak so many times more often. Both ways never go back.
class Timeline {
 public:
  Timeline() = default;
  /// At `stamp` the town's time is `begin`.
  Timeline(Seconds stamp, Seconds begin, Seconds end, double speed)
      : start_(static_cast<double>(stamp)),
        begin_(static_cast<double>(begin)),
        fast_(static_cast<double>(std::max<Seconds>(0, end - begin))),
        speed_(speed) {}

  bool ordinary() const { return start_ == begin_ && speed_ == 1; }
  double town(double stamp) const {
    const double since = stamp - start_;
    if (since <= 0) return begin_ + since;
    return since * speed_ <= fast_ ? begin_ + since * speed_ : begin_ + fast_ + (since - fast_ / speed_);
  }
  double stamp(double town) const {
    const double since = town - begin_;
    if (since <= 0) return start_ + since;
    return since <= fast_ ? start_ + since / speed_ : start_ + fast_ / speed_ + (since - fast_);
  }

 private:
  double start_ = 0, begin_ = 0, fast_ = 0, speed_ = 1;
};

/// What kind of time it is: the ordinary one, or an evening's with its plot.
struct Frame {
  Timeline timeline;
  std::shared_ptr<const Plot> plot;
};

}  // namespace qala::sim
