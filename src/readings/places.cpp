#include "readings/places.h"

#include <algorithm>

namespace qala::readings {

namespace {

/// Devices are a few seconds early or late: within an eighth of a step counts as on time.
bool near(std::uint64_t a, std::uint64_t b, std::int64_t step) {
  return (a > b ? a - b : b - a) <= static_cast<std::uint64_t>(step) / 8;
}

}  // namespace

std::uint64_t steps_between(std::uint64_t apart, std::int64_t step) {
  if (step <= 0) return 1;
  const auto one = static_cast<std::uint64_t>(step);
  if (apart / one > Places::kMostSteps) return 1;
  const std::uint64_t steps = (apart + one / 2) / one;
  return steps >= 1 && steps <= Places::kMostSteps && near(apart, steps * one, step) ? steps : 1;
}

std::uint32_t Places::pass_slowly(DatastreamId datastream, Pace& pace, Gap gap) {
  const std::uint64_t apart = static_cast<std::uint64_t>(gap.before) - static_cast<std::uint64_t>(gap.after);
  const std::int64_t known = pace.step;
  const auto learn = [&] {
    const bool fits = apart < static_cast<std::uint64_t>(INT64_MAX);
    pace = {.step = fits ? static_cast<std::int64_t>(apart) : 0, .steady = 0, .unused = 0};
    return 0u;
  };
  if (known == 0) return learn();
  if (near(apart, static_cast<std::uint64_t>(known), known)) {
    if (pace.steady < kSteady) pace.steady++;
    pace.step = static_cast<std::int64_t>(apart);
    return 0;
  }
  const std::uint64_t steps = steps_between(apart, known);
  if (steps == 1 || pace.steady < kSteady || pace.unused >= kMostUnused) return learn();
  gap.count = static_cast<std::uint32_t>(steps - 1);
  keep(datastream, pace, gap);
  return gap.count;
}

void Places::keep(DatastreamId datastream, Pace& pace, Gap gap) {
  auto& gaps = gaps_[datastream.value];
  if (gaps.size() >= kMostGaps) {
    if (!gaps.front().touched && pace.unused < kMostUnused) pace.unused++;
    gaps.erase(gaps.begin());
  }
  gaps.push_back(gap);
}

std::optional<std::uint64_t> Places::fill(DatastreamId datastream, Pace& pace, std::int64_t time) {
  const auto kept = gaps_.find(datastream.value);
  if (kept == gaps_.end()) return std::nullopt;
  auto& gaps = kept->second;
  const auto at = std::ranges::find_if(gaps, [&](const Gap& gap) { return gap.after < time && time < gap.before; });
  if (at == gaps.end()) return std::nullopt;
  const Gap gap = *at;
  gaps.erase(at);
  pace.unused = 0;
  // The place is chosen by time, so that those who come next find theirs before or after it.
  const auto way = static_cast<double>(static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(gap.after));
  const auto whole =
      static_cast<double>(static_cast<std::uint64_t>(gap.before) - static_cast<std::uint64_t>(gap.after));
  const auto place = static_cast<std::int64_t>(way / whole * (gap.count + 1) + 0.5) - 1;
  const auto taken = static_cast<std::uint32_t>(std::clamp<std::int64_t>(place, 0, std::int64_t{gap.count} - 1));
  const auto put_back = [&](const Gap& rest) {
    if (rest.count == 0) return;
    if (gaps.size() >= kMostGaps) gaps.erase(gaps.begin());
    gaps.push_back(rest);
  };
  put_back({.after = gap.after, .before = time, .first = gap.first, .count = taken, .touched = true});
  put_back({.after = time,
            .before = gap.before,
            .first = gap.first + taken + 1,
            .count = gap.count - taken - 1,
            .touched = true});
  return gap.first + taken;
}

}  // namespace qala::readings
