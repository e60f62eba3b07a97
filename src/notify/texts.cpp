#include "notify/texts.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "notify/words.h"
#include "words/format.h"

namespace qala::notify {

namespace {

using alarms::Alarm;
using alarms::Comparison;

/// Whether this is told within an exercise: not meant.
bool is_exercise(const Alarm& alarm) { return alarm.exercise != 0; }

class Writer {
 public:
  explicit Writer(const Letter& letter) : letter_(letter), time_(letter.zone, letter.now) {}

  std::string say(Say what, std::initializer_list<std::string_view> values = {}) const {
    return words::fill(text(what, letter_.language), values);
  }
  std::string severity(alarms::Severity severity) const {
    return say(static_cast<Say>(static_cast<std::size_t>(Say::critical) + static_cast<std::size_t>(severity) - 1));
  }
  std::string when(Instant at) const { return time_.full(at, letter_.language); }
  std::string rule(const Alarm& alarm) const { return letter_.names.rule(alarm.rule, letter_.language); }
  std::string place(const Alarm& alarm) const { return letter_.names.thing(alarm.thing, letter_.language); }
  std::string count(std::size_t n) const { return words::number(static_cast<double>(n), 0, letter_.language); }

  std::string headline(const Told& told) const {
    const auto kind = static_cast<Say>(static_cast<std::size_t>(Say::raised) + static_cast<std::size_t>(told.event));
    const std::string line = say(kind, {severity(told.alarm.severity), rule(told.alarm), place(told.alarm)});
    return is_exercise(told.alarm) ? say(Say::exercise) + " · " + line : line;
  }
  std::string subject(const std::string& line) const {
    return "[" + letter_.names.town(letter_.language) + "] " + line;
  }

  /// "38 events · Critical 3 · High 35"
  std::string counts(std::span<const Told> told, std::uint64_t left_out) const {
    std::array<std::size_t, 6> by_severity{};
    for (const auto& one : told) by_severity[static_cast<std::size_t>(one.alarm.severity)]++;
    std::string out = say(Say::digest, {count(told.size() + left_out)});
    for (std::size_t level = 1; level < by_severity.size(); level++) {
      if (by_severity[level] == 0) continue;
      out += " · " + severity(static_cast<alarms::Severity>(level)) + " " + count(by_severity[level]);
    }
    const bool exercise = std::ranges::all_of(told, [](const Told& one) { return is_exercise(one.alarm); });
    return exercise && !told.empty() ? say(Say::exercise) + " · " + out : out;
  }

  std::string amount(double value, const Alarm& alarm) const {
    const bool whole = std::abs(value - std::round(value)) < 1e-9 || std::abs(value) >= 1000;
    std::string out = words::number(value, whole ? 0 : 1, letter_.language);
    if (!alarm.unit.empty()) out += "\u00a0" + std::string(words::unit(alarm.unit, letter_.language));
    return out;
  }
  /// "18 °C (below the limit of 20 °C)"; nothing for silence, which has no value.
  std::string value(const Alarm& alarm) const {
    if (!std::isfinite(alarm.value) || alarm.comparison == Comparison::silent) return {};
    const std::string is = amount(alarm.value, alarm);
    if (alarm.comparison == Comparison::above) return say(Say::value_above, {is, amount(alarm.limit, alarm)});
    if (alarm.comparison == Comparison::below) return say(Say::value_below, {is, amount(alarm.limit, alarm)});
    return say(Say::value_only, {is});
  }
  std::string happened(const Told& told) const {
    const auto kind = static_cast<Say>(static_cast<std::size_t>(Say::at_raised) + static_cast<std::size_t>(told.event));
    return say(kind, {when(told.at)});
  }
  std::string answered(const Alarm& alarm) const {
    if (alarm.handling == alarms::Handling::acknowledged) return say(Say::answered, {alarm.acknowledged_by});
    return say(Say::unanswered);
  }
  /// "UTC+5": a mail is read elsewhere too.
  std::string zone() const {
    const auto minutes = letter_.zone.offset(letter_.now).count() / Instant::kMinute;
    std::string out = minutes < 0 ? "UTC\u2212" : "UTC+";
    out += std::to_string(std::abs(minutes) / 60);
    if (minutes % 60 != 0) out += ":" + std::to_string(std::abs(minutes) % 60);
    return out;
  }
  std::string foot() const {
    return "-- \n" + say(Say::why, {letter_.names.town(letter_.language), letter_.recipient}) + "\n";
  }

