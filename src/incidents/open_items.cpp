#include "incidents/open_items.h"

#include <algorithm>

#include <sodium.h>

#include "audit/chain.h"
#include "base/hex.h"

namespace qala::incidents {

using alarms::Alarm;

namespace {

/// Names each list of alarms; the order is that of the book.
template <class Items, class Each>
void each_list(Items& items, Each each) {
  each("unacknowledged", items.unacknowledged);
  each("acknowledged", items.acknowledged);
  each("shelved", items.shelved);
  each("out_of_service", items.out_of_service);
  each("silent", items.silent);
  each("explained", items.explained);
}

std::vector<Alarm>& list_for(const Alarm& alarm, OpenItems& items) {
  if (alarm.out_of_service) return items.out_of_service;
  if (alarm.shelved) return items.shelved;
  if (alarm.comparison == alarms::Comparison::silent) return items.silent;
  if (alarm.cause) return items.explained;
  return alarm.handling == alarms::Handling::acknowledged ? items.acknowledged : items.unacknowledged;
}

bool comes_before(const Alarm& a, const Alarm& b) {
  if (a.severity != b.severity) return a.severity < b.severity;
  if (a.raised != b.raised) return a.raised > b.raised;
  return a.id < b.id;
}

/// No field can run into the next one.
void add_field(std::string& text, std::string_view field) {
  text += std::to_string(field.size());
  text += ':';
  text += field;
}

}  // namespace

std::size_t OpenItems::count() const {
  std::size_t sum = not_heeded.size() + problems.size();
  each_list(*this, [&](std::string_view, const std::vector<Alarm>& list) { sum += list.size(); });
  return sum;
}

std::string OpenItems::digest() const {
  std::vector<std::string> lines;
  each_list(*this, [&](std::string_view name, const std::vector<Alarm>& list) {
    for (const Alarm& alarm : list) {
      std::string line;
      add_field(line, name);
      add_field(line, std::to_string(alarm.id.value));
      add_field(line, std::to_string(static_cast<int>(alarm.severity)));
      add_field(line, alarms::name_of(alarm.handling));
      lines.push_back(std::move(line));
    }
  });
  for (const auto& pair : not_heeded) {
    std::string line;
    add_field(line, "not_heeded");
    add_field(line, pair.rule);
    add_field(line, std::to_string(pair.thing.value));
    lines.push_back(std::move(line));
  }
  for (const auto& problem : problems) {
    std::string line;
    add_field(line, "problem");
    add_field(line, problem.code);
    lines.push_back(std::move(line));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) add_field(text, line);
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return to_hex(std::as_bytes(std::span(hash)));
}

OpenItems open_items(const alarms::Snapshot& snapshot, const std::vector<alarms::OutOfService>& not_heeded,
                     std::vector<SystemProblem> problems, Instant now) {
  OpenItems items{.at = now, .not_heeded = not_heeded, .problems = std::move(problems)};
  for (const auto& alarm : snapshot.open) list_for(*alarm, items).push_back(*alarm);
  each_list(items, [](std::string_view, std::vector<Alarm>& list) { std::ranges::sort(list, comes_before); });
  return items;
}

}  // namespace qala::incidents
