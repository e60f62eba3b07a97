#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "alarms/board.h"
#include "alarms/rules.h"
#include "ngsi/entity.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::ngsi {

/// What entities are made of. Outlives all who hold it.
struct Town {
  const registry::Registry& registry;
  const readings::ReadingStore& store;
  const alarms::AlarmBoard& board;
  const alarms::RuleBook& rules;
  const Clock& clock;
  std::string name;  ///< dataProvider
};

/// Things of the models asked for, by model and then id, without readings. The registry is locked once.
std::vector<Sketch> sketches(const Town& town, std::span<const Model* const> models);
/// Of one thing; nothing: there is no such thing, or it is not of the model.
std::optional<Sketch> sketch(const Town& town, const Model& model, std::string_view key);

/// Why a thing is not told as an entity just now, or the entity.
struct Made {
  std::optional<Entity> entity = {};
  std::int64_t heard = 0;  ///< UTC ns of its newest reading, 0: none
};
/// The sketches with what is measured now: one question to the store, whatever their number. Suspect and old readings
/// are left out; an observation without any, and a lamp that was never heard of, is not made.
std::vector<Made> make(const Town& town, std::span<const Sketch> sketches);

}  // namespace qala::ngsi
