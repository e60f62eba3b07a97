#include "onvif/motion.h"

#include "onvif/limits.h"

namespace qala::onvif {

void Noticed::take(const Event& event, Instant now) {
  if (event.kind == Event::Kind::other) return;
  const std::string key = event.topic + "|" + event.source;
  if (!sources_.contains(key) && sources_.size() >= Limits::kSources) return;
  Source& source = sources_[key];
  source.kind = event.kind;
  source.on = event.on && !event.gone;
  source.until = now + (event.pulse ? kPulse : kForgotten);
}

void Noticed::forget() {
  for (auto& [key, source] : sources_) source.on = false;
}

std::optional<bool> Noticed::any(Event::Kind kind, Instant now) const {
  std::optional<bool> out;
  for (const auto& [key, source] : sources_) {
    if (source.kind != kind) continue;
    // An input stays as it is until it says otherwise: a closed door is no motion.
    const bool lasts = kind == Event::Kind::input || now < source.until;
    out = out.value_or(false) || (source.on && lasts);
  }
  return out;
}

}  // namespace qala::onvif
