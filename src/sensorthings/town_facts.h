#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "readings/store.h"
#include "registry/registry.h"
#include "sensorthings/book.h"
#include "sensorthings/facts.h"
#include "sensorthings/spans.h"

namespace qala::sensorthings {

/// What everything here is answered from and written to. Outlives all who hold it.
struct Town {
  const registry::Registry& registry;
  const readings::ReadingStore& store;
  const Book& book;
  Spans& spans;
};

/// The town as SensorThings sees it. One per request: keeps what it has looked up. Not thread-safe.
class TownFacts final : public Facts {
 public:
  explicit TownFacts(const Town& town) : town_(town) {}

  std::optional<std::string> json(const Ref& entity, int property) const override;
  Value value(const Ref& entity, int property) const override;
  Result<> follow(const Ref& entity, int relation, const Each& each) const override;

  /// All of a kind but observations, ascending.
  std::vector<std::uint32_t> ids(Kind kind) const;
  /// The entity with this id; an empty Ref: there is none.
  Result<Ref> find(Kind kind, std::uint64_t id) const;
  std::uint32_t feature_of(const Row& row) const;
  std::uint32_t thing_of(std::uint32_t datastream) const;
  /// Of the entities but observations: ids, by ascending one.
  std::vector<std::uint32_t> related(const Ref& entity, int relation) const;
  /// Datastreams with observations of the feature; some of theirs may be of another.
  std::vector<DatastreamId> datastreams_of_feature(std::uint32_t feature) const;
  /// Reads on in time order until `each` says false.
  Result<> each_row(DatastreamId datastream, readings::Window window, bool newest_first,
                    const std::function<Result<bool>(Row&&)>& each) const;
  const Town& town() const { return town_; }

 private:
  struct Got {
    bool is_text = false;  ///< else JSON
    std::string text = {};
  };
  std::optional<Got> get(const Ref& entity, const Property& property) const;
  std::optional<Got> of_thing(std::uint32_t id, std::string_view name) const;
  std::optional<Got> of_datastream(std::uint32_t id, std::string_view name) const;
  std::optional<Got> of_sensor(std::uint32_t id, std::string_view name) const;
  std::optional<Got> of_observed_property(std::uint32_t id, std::string_view name) const;
  std::optional<Got> of_observation(const Row& row, std::string_view name) const;
  std::string observed_area(std::uint32_t datastream) const;
  void index_datastreams() const;
  const Extra& extra_of(Kind kind, std::uint32_t id) const;
  const Spans::Both& spans_of(std::uint32_t datastream) const;
  const std::vector<Geometry::Point>& points_of(std::uint32_t feature) const;

  const Town& town_;
  mutable bool indexed_ = false;
  mutable std::map<std::uint32_t, std::vector<std::uint32_t>> of_sensor_, of_property_;
  // One entity is asked for all of its properties, one after another.
  mutable std::pair<Kind, std::uint32_t> extra_whose_ = {};
  mutable Extra extra_;
  mutable std::uint32_t spans_whose_ = 0;
  mutable Spans::Both spans_;
  mutable std::map<std::uint32_t, std::vector<Geometry::Point>> points_;
};

}  // namespace qala::sensorthings
