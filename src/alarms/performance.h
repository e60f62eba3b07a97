#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alarms/model.h"
#include "alarms/rules.h"
#include "base/json_writer.h"
#include "base/result.h"

namespace qala::alarms {

/// How the alarms themselves behave, in the figures of ANSI/ISA-18.2-2016 clause 16 (monitoring and assessment) and
/// EEMUA 191 (3rd edition, performance metrics). An alarm counts when it came to the tray: what another explained, was
/// shelved or out of service asked nobody for attention. What exercises raise never counts.
///
/// - rate: raises per operator in ten minutes; acceptable is 1 on average, manageable 2. Intervals count from `from`.
/// - flood: begins with more than 10 raises per operator in ten minutes, ends below 5 (ISA-18.2 16.5.4).
/// - chattering: three raises or more within one minute (ISA-18.2 16.5.6; EEMUA 191 "repeating"), of one rule on one
///   datastream.
/// - stale: active and in the tray for more than 24 hours (ISA-18.2 16.5.7), at the end of the window.
/// - worst: the ten (rule, thing) that were raised most; a healthy system has them below 5 % of the load.
struct Performance {
  struct Interval {
    std::uint64_t alarms = 0, intervals = 0;
  };
  struct Flood {
    std::int64_t from = 0, to = 0;  ///< UTC ns
    std::uint64_t count = 0, peak = 0;
  };
  struct Source {
    std::string rule;
    ThingId thing;
    DatastreamId datastream;
    friend auto operator<=>(const Source& a, const Source& b) = default;
  };
  struct Chatter {
    Source source;
    std::uint64_t raises = 0;        ///< in the whole window
    std::uint64_t worst_minute = 0;  ///< in the minute that had most
    std::int64_t worst_at = 0;
  };
  struct Stale {
    AlarmId id;
    std::string rule;
    ThingId thing;
    std::int64_t raised = 0;
  };
  struct Actor {
    std::string rule;
    ThingId thing;
    std::uint64_t count = 0;
  };
  /// What would have kept most of a chattering source quiet, worked out from its own raises and clears: a longer
  /// `for_s` if it stayed over the limit only briefly, else a wider `clear`.
  struct Suggestion {
    Source source;
    std::string field;  ///< "for_s" or "clear"
    double now = 0, suggested = 0;
    std::uint64_t raises = 0, would_remain = 0;
  };

  std::int64_t from = 0, to = 0;
  std::uint64_t operators = 1;
  std::uint64_t alarms = 0;
  std::uint64_t exercise = 0;  ///< raised in exercises, besides: in none of the figures
  double mean = 0;
  std::uint64_t peak = 0;
  std::int64_t peak_at = 0;
  double over_10_percent = 0;  ///< of the intervals
  std::vector<Interval> distribution;
  std::vector<Flood> floods;
  std::vector<Chatter> chattering;
  std::vector<Stale> stale;
  std::vector<Actor> worst;
  std::array<std::uint64_t, 6> by_severity{};
  std::optional<double> median_s, p90_s;  ///< until acknowledged
  std::uint64_t acknowledged = 0, waiting = 0;
  std::vector<Suggestion> suggestions;
};

/// One raise that came to the tray.
struct Raise {
  std::int64_t at = 0;
  std::int64_t cleared = 0;       ///< 0: not yet
  std::int64_t acknowledged = 0;  ///< 0: not yet
  Performance::Source source = {};
  Severity severity = Severity::medium;
  double value = 0;
};

/// Raises in order of time. Pure; `rules` only for suggestions.
Performance measure(std::span<const Raise> raises, std::int64_t from, std::int64_t to, std::uint64_t operators,
                    const std::vector<Rule>& rules);
/// Reads town.db by a connection of its own. Any thread; a month of a busy town takes a fraction of a second.
/// `invalid`: more than 2,000,000 raises, ask for less.
Result<Performance> measure(const std::string& db_path, std::int64_t from, std::int64_t to, std::uint64_t operators,
                            const std::vector<Rule>& rules);
void render(JsonWriter& out, const Performance& performance);

}  // namespace qala::alarms
