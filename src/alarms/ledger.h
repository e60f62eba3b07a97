#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "alarms/board.h"
#include "alarms/model.h"

namespace qala::alarms {

/// What an alarm is about: a thing as a whole or one of its datastreams, and the number of a rule. What an exercise
/// raises is about something else than what readings raise: neither hides the other.
struct AlarmKey {
  ThingId thing;            ///< none, if datastream says it
  DatastreamId datastream;
  std::uint32_t rule = 0;
  bool exercise = false;
  friend bool operator==(const AlarmKey&, const AlarmKey&) = default;
};
struct AlarmKeyHash {
  std::size_t operator()(const AlarmKey& key) const noexcept {
    std::uint64_t mixed = (std::uint64_t{key.thing.value} << 32 | key.datastream.value) ^
                          std::uint64_t{key.rule} << 20 ^ std::uint64_t{key.exercise};
    mixed *= 0x9e3779b97f4a7c15;
    return mixed ^ mixed >> 29;
  }
};
inline AlarmKey stream_key(DatastreamId datastream, std::uint32_t rule) { return {ThingId(), datastream, rule}; }
inline AlarmKey thing_key(ThingId thing, std::uint32_t rule) { return {thing, DatastreamId(), rule}; }

/// What the journal has to write.
struct Unsaved {
  std::map<AlarmId, std::shared_ptr<const Alarm>> alarms;
  std::vector<Step> steps;
  std::size_t size() const { return alarms.size() + steps.size(); }
};

/// The open alarms. Each change makes a new value of the alarm, so snapshots stay as they were; what has changed is
/// remembered twice: for the journal (until saved) and for listeners (until taken). An alarm that is no longer open
/// leaves. Writer thread only. References hold until the next change.
class Ledger {
 public:
  explicit Ledger(std::uint64_t next_id = 1) : next_id_(next_id) {}

  const Alarm* get(AlarmId id) const;
  const Alarm* find(const AlarmKey& key) const;
  /// Open alarms of a thing, its datastreams' included.
  std::vector<AlarmId> on_thing(ThingId thing) const;
  std::vector<AlarmId> all() const;
  /// Open alarms attached to `cause` (which may have left already).
  std::vector<AlarmId> attached_to(AlarmId cause) const;
  /// How many different things they are of, `but` not counted.
  std::size_t things_attached_to(AlarmId cause, ThingId but) const;
  std::uint32_t rule_of(AlarmId id) const { return entries_.at(id).key.rule; }

  /// A new alarm; gives it the next id.
  AlarmId add(const AlarmKey& key, Alarm alarm);
  /// From the journal: is not a change.
  void restore(const AlarmKey& key, Alarm alarm);
  template <class Change>
  void edit(AlarmId id, Change change) {
    Alarm alarm = *entries_.at(id).alarm;
    change(alarm);
    replace(id, std::move(alarm));
  }
  void replace(AlarmId id, Alarm alarm);
  /// Takes back a replace() that could not be made durable.
  void take_back(const AlarmKey& key, std::shared_ptr<const Alarm> before);
  std::pair<AlarmKey, std::shared_ptr<const Alarm>> entry(AlarmId id) const;

  std::uint64_t next_id() const { return next_id_; }
  std::size_t size() const { return entries_.size(); }
  bool has_changes() const { return !changed_.empty(); }
  /// What listeners are to be told, by id: attached alarms only if they were seen on their own before.
  std::vector<Alarm> take_changed();
  /// A line for the history, to be written with the alarms. For comments there are none: they are kept by themselves.
  void note(Step step);
  /// Whether the raises noted since the last call came to the tray: known once causes are found.
  void settle_notes();
  const Unsaved& unsaved() const { return unsaved_; }
  Unsaved take_unsaved() { return settled_ = 0, std::exchange(unsaved_, {}); }
  void saved() { take_unsaved(); }
  /// Forgets the notes from `count` on: what they tell of could not be made durable.
  void take_back_notes(std::size_t count) { unsaved_.steps.resize(std::min(count, unsaved_.steps.size())); }
  std::shared_ptr<const Snapshot> snapshot() const;

 private:
  struct Entry {
    AlarmKey key;
    std::shared_ptr<const Alarm> alarm;
  };
  struct Family {
    std::unordered_set<AlarmId> members;
    std::unordered_map<ThingId, std::uint32_t> things;  ///< with how many members each
  };
  void link(AlarmId id, const Entry& entry);
  void unlink(AlarmId id, const Entry& entry);

  std::unordered_map<AlarmId, Entry> entries_;
  std::unordered_map<AlarmKey, AlarmId, AlarmKeyHash> by_key_;
  std::unordered_map<ThingId, std::vector<AlarmId>> by_thing_;
  std::unordered_map<AlarmId, Family> families_;  ///< by cause
  std::map<AlarmId, std::shared_ptr<const Alarm>> changed_;
  Unsaved unsaved_;
  std::size_t settled_ = 0;  ///< so many of the unsaved steps
  std::unordered_set<AlarmId> shown_;
  std::uint64_t next_id_;
};

}  // namespace qala::alarms
