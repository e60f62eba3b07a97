#pragma once

#include "warnings/model.h"

namespace qala::warnings {

/// What an operator begins with: words that hold for most warnings of a hazard, to be changed.
struct Template {
  Hazard hazard = Hazard::other;
  Urgency urgency = Urgency::expected;
  Severity severity = Severity::moderate;
  Certainty certainty = Certainty::likely;
  int hours = 12;  ///< how long it holds
  Texts texts = {};
};
const Template& template_of(Hazard hazard);

/// The event in few words: "Ауаның ластануы", "Загрязнение воздуха", "Air pollution".
const registry::LocalText& event_of(Hazard hazard);

/// The words a cancellation of `texts` begins with.
Texts cancelled_texts(const Texts& texts);

}  // namespace qala::warnings
