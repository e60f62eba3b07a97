#include "reports/usual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

namespace qala::reports {

using readings::Bucket;

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

std::size_t steps_of(int minutes) { return static_cast<std::size_t>(24 * 60 / minutes); }

/// The step of its local day in which `at` lies; a day of 25 hours tells one hour twice.
std::size_t step_of(const Zone& zone, Instant at, int minutes) {
  const std::int64_t local = (at + zone.offset(at)).ns;
  const std::int64_t in_day = ((local % Instant::kDay) + Instant::kDay) % Instant::kDay;
  return static_cast<std::size_t>(in_day / (minutes * Instant::kMinute));
}

std::size_t passed_steps(const Zone& zone, std::int32_t day, int minutes) {
  const std::int64_t length = zone.day_start(day + 1).ns - zone.day_start(day).ns;
  return static_cast<std::size_t>(length / (minutes * Instant::kMinute));
}

/// What the datastreams gave in each step, gathered one datastream after another.
class Sums {
 public:
  /// `passed`: a step for each stretch since midnight; else by the clock.
  Sums(const UsualQuestion& question, const Zone& zone, std::int32_t day, bool passed)
      : question_(question), zone_(zone), start_(zone.day_start(day).ns), passed_(passed) {
    const std::size_t steps = passed ? passed_steps(zone, day, question.minutes) : steps_of(question.minutes);
    sum_.resize(steps);
    spoke_.resize(steps);
  }

  void add(std::span<const Bucket> buckets) {
    bool any = false;
    const Bucket* before = nullptr;
    for (const Bucket& bucket : buckets) {
      if (bucket.start >= start_) {
        any = true;
        if (question_.combine == Combine::rate) {
          if (before) rate(*before, bucket);
        } else {
          put(bucket.start, value_of(bucket));
        }
      }
      before = &bucket;
    }
    if (any) datastreams_++;
  }

  DayLine line() const {
    DayLine out(sum_.size(), kNone);
    for (std::size_t i = 0; i < out.size(); i++) {
      if (spoke_[i] == 0 || spoke_[i] * 2 < datastreams_) continue;
      const double mean = sum_[i] / static_cast<double>(spoke_[i]);
      switch (question_.combine) {
        case Combine::mean: out[i] = static_cast<float>(mean); break;
        case Combine::share: out[i] = static_cast<float>(mean * 100); break;
        default: out[i] = static_cast<float>(mean * static_cast<double>(datastreams_));
      }
    }
    return out;
  }

 private:
  double value_of(const Bucket& bucket) const {
    const bool counts = question_.combine == Combine::share || question_.combine == Combine::count;
    return counts ? (bucket.last > question_.above ? 1 : 0) : bucket.mean();
  }
  void put(std::int64_t start, double value) {
    const std::int64_t length = question_.minutes * Instant::kMinute;
    const std::size_t step = passed_ ? static_cast<std::size_t>((start - start_) / length)
                                     : step_of(zone_, Instant{start}, question_.minutes);
    if (step >= sum_.size()) return;
    sum_[step] += value;
    spoke_[step]++;
  }
  /// A meter that was read again after a few steps gained evenly in between.
  void rate(const Bucket& before, const Bucket& bucket) {
    const std::int64_t length = question_.minutes * Instant::kMinute;
    const double gained = bucket.last - before.last;
    if (gained < 0 || bucket.start - before.start > kPatience * length) return;
    const double hours = static_cast<double>(bucket.start - before.start) / static_cast<double>(Instant::kHour);
    for (std::int64_t at = before.start + length; at <= bucket.start; at += length) {
      if (at >= start_) put(at, gained / hours);
    }
  }

