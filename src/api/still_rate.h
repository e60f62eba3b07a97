#pragma once

#include <map>
#include <string>

#include "audit/sink.h"
#include "base/clock.h"

namespace qala::api {

/// How many recorded stills one person may ask for: a hand that moves along a line of time asks for many, and each is
/// decoded. Network thread.
class StillRate {
 public:
  static constexpr double kAtOnce = 12, kPerSecond = 6;

  explicit StillRate(const Clock& clock) : clock_(clock) {}
  /// False: one too many for now.
  bool take(const audit::Actor& who);

 private:
  struct Left {
    double stills = kAtOnce;
    std::int64_t at_ns = 0;
  };
  const Clock& clock_;
  std::map<std::string, Left> left_;
};

}  // namespace qala::api
