#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "registry/model.h"

namespace qala::alarms {

/// How soon someone must act. The number is what the API and the screens show.
enum class Severity : std::uint8_t { critical = 1, high = 2, medium = 3, low = 4, info = 5 };
/// Is it so right now? Decided by readings and the clock, never by people.
enum class Condition : std::uint8_t { active, cleared };
/// Has someone taken it? Decided by people, never by readings.
enum class Handling : std::uint8_t { unacknowledged, acknowledged };
/// What a rule looks at.
enum class Comparison : std::uint8_t { above, below, rate, silent, frozen };

std::string_view name_of(Condition condition);    ///< "active"
std::string_view name_of(Handling handling);      ///< "unacknowledged"
std::string_view name_of(Comparison comparison);  ///< ">", "<", "rate", "silent", "frozen"
std::optional<Comparison> comparison_from(std::string_view name);

struct Comment {
  Instant at;
  std::string by;
  std::string text;
  friend bool operator==(const Comment&, const Comment&) = default;
};

/// Put aside by a person until a time (ISA-18.2: shelved). Ends by itself.
struct Shelf {
  std::int64_t until = 0;  ///< UTC ns
  std::int64_t at = 0;     ///< UTC ns
  std::string by;
  std::string reason;
  friend bool operator==(const Shelf&, const Shelf&) = default;
};

/// Why a rule is not heeded on a thing (ISA-18.2: out of service), until a person takes it back.
struct OutOfService {
  std::string rule;  ///< Rule::key
  ThingId thing;
  std::int64_t at = 0;  ///< UTC ns
  std::string by;
  std::string reason;
  friend bool operator==(const OutOfService&, const OutOfService&) = default;
};

/// One cause that someone should know of. A value: copied to listeners and readers.
/// Open while it is active or unacknowledged, and as long as it is shelved. One that is attached to a cause is open
/// while it is active: the cause is what people acknowledge. So is one out of service: nobody is asked about it.
struct Alarm {
  AlarmId id;
  std::string rule;  ///< Rule::key
  Severity severity = Severity::medium;
  Condition condition = Condition::active;
  Handling handling = Handling::unacknowledged;
  ThingId thing;
  DatastreamId datastream;  ///< none: the thing as a whole (silence, an alarm over its children)
  registry::Kind kind = registry::Kind::other;
  std::uint32_t zone = 0;
  std::int64_t raised = 0;        ///< UTC ns, of the latest raise
  std::int64_t cleared = 0;       ///< UTC ns, 0: still active
  std::int64_t acknowledged = 0;  ///< UTC ns, 0: not yet
  std::string acknowledged_by;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< the reading that raised it; NaN: there is none
  double limit = 0;
  Comparison comparison = Comparison::above;
  std::string unit;
  std::uint32_t count = 1;   ///< how often it was raised while open
  std::uint32_t covers = 0;  ///< how many other things lay behind this one cause, at most so far
  AlarmId cause;             ///< the alarm that explains this one; none: stands on its own
  std::vector<Comment> comments;
  std::uint64_t sequence = 0;  ///< log sequence of the last change made by readings
  std::optional<Shelf> shelved;
  std::optional<OutOfService> out_of_service;
  std::string assignee;        ///< name of a user; empty: nobody
  std::int64_t escalated = 0;  ///< UTC ns, 0: not. At most once
  std::int64_t waiting = 0;    ///< UTC ns: since when it asks to be acknowledged; escalation counts from here
  bool dismissed = false;      ///< cleared while it was put aside: closes without being acknowledged
  /// Number of the exercise that raised it, 0: it is real. Whoever shows or tells of an alarm says which.
  std::uint64_t exercise = 0;

  /// Where people look: neither explained by another nor put aside.
  bool in_tray() const { return !cause && !shelved && !out_of_service; }
  bool is_open() const {
    if (condition == Condition::active || shelved) return true;
    return handling == Handling::unacknowledged && !cause && !out_of_service && !dismissed;
  }
};

}  // namespace qala::alarms
