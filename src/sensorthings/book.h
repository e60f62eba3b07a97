#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/sqlite.h"
#include "sensorthings/kinds.h"

namespace qala::sensorthings {

/// Texts are JSON as sent, but for names; empty `properties`: none.
struct Location {
  std::uint32_t id = 0;
  std::string name = {}, description = {}, encoding = {}, location = {}, properties = {};
  std::uint32_t mirrors = 0;  ///< the thing whose point in the registry this is; 0: a client made it
  std::uint32_t feature = 0;  ///< made from it, for observations that name none
};
struct Historical {
  std::uint32_t id = 0;
  std::int64_t time = 0;
  std::uint32_t thing = 0;
  std::vector<std::uint32_t> locations = {};
};
struct Feature {
  std::uint32_t id = 0;
  std::string name = {}, description = {}, encoding = {}, feature = {}, properties = {};
};
/// What the registry has no field for: property names to JSON.
using Extra = std::map<std::string, std::string>;

/// An observation that was changed: it lies elsewhere than its id says.
struct Moved {
  std::uint64_t id = 0;
  std::uint32_t datastream = 0;
  std::int64_t key = 0;
};

/// Where a thing was, of history that has been removed.
struct Kept {
  std::uint32_t thing = 0;
  std::int64_t time = 0;
  std::uint32_t feature = 0;
};

/// A change of the book, done whole or not at all. Entities replace what has their id.
struct Edits {
  std::vector<Location> locations = {};
  std::vector<Historical> historical = {};
  std::vector<Feature> features = {};
  std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> places = {};  ///< thing: all its locations now
  std::vector<std::pair<std::pair<Kind, std::uint32_t>, Extra>> extras = {};      ///< an empty one: gone
  std::vector<std::pair<Kind, std::uint32_t>> gone = {};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> seen_by = {};  ///< feature, datastream
  std::vector<std::uint32_t> detailed = {};  ///< datastreams with result times or intervals from now on
  std::vector<Moved> moved = {};
  std::vector<Kept> kept = {};
  bool empty() const;
};

/// Locations, HistoricalLocations, FeaturesOfInterest and what SensorThings says of the registry's entities beyond the
/// registry: all in memory, all in town.db. Changes on the writer thread, reading from any thread under a shared lock.
/// write() belongs into a transaction of the caller, apply() behind its commit.
class Book {
 public:
  static Result<std::unique_ptr<Book>> open(sqlite::Database& db);

  Result<> write(const Edits& edits);
  void apply(const Edits& edits);
  /// Both in a transaction of its own.
  Result<> change(const Edits& edits);
  /// Ids are never used twice.
  std::uint32_t next_id(Kind kind);

  // Any thread. Copies.
  std::optional<Location> location(std::uint32_t id) const;
  std::optional<Historical> historical(std::uint32_t id) const;
  std::optional<Feature> feature(std::uint32_t id) const;
  Extra extra(Kind kind, std::uint32_t id) const;
  std::vector<std::uint32_t> ids(Kind kind) const;
  std::vector<std::uint32_t> locations_of(std::uint32_t thing) const;
  std::vector<std::uint32_t> things_at(std::uint32_t location) const;
  std::vector<std::uint32_t> historical_of(std::uint32_t thing) const;     ///< by ascending id
  std::vector<std::uint32_t> historical_at(std::uint32_t location) const;  ///< by ascending id
  std::set<std::uint32_t> datastreams_seeing(std::uint32_t feature) const;
  std::set<std::uint32_t> features_seen_by(std::uint32_t datastream) const;
  /// Where things were when, for the feature of an observation that names none.
  std::uint32_t feature_at(std::uint32_t thing, std::int64_t time) const;
  std::vector<std::uint32_t> things_with_feature(std::uint32_t feature) const;
  bool is_detailed(std::uint32_t datastream) const;
  std::optional<Moved> moved(std::uint64_t id) const;
  std::uint64_t moved_to(std::uint32_t datastream, std::int64_t key) const;  ///< 0: nothing moved there
  bool any_moved() const { return any_moved_; }
  std::vector<Moved> all_moved() const;

 private:
  explicit Book(sqlite::Database& db) : db_(db) {}
  Result<> load();
  void forget(Kind kind, std::uint32_t id);
  void put_historical(const Historical& historical);
  void set_places(std::uint32_t thing, const std::vector<std::uint32_t>& locations);

  sqlite::Database& db_;
  mutable std::shared_mutex lock_;
  std::map<std::uint32_t, Location> locations_;
  std::map<std::uint32_t, Historical> historical_;
  std::map<std::uint32_t, Feature> features_;
  std::map<std::pair<Kind, std::uint32_t>, Extra> extras_;
  std::map<std::uint32_t, std::set<std::uint32_t>> locations_of_, things_at_, historical_of_, historical_at_;
  std::map<std::uint32_t, std::set<std::uint32_t>> seeing_, seen_;
  std::map<std::uint32_t, std::vector<Kept>> kept_;  ///< by thing
  std::set<std::uint32_t> detailed_;
  std::atomic<bool> any_moved_ = false;
  std::map<std::uint64_t, Moved> moved_;
  std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t> moved_to_;
  std::uint32_t last_location_ = 0, last_historical_ = 0, last_feature_ = 0;
};

}  // namespace qala::sensorthings
