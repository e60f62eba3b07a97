#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "registry/registry.h"
#include "sensorthings/book.h"
#include "sensorthings/facts.h"
#include "sensorthings/town_facts.h"

namespace qala::sensorthings {

/// A new observation of a draft. `row.datastream` may be one that the draft makes.
struct DraftObservation {
  Row row;
  std::uint32_t given_feature = 0;    ///< named by the client
  std::uint32_t default_feature = 0;  ///< of the place where the thing is now
};

/// Entities read from a client's JSON, checked and linked, not stored yet. Ids with registry::kNewHere are those of the
/// registry's entities that the draft makes. Writer thread.
class Draft {
 public:
  Draft(const TownFacts& facts, Book& book, Instant now) : facts_(facts), book_(book), now_(now) {}
  Draft(const TownFacts&&, Book&, Instant) = delete;  ///< it outlives none

  /// The entity from which a new one hangs: "/Things(1)/Datastreams".
  struct Parent {
    Kind kind = Kind::thing;
    std::uint32_t id = 0;  ///< 0: none
    int relation = 0;  ///< of the parent's, that leads to the new one
  };
  /// Reads an entity with everything inside of it. Its id; of observations their index.
  Result<std::uint32_t> make(Kind kind, const Json& body, const Parent& parent, int depth = 0);
  /// Sets properties of one that is there. `whole`: those that are not given go (PUT).
  Result<> change(Kind kind, std::uint32_t id, const Json& body, bool whole);
  /// Links to one that is there: a single relation changes its target, a collection gets one more.
  Result<> link(Kind kind, std::uint32_t id, int relation, std::uint32_t target);
  Result<> unlink(Kind kind, std::uint32_t id, int relation, std::uint32_t target);
  /// With all that cannot be without it. Observations of features are named in `readings`.
  Result<> remove(Kind kind, std::uint32_t id);

  /// The id in `{"@iot.id":1}`: of an entity that is there. nullopt: it is not a link.
  Result<std::optional<std::uint64_t>> linked(const Json& body, Kind kind) const;
  Result<Row> row_of_body(const Json& body, const Row& before, bool whole) const;
  Result<std::uint32_t> default_feature(std::uint32_t thing);

  registry::Changes changes = {};
  registry::Removals removals = {};
  Edits edits = {};
  std::vector<DraftObservation> observations = {};
  std::vector<std::pair<Kind, std::uint32_t>> made = {};  ///< entities of the book that are new

 private:
  struct Links;
  Result<std::uint32_t> target(const Json& value, Kind kind, int depth);
  Result<std::vector<std::uint32_t>> targets(const Json* value, Kind kind, int depth);
  Result<std::uint32_t> single(const Json& body, std::string_view name, Kind kind, const Parent& parent, Kind owner,
                               int depth);
  Result<> children(const Json& body, Kind kind, std::uint32_t id, std::string_view relation, int depth);

  Result<std::uint32_t> make_thing(const Json& body, const Parent& parent, int depth);
  Result<std::uint32_t> make_location(const Json& body, const Parent& parent, int depth);
  Result<std::uint32_t> make_historical(const Json& body, const Parent& parent, int depth);
  Result<std::uint32_t> make_datastream(const Json& body, const Parent& parent, int depth);
  Result<std::uint32_t> make_sensor(const Json& body, int depth);
  Result<std::uint32_t> make_property(const Json& body, int depth);
  Result<std::uint32_t> make_feature(const Json& body, int depth);
  Result<std::uint32_t> make_observation(const Json& body, const Parent& parent, int depth);

  Result<> fill(registry::Thing& thing, const Json& body, bool whole) const;
  Result<> fill(registry::Datastream& stream, Extra& extra, const Json& body, bool whole) const;
  Result<> fill(registry::Sensor& sensor, Extra& extra, const Json& body, bool whole) const;
  Result<> fill(registry::ObservedProperty& property, Extra& extra, const Json& body, bool whole) const;
  Result<> fill(Location& location, const Json& body, bool whole) const;
  Result<> fill(Feature& feature, const Json& body, bool whole) const;

  /// The thing is there now; remembers it as history.
  void keep_features(std::uint32_t historical);
  std::uint32_t new_id(Kind kind);
  void move(std::uint32_t thing, std::vector<std::uint32_t> locations, std::optional<std::int64_t> time);
  std::optional<Location> location(std::uint32_t id) const;
  std::vector<std::uint32_t> places_of(std::uint32_t thing) const;
  void point_of(std::uint32_t thing, const std::vector<std::uint32_t>& locations);
  registry::Thing* thing_in_draft(std::uint32_t id);
  std::uint32_t thing_of(std::uint32_t datastream) const;
  std::string free_key(std::string_view name, const std::function<bool(const std::string&)>& taken) const;

  const TownFacts& facts_;
  Book& book_;
  Instant now_;
};

}  // namespace qala::sensorthings
