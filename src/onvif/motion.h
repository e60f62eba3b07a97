#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "onvif/answers.h"

namespace qala::onvif {

/// What a camera notices now, of all its sources together: somewhere motion, some input closed. Pure. Quality of events
/// varies: what only begins is over after kPulse, what is never said to be over after kForgotten without a word.
class Noticed {
 public:
  static constexpr Duration kPulse = std::chrono::seconds(8), kForgotten = std::chrono::minutes(10);

  void take(const Event& event, Instant now);
  /// Nothing: it never spoke of such a thing.
  std::optional<bool> motion(Instant now) const { return any(Event::Kind::motion, now); }
  std::optional<bool> input(Instant now) const { return any(Event::Kind::input, now); }
  /// The camera is away: nothing is known any more, but what it speaks of.
  void forget();

 private:
  std::optional<bool> any(Event::Kind kind, Instant now) const;
  struct Source {
    Event::Kind kind = Event::Kind::other;
    bool on = false;
    Instant until = {};
  };
  std::map<std::string, Source> sources_;
};

}  // namespace qala::onvif
