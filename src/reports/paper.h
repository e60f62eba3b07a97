#pragma once

#include <functional>
#include <optional>
#include <string>

#include "alarms/model.h"
#include "base/zone.h"
#include "reports/report_words.h"
#include "words/date.h"
#include "words/format.h"

namespace qala::reports {

/// How numbers become names. Any thread.
struct Names {
  std::function<std::string(ThingId)> thing = {};          ///< "ЖП-3 · Орталық"
  std::function<std::string(std::string_view)> rule = {};  ///< in the language of the paper
  std::string town = {};
};

/// For whom, in which language, when and by whom a report is printed.
struct Paper {
  words::Language language = words::Language::kk;
  const Zone& zone;
  Instant now = {};
  std::string made_by = {};
  Names names = {};
};

/// Says things in the language of a paper.
class Voice {
 public:
  explicit Voice(const Paper& paper) : paper_(paper), time_(paper.zone, paper.now) {}

  std::string say(Text what, std::initializer_list<std::string_view> values = {}) const {
    return words::fill(text(what, paper_.language), values);
  }
  std::string when(Instant at) const { return time_.full(at, paper_.language); }
  std::string clock(Instant at) const { return time_.clock(at); }
  std::string date(Instant at) const { return words::date(paper_.zone, at, paper_.language); }
  std::string number(double value, int decimals) const { return words::number(value, decimals, paper_.language); }
  /// "186 мкг/м³"; without a unit the number alone.
  std::string measured(double value, int decimals, std::string_view unit) const;
  std::string percent(double share, int decimals = 0) const;  ///< of 0 to 1
  std::string severity(alarms::Severity severity) const;
  /// "Фидер өшті · 38 нысан · 3 рет"
  std::string what(const alarms::Alarm& alarm) const;
  std::string value(const alarms::Alarm& alarm) const;  ///< "99 % > 90 %", empty: none
  std::string handled(const alarms::Alarm& alarm) const;
  std::string foot() const;
  const Paper& paper() const { return paper_; }

 private:
  const Paper& paper_;
  words::LocalTime time_;
};

}  // namespace qala::reports
