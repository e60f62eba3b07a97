#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alarms/rules.h"
#include "readings/store.h"
#include "reports/fields.h"

namespace qala::reports {

/// A town day, as far as it has come.
struct Day {
  std::int32_t day = 0;
  Instant start = {}, end = {};   ///< end: its midnight, or now
  bool whole = true;              ///< it is over
  int hours = 24;                 ///< from midnight to midnight: 23 or 25 where the clocks were changed
};
/// `invalid` for a day that has not begun.
Result<Day> day_of(const Zone& zone, std::int32_t day, Instant now);
/// "2024-02-29" as a day since 1970; none if it is no date.
std::optional<std::int32_t> day_from(std::string_view text);
std::string name_of_day(std::int32_t day);  ///< "2024-02-29"

/// One figure of the town through the day, step by step as it passed; NaN: not known.
struct FieldDay {
  FieldQuestion question = {};
  std::vector<float> line = {};               ///< as far as the day has come
  std::vector<float> yesterday = {}, low = {}, high = {};  ///< of the whole day, by the clock
  std::size_t like_days = 0;
  struct Figures {
    double mean = 0, min = 0, max = 0;
    Instant min_at = {}, max_at = {};
  };
  std::optional<Figures> figures = {};        ///< none: nothing was said
  std::optional<double> mean_yesterday = {};
  /// The usual range of the mean: the means of the band's edges.
  std::optional<std::pair<double, double>> usual = {};
};
/// Pure. `line`: of passed_line(); `days`: of day_line(), the day before and the like days as far as there are any.
FieldDay field_day(const FieldQuestion& question, const Day& day, const Zone& zone, DayLine line, const DayLines& days);

/// How long a datastream was beyond a rule's limit.
struct Exceeded {
  std::string rule = {};
  alarms::Severity severity = alarms::Severity::medium;
  ThingId thing = {};
  double limit = 0, worst = 0;
  bool above = true;
  std::string unit = {};
  Instant worst_at = {};
  Duration over = {};
};
/// By severity, then by time beyond. Rules that always hold and compare with a limit, on things and zones they are
/// meant for; ten-minute means.
Result<std::vector<Exceeded>> exceeded(const readings::ReadingStore& store, const registry::Registry& registry,
                                       const std::vector<alarms::Rule>& rules, const Zone& zone, const Day& day);

/// How much of what was to come has come.
struct Coverage {
  struct OfKind {
    registry::Kind kind = registry::Kind::other;
    std::size_t things = 0, silent = 0;  ///< silent: not one reading in the whole day
    double share = 0;                    ///< 0 to 1, mean of its things
  };
  struct OfThing {
    ThingId thing = {};
    double share = 0;
  };
  std::vector<OfKind> kinds = {};
  std::vector<OfThing> poor = {};   ///< below 90 %, the poorest first
  std::vector<float> hours = {};    ///< of the town, by hour as it passed: 0 to 100 %
  double share = 1;
  std::size_t things = 0, silent = 0;
};
/// Of datastreams whose interval is known; an hour with more readings than expected makes up for no other.
Result<Coverage> coverage(const readings::ReadingStore& store, const registry::Registry& registry, const Zone& zone,
                          const Day& day);

}  // namespace qala::reports
