#include "alarms/performance.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

namespace qala::alarms {

namespace {

constexpr std::int64_t kTenMinutes = 10 * Instant::kMinute;
constexpr std::uint64_t kFloodBegins = 10, kFloodEnds = 5;
constexpr std::size_t kChatter = 3;
constexpr std::size_t kWorst = 10, kMostListed = 100;

using BySource = std::map<Performance::Source, std::vector<const Raise*>>;

void put_rates(std::span<const Raise> raises, Performance& out) {
  const auto intervals = static_cast<std::uint64_t>((out.to - out.from + kTenMinutes - 1) / kTenMinutes);
  if (intervals == 0) return;
  std::map<std::int64_t, std::uint64_t> busy;
  for (const Raise& raise : raises) busy[(raise.at - out.from) / kTenMinutes]++;
  std::map<std::uint64_t, std::uint64_t> distribution;
  std::uint64_t over = 0;
  for (const auto& [interval, count] : busy) {
    const std::uint64_t each = (count + out.operators - 1) / out.operators;
    distribution[each]++;
    over += count > kFloodBegins * out.operators;
    if (each > out.peak) out.peak = each, out.peak_at = out.from + interval * kTenMinutes;
  }
  if (intervals > busy.size()) distribution[0] = intervals - busy.size();
  for (const auto& [alarms, times] : distribution) out.distribution.push_back({alarms, times});
  out.mean = static_cast<double>(raises.size()) / static_cast<double>(intervals * out.operators);
  out.over_10_percent = 100 * static_cast<double>(over) / static_cast<double>(intervals);
}

/// A window of ten minutes slides from raise to raise.
void put_floods(std::span<const Raise> raises, Performance& out) {
  std::deque<std::int64_t> window;
  std::optional<Performance::Flood> flood;
  const auto leave_until = [&](std::int64_t at) {
    while (!window.empty() && window.front() <= at - kTenMinutes) {
      const std::int64_t gone = window.front() + kTenMinutes;
      window.pop_front();
      if (!flood || window.size() >= kFloodEnds * out.operators) continue;
      flood->to = std::min(gone, out.to);
      out.floods.push_back(*flood);
      flood.reset();
    }
  };
  for (const Raise& raise : raises) {
    leave_until(raise.at);
    window.push_back(raise.at);
    if (flood) flood->count++;
    else if (window.size() > kFloodBegins * out.operators) flood = {window.front(), 0, window.size(), 0};
    if (flood) flood->peak = std::max<std::uint64_t>(flood->peak, window.size());
  }
  leave_until(out.to);
  if (flood) flood->to = out.to, out.floods.push_back(*flood);
}

std::optional<Performance::Chatter> chatter_of(const Performance::Source& source,
                                               std::span<const Raise* const> raises) {
  Performance::Chatter chatter{source, raises.size(), 0, 0};
  for (std::size_t first = 0, last = 0; last < raises.size(); last++) {
    while (raises[last]->at - raises[first]->at >= Instant::kMinute) first++;
    if (last - first + 1 > chatter.worst_minute) {
      chatter.worst_minute = last - first + 1;
      chatter.worst_at = raises[first]->at;
    }
  }
  if (chatter.worst_minute < kChatter) return std::nullopt;
  return chatter;
}

/// How many of these raises lasted for at least so long.
std::uint64_t lasting(std::span<const Raise* const> raises, std::int64_t seconds) {
  return static_cast<std::uint64_t>(std::ranges::count_if(raises, [&](const Raise* raise) {
    return raise->cleared == 0 || raise->cleared - raise->at >= seconds * Instant::kSecond;
  }));
}

/// How many would remain if a raise needed the source to have been quiet (cleared) for so long before: what a wider
/// hysteresis does to a value that swings about its limit.
std::uint64_t apart(std::span<const Raise* const> raises, std::int64_t gap) {
  std::uint64_t remain = 0;
  std::int64_t quiet_since = INT64_MIN;
  for (const Raise* raise : raises) {
    if (quiet_since == INT64_MIN || raise->at - quiet_since >= gap) remain++;
    quiet_since = raise->cleared == 0 ? raise->at : raise->cleared;
  }
  return remain;
}

std::optional<Performance::Suggestion> delay_for(const Performance::Chatter& chatter,
                                                 std::span<const Raise* const> raises, const Rule& rule) {
  for (const std::int64_t seconds : {10, 30, 60, 120, 300, 600, 900, 1800}) {
    if (seconds <= rule.for_s) continue;
    const std::uint64_t remain = lasting(raises, seconds);
    if (remain * 5 > raises.size()) continue;  // four fifths are to go
    return Performance::Suggestion{
        chatter.source, "for_s", static_cast<double>(rule.for_s), static_cast<double>(seconds), raises.size(), remain};
  }
  return std::nullopt;
}

/// As far from the limit as nine in ten of its raises went beyond it: what swings by so much swings back by so much.
std::optional<Performance::Suggestion> hysteresis_for(const Performance::Chatter& chatter,
                                                      std::span<const Raise* const> raises, const Rule& rule) {
  if (rule.comparison != Comparison::above && rule.comparison != Comparison::below) return std::nullopt;
  std::vector<double> beyond;
  for (const Raise* raise : raises) {
    if (!std::isnan(raise->value)) beyond.push_back(std::abs(raise->value - rule.limit));
  }
  if (beyond.empty()) return std::nullopt;
  std::ranges::sort(beyond);
  const double swing = 2 * beyond[(beyond.size() - 1) * 9 / 10];
  const double wider = std::max(swing, 2 * std::abs(rule.limit - rule.clear));
  const double clear = rule.comparison == Comparison::above ? rule.limit - wider : rule.limit + wider;
  if (wider == 0 || clear == rule.clear) return std::nullopt;
  return Performance::Suggestion{chatter.source, "clear",       rule.clear,
                                 clear,          raises.size(), apart(raises, Instant::kMinute)};
}

void put_chatter(const BySource& sources, const std::vector<Rule>& rules, Performance& out) {
  for (const auto& [source, raises] : sources) {
    if (auto chatter = chatter_of(source, raises)) out.chattering.push_back(std::move(*chatter));
  }
  std::ranges::sort(out.chattering, std::greater(), &Performance::Chatter::raises);
  if (out.chattering.size() > kMostListed) out.chattering.resize(kMostListed);
  for (const auto& chatter : out.chattering) {
    const auto rule = std::ranges::find(rules, chatter.source.rule, &Rule::key);
    if (rule == rules.end()) continue;
    const auto& raises = sources.at(chatter.source);
    auto suggestion = delay_for(chatter, raises, *rule);
    if (!suggestion) suggestion = hysteresis_for(chatter, raises, *rule);
    if (suggestion) out.suggestions.push_back(std::move(*suggestion));
  }
}

void put_worst(std::span<const Raise> raises, Performance& out) {
  std::map<std::pair<std::string, ThingId>, std::uint64_t> counts;
  for (const Raise& raise : raises) counts[{raise.source.rule, raise.source.thing}]++;
  for (const auto& [key, count] : counts) out.worst.push_back({key.first, key.second, count});
  std::ranges::sort(out.worst, [](const auto& a, const auto& b) { return a.count > b.count; });
  if (out.worst.size() > kWorst) out.worst.resize(kWorst);
}

void put_acknowledged(std::span<const Raise> raises, Performance& out) {
  std::vector<double> waits;
  for (const Raise& raise : raises) {
    if (raise.acknowledged == 0) out.waiting++;
    else waits.push_back(static_cast<double>(std::max<std::int64_t>(0, raise.acknowledged - raise.at)) / 1e9);
  }
  out.acknowledged = waits.size();
  if (waits.empty()) return;
  std::ranges::sort(waits);
  out.median_s = waits[(waits.size() - 1) / 2];
  out.p90_s = waits[(waits.size() - 1) * 9 / 10];
}

}  // namespace

Performance measure(std::span<const Raise> raises, std::int64_t from, std::int64_t to, std::uint64_t operators,
                    const std::vector<Rule>& rules) {
  Performance out;
  out.from = from;
  out.to = to;
  out.operators = std::max<std::uint64_t>(operators, 1);
  out.alarms = raises.size();
  BySource sources;
  for (const Raise& raise : raises) {
    sources[raise.source].push_back(&raise);
    out.by_severity[static_cast<std::size_t>(raise.severity)]++;
  }
  put_rates(raises, out);
  put_floods(raises, out);
  put_chatter(sources, rules, out);
  put_worst(raises, out);
  put_acknowledged(raises, out);
  return out;
}

}  // namespace qala::alarms