  static constexpr std::int64_t kPatience = 3;
  const UsualQuestion& question_;
  const Zone& zone_;
  const std::int64_t start_;
  const bool passed_;
  std::vector<double> sum_;
  std::vector<std::uint32_t> spoke_;
  std::uint32_t datastreams_ = 0;
};

float at(const DayLines& days, std::int32_t day, std::size_t step) {
  const auto found = days.find(day);
  return found == days.end() || step >= found->second->size() ? kNone : (*found->second)[step];
}

Result<DayLine> line_of(const readings::ReadingStore& store, const Zone& zone, const UsualQuestion& question,
                        std::int32_t day, Instant end, bool passed) {
  const std::int64_t start = zone.day_start(day).ns;
  // What counters gained by midnight wants a reading from before it.
  const std::int64_t lead = question.combine == Combine::rate ? 4 * question.minutes * Instant::kMinute : 0;
  const readings::Window window{start - lead, end.ns};
  const readings::Calendar calendar{CalendarUnit::minute, question.minutes};
  Sums sums(question, zone, day, passed);
  std::mutex mutex;  // two halves may call at the same time
  TRY_VOID(store.buckets_of_many(question.datastreams, window, calendar, zone,
                                 [&](std::size_t, DatastreamId, std::span<const Bucket> buckets) {
                                   const std::lock_guard lock(mutex);
                                   sums.add(buckets);
                                 }));
  return sums.line();
}

}  // namespace

float quantile(const std::vector<float>& sorted, double part) {
  const double at = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const auto rest = static_cast<float>(at - static_cast<double>(below));
  return sorted[below] + (sorted[above] - sorted[below]) * rest;
}

std::optional<Combine> combine_from(std::string_view name) {
  if (name == "mean") return Combine::mean;
  if (name == "sum") return Combine::sum;
  if (name == "share") return Combine::share;
  if (name == "count") return Combine::count;
  if (name == "rate") return Combine::rate;
  return std::nullopt;
}

Result<DayLine> day_line(const readings::ReadingStore& store, const Zone& zone, const UsualQuestion& question,
                         std::int32_t day) {
  return line_of(store, zone, question, day, zone.day_start(day + 1), false);
}

Result<DayLine> passed_line(const readings::ReadingStore& store, const Zone& zone, const UsualQuestion& question,
                            std::int32_t day, Instant end) {
  return line_of(store, zone, question, day, std::min(end, zone.day_start(day + 1)), true);
}

std::vector<std::size_t> clock_steps(const Zone& zone, std::int32_t day, int minutes) {
  std::vector<std::size_t> steps(passed_steps(zone, day, minutes));
  for (std::size_t i = 0; i < steps.size(); i++) {
    const std::int64_t at = zone.day_start(day).ns + static_cast<std::int64_t>(i) * minutes * Instant::kMinute;
    steps[i] = step_of(zone, Instant{at}, minutes);
  }
  return steps;
}

bool alike(std::int32_t day, std::int32_t other) {
  const auto weekend = [](std::int32_t d) { return ((d + 3) % 7 + 7) % 7 >= 5; };  // 1970-01-01 was a Thursday
  return weekend(day) == weekend(other);
}

UsualLine usual_line(const DayLines& days, const Zone& zone, Instant now, int minutes) {
  const std::int32_t today = zone.local_day(now);
  const std::size_t steps = steps_of(minutes), newest = step_of(zone, now, minutes);
  UsualLine out;
  std::vector<float> like;
  for (std::size_t i = newest + 1; i <= newest + steps; i++) {
    const std::int32_t day = i < steps ? today - 1 : today;
    const std::size_t step = i % steps;
    like.clear();
    for (std::int32_t back = 1; back <= kUsualDaysBack && like.size() < kUsualDays; back++) {
      const float value = alike(day, day - back) ? at(days, day - back, step) : kNone;
      if (!std::isnan(value)) like.push_back(value);
    }
    std::ranges::sort(like);
    const bool known = like.size() >= kUsualLeast;
    const Instant midnight = zone.day_start(day);
    const Instant rough{midnight.ns + static_cast<std::int64_t>(step) * minutes * Instant::kMinute};
    out.times.push_back(rough.ns - (zone.offset(rough) - zone.offset(midnight)).count());
    out.now.push_back(at(days, day, step));
    out.yesterday.push_back(at(days, day - 1, step));
    out.week.push_back(at(days, day - 7, step));
    out.low.push_back(known ? quantile(like, 0.1) : kNone);
    out.high.push_back(known ? quantile(like, 0.9) : kNone);
    out.days = known ? like.size() : 0;
  }
  return out;
}

}  // namespace qala::reports