 private:
  const Letter& letter_;
  words::LocalTime time_;
};

void line(std::string& out, const std::string& text) {
  if (!text.empty()) out += text + "\n";
}

bool goes_first(const Told& a, const Told& b) {
  const auto over = [](const Told& told) { return told.event == Event::cleared; };
  if (over(a) != over(b)) return over(b);
  if (a.alarm.severity != b.alarm.severity) return a.alarm.severity < b.alarm.severity;
  return a.step < b.step;
}

std::vector<const Told*> by_importance(std::span<const Told> told) {
  std::vector<const Told*> order;
  for (const auto& one : told) order.push_back(&one);
  std::ranges::sort(order, [](const Told* a, const Told* b) { return goes_first(*a, *b); });
  return order;
}

}  // namespace

std::string headline(const Told& told, const Letter& letter) { return Writer(letter).headline(told); }

std::string link_to(AlarmId alarm, const Letter& letter) {
  if (letter.address.empty()) return {};
  return letter.address + "/control/alarms" + (alarm ? "?alarm=" + std::to_string(alarm.value) : "");
}

Text text_of(const Told& told, const Letter& letter) {
  const Writer writer(letter);
  const Alarm& alarm = told.alarm;
  std::string body;
  line(body, writer.headline(told));
  line(body, writer.happened(told));
  if (told.event != Event::raised && told.event != Event::raised_again) {
    line(body, writer.say(Say::at_raised, {writer.when(Instant{alarm.raised})}));
  }
  line(body, writer.say(Say::clock, {writer.zone()}));
  body += "\n";
  line(body, writer.value(alarm));
  if (alarm.covers > 0) line(body, writer.say(Say::covers, {writer.count(alarm.covers)}));
  if (alarm.count > 1) line(body, writer.say(Say::count, {writer.count(alarm.count)}));
  line(body, writer.answered(alarm));
  if (!alarm.assignee.empty()) line(body, writer.say(Say::assignee, {alarm.assignee}));
  if (const auto link = link_to(alarm.id, letter); !link.empty()) body += "\n" + link + "\n";
  body += "\n" + writer.foot();
  return {writer.subject(writer.headline(told)), std::move(body)};
}

Text digest_of(std::span<const Told> told, std::uint64_t left_out, const Letter& letter) {
  const Writer writer(letter);
  const std::string counts = writer.counts(told, left_out);
  const auto order = by_importance(told);
  std::string body =
      counts + "\n" + writer.say(Say::digest_head) + "\n" + writer.say(Say::clock, {writer.zone()}) + "\n\n";
  const std::size_t shown = std::min(order.size(), kMostLines);
  for (const Told* one : std::span(order).first(shown)) line(body, writer.when(one->at) + "  " + writer.headline(*one));
  if (order.size() > shown) line(body, writer.say(Say::more, {writer.count(order.size() - shown)}));
  if (left_out > 0) line(body, writer.say(Say::left_out, {writer.count(left_out)}));
  if (const auto link = link_to({}, letter); !link.empty())
    body += "\n" + writer.say(Say::open_now) + " " + link + "\n";
  body += "\n" + writer.foot();
  return {writer.subject(counts), std::move(body)};
}

Text short_text_of(std::span<const Told> told, std::uint64_t left_out, const Letter& letter) {
  const Writer writer(letter);
  const bool one = told.size() == 1 && left_out == 0;
  Text out{.subject = one ? writer.headline(told.front()) : writer.counts(told, left_out), .body = {}};
  if (one) {
    line(out.body, writer.happened(told.front()));
    line(out.body, writer.value(told.front().alarm));
    return out;
  }
  constexpr std::size_t kFew = 3;
  const auto order = by_importance(told);
  for (const Told* each : std::span(order).first(std::min(kFew, order.size()))) line(out.body, writer.headline(*each));
  return out;
}

Text test_text(const Letter& letter) {
  const Writer writer(letter);
  std::string body = writer.say(Say::test_body) + "\n" + writer.when(letter.now) + "\n";
  if (const auto link = link_to({}, letter); !link.empty()) body += "\n" + link + "\n";
  body += "\n" + writer.foot();
  return {writer.subject(writer.say(Say::test_subject)), std::move(body)};
}

Names names_of(const registry::Registry& registry, const alarms::RuleBook& rules, registry::LocalText town) {
  Names names;
  names.thing = [&registry](ThingId id, words::Language language) {
    std::string out;
    registry.read([&](const registry::Registry::View& view) {
      const auto* thing = view.thing(id);
      if (!thing) return;
      out = thing->name.empty() ? thing->key : thing->name;
      if (const auto* zone = view.zone(thing->zone)) out += " · " + words::pick(zone->name, language);
    });
    return out.empty() ? "№" + std::to_string(id.value) : out;
  };
  names.thing_key = [&registry](ThingId id) {
    std::string out;
    registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(id)) out = thing->key;
    });
    return out;
  };
  names.rule = [&rules](std::string_view key, words::Language language) {
    const auto rule = rules.find(key);
    return rule ? words::pick(rule->name, language) : std::string(key);
  };
  names.town = [town = std::move(town)](words::Language language) { return words::pick(town, language); };
  return names;
}

}  // namespace qala::notify
