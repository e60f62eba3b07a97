#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/zone.h"
#include "readings/store.h"

namespace qala::reports {

/// How many datastreams become one figure of the town.
enum class Combine : std::uint8_t {
  mean,   ///< of those that spoke
  sum,    ///< of those that spoke, as if all had
  share,  ///< per cent of those that spoke which are above a bound
  count,  ///< the same as a number of all
  rate,   ///< what counters that only rise gained an hour, as if all had spoken
};
std::optional<Combine> combine_from(std::string_view name);

struct UsualQuestion {
  std::vector<DatastreamId> datastreams;
  Combine combine = Combine::mean;
  double above = 0;   ///< of share and count
  int minutes = 10;   ///< length of a step; divides a day
};

/// The figure in each step of a town day, from local midnight; NaN where fewer than half of the datastreams spoke.
using DayLine = std::vector<float>;
using DayLines = std::map<std::int32_t, std::shared_ptr<const DayLine>>;  ///< by local day

/// One day, from the store; any thread. Costs as much as reading the day of all its datastreams.
Result<DayLine> day_line(const readings::ReadingStore& store, const Zone& zone, const UsualQuestion& question,
                         std::int32_t day);

/// The same day as it passed: a step for each stretch of its 23, 24 or 25 hours, up to `end`.
Result<DayLine> passed_line(const readings::ReadingStore& store, const Zone& zone, const UsualQuestion& question,
                            std::int32_t day, Instant end);

/// Where on the clock each step of passed_line() lies: a place in a DayLine.
std::vector<std::size_t> clock_steps(const Zone& zone, std::int32_t day, int minutes);

/// Between the neighbours; `sorted` is not empty.
float quantile(const std::vector<float>& sorted, double part);

/// Working days are like working days, Saturdays and Sundays like each other.
bool alike(std::int32_t day, std::int32_t other);

constexpr int kUsualDaysBack = 42;    ///< farther back it is another season
constexpr std::size_t kUsualDays = 28;    ///< so many like days at most
constexpr std::size_t kUsualLeast = 5;    ///< with fewer there is no range

/// The last 24 hours beside yesterday, the same day last week and the usual range: 10 to 90 % of the like days.
struct UsualLine {
  std::vector<std::int64_t> times;  ///< UTC ns, start of each step
  std::vector<float> now, yesterday, week, low, high;  ///< NaN: none
  std::size_t days = 0;  ///< like days that the range at the newest step is made of
};
/// Of the days that are there; pure.
UsualLine usual_line(const DayLines& days, const Zone& zone, Instant now, int minutes);

}  // namespace qala::reports
