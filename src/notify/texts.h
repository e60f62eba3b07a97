#pragma once

#include <functional>
#include <span>
#include <string>

#include "alarms/rules.h"
#include "base/zone.h"
#include "notify/recipient.h"
#include "registry/registry.h"

namespace qala::notify {

/// One thing that a recipient is told.
struct Told {
  std::uint64_t step = 0;  ///< number in the alarms' history
  Event event = Event::raised;
  Instant at = {};
  alarms::Alarm alarm = {};  ///< as it is when the message is made
};

/// How numbers become names. Writer thread.
struct Names {
  std::function<std::string(ThingId, words::Language)> thing = {};  ///< "ЖП-3 · Орталық"
  std::function<std::string(ThingId)> thing_key = {};               ///< "HS-3"
  std::function<std::string(std::string_view, words::Language)> rule = {};
  std::function<std::string(words::Language)> town = {};
};

/// Out of what the town knows; all must outlive it.
Names names_of(const registry::Registry& registry, const alarms::RuleBook& rules, registry::LocalText town);

/// For whom and when a text is written.
struct Letter {
  words::Language language = words::Language::kk;
  std::string recipient = {};
  std::string address = {};  ///< of the control room, without a slash at the end; empty: no links
  const Zone& zone;
  Instant now = {};
  const Names& names;
};

struct Text {
  std::string subject;
  std::string body;
};

/// The one place where subjects and texts are made, for mail and push alike. An exercise's alarms say so first.
Text text_of(const Told& told, const Letter& letter);
/// Many at once: how many of which severity, then the worst of them, at most kMostLines; how many were left out.
Text digest_of(std::span<const Told> told, std::uint64_t left_out, const Letter& letter);
constexpr std::size_t kMostLines = 50;
Text test_text(const Letter& letter);
/// A few lines, for a push: the subject without the town.
Text short_text_of(std::span<const Told> told, std::uint64_t left_out, const Letter& letter);

/// "High: water too cold · HS-3 · Centre", without the town's name: also the line that web-hooks carry.
std::string headline(const Told& told, const Letter& letter);
/// Where the alarm is looked at; empty if the control room's address is not known.
std::string link_to(AlarmId alarm, const Letter& letter);

}  // namespace qala::notify
