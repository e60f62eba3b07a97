#include "reports/day.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace qala::reports {

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr float kOff = 5;       ///< per cent of lamps: below they are off by day
constexpr float kTwilight = 90; ///< below it, where it is usual, they are being switched

float value_at(const DayLines& days, std::int32_t day, std::size_t step) {
  const auto found = days.find(day);
  return found == days.end() || step >= found->second->size() ? kNone : (*found->second)[step];
}

std::optional<double> mean_of(const std::vector<float>& values, std::size_t steps) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < std::min(steps, values.size()); i++) {
    if (!std::isnan(values[i])) sum += double{values[i]}, n++;
  }
  return n == 0 ? std::nullopt : std::optional(sum / static_cast<double>(n));
}

/// What is off by day, and what is being switched on or off, says nothing about lamps that should be lit.
void leave_out_daylight(FieldDay& out) {
  for (std::size_t i = 0; i < out.low.size(); i++) {
    const bool dark = !std::isnan(out.low[i]) ? out.low[i] >= kTwilight
                                              : i < out.line.size() && !std::isnan(out.line[i]) && out.line[i] >= kOff;
    if (i < out.line.size() && (!dark || out.line[i] < kOff)) out.line[i] = kNone;
    if (!dark) out.low[i] = out.high[i] = kNone;
    if (!(out.yesterday[i] >= kTwilight)) out.yesterday[i] = kNone;
  }
}

std::optional<FieldDay::Figures> figures_of(const FieldDay& day, Instant start) {
  const auto mean = mean_of(day.line, day.line.size());
  if (!mean) return std::nullopt;
  FieldDay::Figures out{
      .mean = *mean, .min = std::numeric_limits<double>::max(), .max = std::numeric_limits<double>::lowest()};
  const std::int64_t length = day.question.question.minutes * Instant::kMinute;
  for (std::size_t i = 0; i < day.line.size(); i++) {
    const double value{day.line[i]};
    if (std::isnan(value)) continue;
    const Instant at{start.ns + static_cast<std::int64_t>(i) * length};
    if (value < out.min) out.min = value, out.min_at = at;
    if (value > out.max) out.max = value, out.max_at = at;
  }
  return out;
}

}  // namespace

Result<Day> day_of(const Zone& zone, std::int32_t day, Instant now) {
  const Instant start = zone.day_start(day), midnight = zone.day_start(day + 1);
  if (start >= now) return fail(ErrorKind::invalid, "date: this day has not begun yet");
  return Day{.day = day,
             .start = start,
             .end = std::min(now, midnight),
             .whole = midnight <= now,
             .hours = static_cast<int>((midnight - start).count() / Instant::kHour)};
}

std::optional<std::int32_t> day_from(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto at = parse_iso(text);
  return at ? std::optional(static_cast<std::int32_t>(at->ns / Instant::kDay - (at->ns % Instant::kDay < 0)))
            : std::nullopt;
}

std::string name_of_day(std::int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

FieldDay field_day(const FieldQuestion& question, const Day& day, const Zone& zone, DayLine line,
                   const DayLines& days) {
  FieldDay out{.question = question, .line = std::move(line)};
  const std::int64_t length = question.question.minutes * Instant::kMinute;
  // The step that is still running holds only those that have spoken already.
  const auto come = static_cast<std::size_t>((day.end.ns - day.start.ns) / length);
  if (out.line.size() > come) out.line.resize(come);
  std::vector<float> like;
  for (const std::size_t step : clock_steps(zone, day.day, question.question.minutes)) {
    like.clear();
    for (std::int32_t back = 1; back <= kUsualDaysBack && like.size() < kUsualDays; back++) {
      const float value = alike(day.day, day.day - back) ? value_at(days, day.day - back, step) : kNone;
      if (!std::isnan(value)) like.push_back(value);
    }
    std::ranges::sort(like);
    const bool known = like.size() >= kUsualLeast;
    out.low.push_back(known ? quantile(like, 0.1) : kNone);
    out.high.push_back(known ? quantile(like, 0.9) : kNone);
    out.yesterday.push_back(value_at(days, day.day - 1, step));
    if (known) out.like_days = std::max(out.like_days, like.size());
  }
  if (question.lit_only) leave_out_daylight(out);
  for (auto* values : {&out.line, &out.yesterday, &out.low, &out.high}) {
    for (float& value : *values) value *= static_cast<float>(question.scale);
  }
  out.figures = figures_of(out, day.start);
  out.mean_yesterday = mean_of(out.yesterday, out.yesterday.size());
  const auto low = mean_of(out.low, out.line.size()), high = mean_of(out.high, out.line.size());
  if (low && high) out.usual = std::pair(*low, *high);
  return out;
}

}  // namespace qala::reports
