#include "alarms/ledger.h"

#include <algorithm>

namespace qala::alarms {

const Alarm* Ledger::get(AlarmId id) const {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : at->second.alarm.get();
}

const Alarm* Ledger::find(const AlarmKey& key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : get(at->second);
}

std::vector<AlarmId> Ledger::on_thing(ThingId thing) const {
  const auto at = by_thing_.find(thing);
  return at == by_thing_.end() ? std::vector<AlarmId>() : at->second;
}

std::vector<AlarmId> Ledger::all() const {
  std::vector<AlarmId> ids;
  ids.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

std::vector<AlarmId> Ledger::attached_to(AlarmId cause) const {
  const auto at = families_.find(cause);
  if (at == families_.end()) return {};
  std::vector<AlarmId> ids(at->second.members.begin(), at->second.members.end());
  std::ranges::sort(ids);
  return ids;
}

std::size_t Ledger::things_attached_to(AlarmId cause, ThingId but) const {
  const auto at = families_.find(cause);
  if (at == families_.end()) return 0;
  return at->second.things.size() - (at->second.things.contains(but) ? 1 : 0);
}

void Ledger::link(AlarmId id, const Entry& entry) {
  by_key_[entry.key] = id;
  by_thing_[entry.alarm->thing].push_back(id);
  if (!entry.alarm->cause) return;
  Family& family = families_[entry.alarm->cause];
  family.members.insert(id);
  family.things[entry.alarm->thing]++;
}

void Ledger::unlink(AlarmId id, const Entry& entry) {
  by_key_.erase(entry.key);
  const auto at = by_thing_.find(entry.alarm->thing);
  std::erase(at->second, id);
  if (at->second.empty()) by_thing_.erase(at);
  const auto family = families_.find(entry.alarm->cause);
  if (!entry.alarm->cause || family == families_.end()) return;
  family->second.members.erase(id);
  if (--family->second.things[entry.alarm->thing] == 0) family->second.things.erase(entry.alarm->thing);
  if (family->second.members.empty()) families_.erase(family);
}

AlarmId Ledger::add(const AlarmKey& key, Alarm alarm) {
  const AlarmId id(next_id_++);
  alarm.id = id;
  restore(key, std::move(alarm));
  shown_.erase(id);
  changed_[id] = unsaved_.alarms[id] = entries_.at(id).alarm;
  return id;
}

void Ledger::restore(const AlarmKey& key, Alarm alarm) {
  const AlarmId id = alarm.id;
  if (!alarm.cause) shown_.insert(id);
  const auto [at, fresh] = entries_.try_emplace(id, Entry{key, std::make_shared<const Alarm>(std::move(alarm))});
  link(id, at->second);
}

void Ledger::replace(AlarmId id, Alarm alarm) {
  Entry& entry = entries_.at(id);
  unlink(id, entry);
  entry.alarm = std::make_shared<const Alarm>(std::move(alarm));
  changed_[id] = unsaved_.alarms[id] = entry.alarm;
  if (entry.alarm->is_open()) link(id, entry);
  else entries_.erase(id);
}

void Ledger::take_back(const AlarmKey& key, std::shared_ptr<const Alarm> before) {
  const AlarmId id = before->id;
  if (const auto at = entries_.find(id); at != entries_.end()) {
    unlink(id, at->second);
    entries_.erase(at);
  }
  changed_[id] = unsaved_.alarms[id] = before;
  link(id, entries_.try_emplace(id, Entry{key, std::move(before)}).first->second);
}

std::pair<AlarmKey, std::shared_ptr<const Alarm>> Ledger::entry(AlarmId id) const {
  const Entry& entry = entries_.at(id);
  return {entry.key, entry.alarm};
}

std::vector<Alarm> Ledger::take_changed() {
  std::vector<Alarm> told;
  told.reserve(changed_.size());
  for (const auto& [id, alarm] : changed_) {
    const bool on_its_own = !alarm->cause;
    if (on_its_own || shown_.contains(id)) told.push_back(*alarm);
    if (on_its_own && alarm->is_open()) shown_.insert(id);
    else shown_.erase(id);
  }
  changed_.clear();
  return told;
}

void Ledger::note(Step step) { unsaved_.steps.push_back(std::move(step)); }

void Ledger::settle_notes() {
  for (; settled_ < unsaved_.steps.size(); settled_++) {
    Step& step = unsaved_.steps[settled_];
    if (step.kind != StepKind::raised && step.kind != StepKind::raised_again) continue;
    const Alarm* alarm = get(step.alarm);
    step.shown = alarm && alarm->in_tray();
  }
}

namespace {

void count(const Alarm& alarm, Snapshot& snapshot) {
  if (alarm.in_tray()) {
    const auto severity = static_cast<std::size_t>(alarm.severity);
    snapshot.counts[severity]++;
    if (alarm.exercise != 0) snapshot.exercise[severity]++;
  } else if (alarm.cause) return;
  else if (alarm.out_of_service) snapshot.aside.out_of_service++;
  else snapshot.aside.shelved++;
}

}  // namespace

std::shared_ptr<const Snapshot> Ledger::snapshot() const {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->open.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    snapshot->open.push_back(entry.alarm);
    count(*entry.alarm, *snapshot);
  }
  return snapshot;
}

}  // namespace qala::alarms
