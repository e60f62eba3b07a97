#include "sensorthings/book.h"

#include <algorithm>
#include <mutex>

#include "base/schema.h"
#include "sensorthings/schema.h"

namespace qala::sensorthings {

namespace {

std::string_view table_name(Kind kind) {
  switch (kind) {
    case Kind::thing: return "thing";
    case Kind::datastream: return "datastream";
    case Kind::sensor: return "sensor";
    case Kind::observed_property: return "observed_property";
    case Kind::location: return "location";
    case Kind::historical_location: return "historical_location";
    case Kind::feature: return "feature_of_interest";
    default: return "";
  }
}

std::uint32_t number(const sqlite::Statement& row, int column) {
  return static_cast<std::uint32_t>(row.integer(column));
}

/// Runs a statement with numbers and texts bound in order.
template <class... Values>
Result<> run(sqlite::Database& db, std::string_view sql, const Values&... values) {
  TRY(auto statement, db.prepare(sql));
  int at = 0;
  const auto bind = [&](const auto& value) {
    if constexpr (std::is_convertible_v<decltype(value), std::string_view>)
      statement.bind(++at, std::string_view(value));
    else statement.bind(++at, static_cast<std::int64_t>(value));
  };
  (bind(values), ...);
  return statement.run();
}

template <class Each>
Result<> each_row(sqlite::Database& db, std::string_view sql, const Each& each) {
  TRY(auto statement, db.prepare(sql));
  for (;;) {
    TRY(const bool any, statement.step());
    if (!any) return {};
    each(statement);
  }
}

std::vector<std::uint32_t> as_vector(const std::map<std::uint32_t, std::set<std::uint32_t>>& all, std::uint32_t id) {
  const auto at = all.find(id);
  if (at == all.end()) return {};
  return {at->second.begin(), at->second.end()};
}

template <class T>
std::optional<T> copy_of(const std::map<std::uint32_t, T>& all, std::uint32_t id) {
  const auto at = all.find(id);
  if (at == all.end()) return std::nullopt;
  return at->second;
}

void unlink(std::map<std::uint32_t, std::set<std::uint32_t>>& all, std::uint32_t id, std::uint32_t member) {
  const auto at = all.find(id);
  if (at == all.end()) return;
  at->second.erase(member);
  if (at->second.empty()) all.erase(at);
}

}  // namespace

bool Edits::empty() const {
  return locations.empty() && historical.empty() && features.empty() && places.empty() && extras.empty() &&
         gone.empty() && seen_by.empty() && detailed.empty() && moved.empty() && kept.empty();
}

Result<std::unique_ptr<Book>> Book::open(sqlite::Database& db) {
  TRY_VOID(sqlite::upgrade_room(db, "sensorthings", kSchemaSteps));
  std::unique_ptr<Book> book(new Book(db));
  TRY_VOID(book->load());
  return book;
}

Result<> Book::load() {
  TRY_VOID(each_row(db_, "SELECT id, name, description, encoding, location, properties, mirrors, feature FROM location",
                    [&](const sqlite::Statement& row) {
                      locations_[number(row, 0)] = {number(row, 0), row.text(1), row.text(2),    row.text(3),
                                                    row.text(4),    row.text(5), number(row, 6), number(row, 7)};
                    }));
  TRY_VOID(each_row(db_, "SELECT id, name, description, encoding, feature, properties FROM feature_of_interest",
                    [&](const sqlite::Statement& row) {
                      features_[number(row, 0)] = {number(row, 0), row.text(1), row.text(2),
                                                   row.text(3),    row.text(4), row.text(5)};
                    }));
  TRY_VOID(each_row(db_, "SELECT thing, location FROM thing_location", [&](const sqlite::Statement& row) {
    locations_of_[number(row, 0)].insert(number(row, 1));
    things_at_[number(row, 1)].insert(number(row, 0));
  }));
  TRY_VOID(each_row(db_, "SELECT id, thing, time FROM historical_location", [&](const sqlite::Statement& row) {
    historical_[number(row, 0)] = {.id = number(row, 0), .time = row.integer(2), .thing = number(row, 1)};
    historical_of_[number(row, 1)].insert(number(row, 0));
  }));
  TRY_VOID(
      each_row(db_, "SELECT historical, location FROM historical_location_location", [&](const sqlite::Statement& row) {
        historical_[number(row, 0)].locations.push_back(number(row, 1));
        historical_at_[number(row, 1)].insert(number(row, 0));
      }));
  TRY_VOID(each_row(db_, "SELECT feature, datastream FROM feature_datastream", [&](const sqlite::Statement& row) {
    seeing_[number(row, 0)].insert(number(row, 1));
    seen_[number(row, 1)].insert(number(row, 0));
  }));
  TRY_VOID(each_row(db_, "SELECT entity, id, name, value FROM sensorthings_extra", [&](const sqlite::Statement& row) {
    for (const KindInfo& kind : kinds())
      if (table_name(kind.kind) == row.text(0)) extras_[{kind.kind, number(row, 1)}][row.text(2)] = row.text(3);
  }));
  TRY_VOID(each_row(db_, "SELECT thing, time, feature FROM thing_feature", [&](const sqlite::Statement& row) {
    kept_[number(row, 0)].push_back({number(row, 0), row.integer(1), number(row, 2)});
  }));
  TRY_VOID(each_row(db_, "SELECT datastream FROM datastream_detailed",
                    [&](const sqlite::Statement& row) { detailed_.insert(number(row, 0)); }));
  TRY_VOID(each_row(db_, "SELECT id, datastream, key FROM observation_moved", [&](const sqlite::Statement& row) {
    const Moved moved{static_cast<std::uint64_t>(row.integer(0)), number(row, 1), row.integer(2)};
    moved_[moved.id] = moved;
    moved_to_[{moved.datastream, moved.key}] = moved.id;
    any_moved_ = true;
  }));
  return each_row(db_, "SELECT name, seq FROM sqlite_sequence", [&](const sqlite::Statement& row) {
    const std::string name = row.text(0);
    if (name == "location") last_location_ = number(row, 1);
    if (name == "historical_location") last_historical_ = number(row, 1);
    if (name == "feature_of_interest") last_feature_ = number(row, 1);
  });
}

std::uint32_t Book::next_id(Kind kind) {
  const std::unique_lock guard(lock_);
  return kind == Kind::location              ? ++last_location_
         : kind == Kind::historical_location ? ++last_historical_
                                             : ++last_feature_;
}

Result<> Book::write(const Edits& edits) {
  for (const Location& l : edits.locations) {
    TRY_VOID(
        run(db_,
            "INSERT INTO location (id, name, description, encoding, location, properties, mirrors, feature) VALUES "
            "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET name=?2, description=?3, encoding=?4, "
            "location=?5, properties=?6, mirrors=?7, feature=?8",
            l.id, l.name, l.description, l.encoding, l.location, l.properties, l.mirrors, l.feature));
  }
  for (const Historical& h : edits.historical) {
    TRY_VOID(run(db_,
                 "INSERT INTO historical_location (id, thing, time) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET "
                 "thing=?2, time=?3",
                 h.id, h.thing, h.time));
    TRY_VOID(run(db_, "DELETE FROM historical_location_location WHERE historical=?", h.id));
    for (const std::uint32_t location : h.locations)
      TRY_VOID(run(db_, "INSERT OR IGNORE INTO historical_location_location VALUES (?, ?)", h.id, location));
  }
  for (const Feature& f : edits.features) {
    TRY_VOID(run(db_,
                 "INSERT INTO feature_of_interest (id, name, description, encoding, feature, properties) VALUES (?1, "
                 "?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET name=?2, description=?3, encoding=?4, feature=?5, "
                 "properties=?6",
                 f.id, f.name, f.description, f.encoding, f.feature, f.properties));
  }
  for (const auto& [thing, locations] : edits.places) {
    TRY_VOID(run(db_, "DELETE FROM thing_location WHERE thing=?", thing));
    for (const std::uint32_t location : locations)
      TRY_VOID(run(db_, "INSERT OR IGNORE INTO thing_location VALUES (?, ?)", thing, location));
  }
  for (const auto& [whose, extra] : edits.extras) {
    TRY_VOID(run(db_, "DELETE FROM sensorthings_extra WHERE entity=? AND id=?", table_name(whose.first), whose.second));
    for (const auto& [name, value] : extra)
      TRY_VOID(run(db_, "INSERT INTO sensorthings_extra VALUES (?, ?, ?, ?)", table_name(whose.first), whose.second,
                   name, value));
  }
  for (const auto& [feature, datastream] : edits.seen_by)
    TRY_VOID(run(db_, "INSERT OR IGNORE INTO feature_datastream VALUES (?, ?)", feature, datastream));
  for (const std::uint32_t datastream : edits.detailed)
    TRY_VOID(run(db_, "INSERT OR IGNORE INTO datastream_detailed VALUES (?)", datastream));
  for (const Moved& moved : edits.moved) {
    TRY_VOID(run(db_,
                 "INSERT INTO observation_moved VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET datastream=?2, "
                 "key=?3",
                 static_cast<std::int64_t>(moved.id), moved.datastream, moved.key));
  }
  for (const Kept& kept : edits.kept)
    TRY_VOID(run(db_, "INSERT OR IGNORE INTO thing_feature VALUES (?, ?, ?)", kept.thing, kept.time, kept.feature));
  for (const auto& [kind, id] : edits.gone) {
    switch (kind) {
      case Kind::location:
        TRY_VOID(run(db_, "DELETE FROM thing_location WHERE location=?", id));
        TRY_VOID(run(db_, "DELETE FROM historical_location_location WHERE location=?", id));
        TRY_VOID(run(db_, "DELETE FROM location WHERE id=?", id));
        break;
      case Kind::historical_location:
        TRY_VOID(run(db_, "DELETE FROM historical_location_location WHERE historical=?", id));
        TRY_VOID(run(db_, "DELETE FROM historical_location WHERE id=?", id));
        break;
      case Kind::feature:
        TRY_VOID(run(db_, "DELETE FROM feature_datastream WHERE feature=?", id));
        TRY_VOID(run(db_, "DELETE FROM feature_of_interest WHERE id=?", id));
        TRY_VOID(run(db_, "UPDATE location SET feature=0 WHERE feature=?", id));
        break;
      case Kind::thing:
        TRY_VOID(run(db_, "DELETE FROM thing_location WHERE thing=?", id));
        TRY_VOID(run(db_, "DELETE FROM thing_feature WHERE thing=?", id));
        [[fallthrough]];
      default:
        TRY_VOID(run(db_, "DELETE FROM sensorthings_extra WHERE entity=? AND id=?", table_name(kind), id));
        if (kind != Kind::datastream) break;
        TRY_VOID(run(db_, "DELETE FROM feature_datastream WHERE datastream=?", id));
        TRY_VOID(run(db_, "DELETE FROM datastream_detailed WHERE datastream=?", id));
        TRY_VOID(run(db_, "DELETE FROM observation_moved WHERE datastream=?", id));
    }
  }
  return {};
}

void Book::put_historical(const Historical& historical) {
  if (const auto old = historical_.find(historical.id); old != historical_.end()) {
    unlink(historical_of_, old->second.thing, historical.id);
    for (const std::uint32_t location : old->second.locations) unlink(historical_at_, location, historical.id);
  }
  historical_[historical.id] = historical;
  historical_of_[historical.thing].insert(historical.id);
  for (const std::uint32_t location : historical.locations) historical_at_[location].insert(historical.id);
}

void Book::set_places(std::uint32_t thing, const std::vector<std::uint32_t>& locations) {
  for (const std::uint32_t old : as_vector(locations_of_, thing)) unlink(things_at_, old, thing);
  locations_of_.erase(thing);
  for (const std::uint32_t location : locations) {
    locations_of_[thing].insert(location);
    things_at_[location].insert(thing);
  }
}

void Book::forget(Kind kind, std::uint32_t id) {
  if (kind == Kind::location) {
    for (const std::uint32_t thing : as_vector(things_at_, id)) unlink(locations_of_, thing, id);
    things_at_.erase(id);
    for (const std::uint32_t historical : as_vector(historical_at_, id))
      std::erase(historical_[historical].locations, id);
    historical_at_.erase(id);
    locations_.erase(id);
  } else if (kind == Kind::historical_location) {
    const auto old = historical_.find(id);
    if (old == historical_.end()) return;
    unlink(historical_of_, old->second.thing, id);
    for (const std::uint32_t location : old->second.locations) unlink(historical_at_, location, id);
    historical_.erase(old);
  } else if (kind == Kind::feature) {
    for (const std::uint32_t datastream : as_vector(seeing_, id)) unlink(seen_, datastream, id);
    seeing_.erase(id);
    features_.erase(id);
    for (auto& [number, location] : locations_)
      if (location.feature == id) location.feature = 0;
  } else {
    extras_.erase({kind, id});
    if (kind == Kind::thing) {
      set_places(id, {});
      kept_.erase(id);
    }
    if (kind != Kind::datastream) return;
    for (const std::uint32_t feature : as_vector(seen_, id)) unlink(seeing_, feature, id);
    seen_.erase(id);
    detailed_.erase(id);
    std::erase_if(moved_, [&](const auto& one) { return one.second.datastream == id; });
    std::erase_if(moved_to_, [&](const auto& one) { return one.first.first == id; });
  }
}

void Book::apply(const Edits& edits) {
  const std::unique_lock guard(lock_);
  for (const Location& location : edits.locations) locations_[location.id] = location;
  for (const Historical& historical : edits.historical) put_historical(historical);
  for (const Feature& feature : edits.features) features_[feature.id] = feature;
  for (const auto& [thing, locations] : edits.places) set_places(thing, locations);
  for (const auto& [whose, extra] : edits.extras) {
    if (extra.empty()) extras_.erase(whose);
    else extras_[whose] = extra;
  }
  for (const auto& [feature, datastream] : edits.seen_by) {
    seeing_[feature].insert(datastream);
    seen_[datastream].insert(feature);
  }
  detailed_.insert(edits.detailed.begin(), edits.detailed.end());
  for (const Moved& moved : edits.moved) {
    if (const auto old = moved_.find(moved.id); old != moved_.end())
      moved_to_.erase({old->second.datastream, old->second.key});
    moved_[moved.id] = moved;
    moved_to_[{moved.datastream, moved.key}] = moved.id;
    any_moved_ = true;
  }
  for (const Kept& kept : edits.kept) kept_[kept.thing].push_back(kept);
  for (const auto& [kind, id] : edits.gone) forget(kind, id);
}

Result<> Book::change(const Edits& edits) {
  if (edits.empty()) return {};
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(write(edits));
  TRY_VOID(transaction.commit());
  apply(edits);
  return {};
}

std::optional<Location> Book::location(std::uint32_t id) const {
  const std::shared_lock guard(lock_);
  return copy_of(locations_, id);
}
std::optional<Historical> Book::historical(std::uint32_t id) const {
  const std::shared_lock guard(lock_);
  return copy_of(historical_, id);
}
std::optional<Feature> Book::feature(std::uint32_t id) const {
  const std::shared_lock guard(lock_);
  return copy_of(features_, id);
}
Extra Book::extra(Kind kind, std::uint32_t id) const {
  const std::shared_lock guard(lock_);
  const auto at = extras_.find({kind, id});
  return at == extras_.end() ? Extra() : at->second;
}
std::vector<std::uint32_t> Book::ids(Kind kind) const {
  const std::shared_lock guard(lock_);
  std::vector<std::uint32_t> out;
  if (kind == Kind::location)
    for (const auto& [id, one] : locations_) out.push_back(id);
  if (kind == Kind::historical_location)
    for (const auto& [id, one] : historical_) out.push_back(id);
  if (kind == Kind::feature)
    for (const auto& [id, one] : features_) out.push_back(id);
  return out;
}
std::vector<std::uint32_t> Book::locations_of(std::uint32_t thing) const {
  const std::shared_lock guard(lock_);
  return as_vector(locations_of_, thing);
}
std::vector<std::uint32_t> Book::things_at(std::uint32_t location) const {
  const std::shared_lock guard(lock_);
  return as_vector(things_at_, location);
}
std::vector<std::uint32_t> Book::historical_of(std::uint32_t thing) const {
  const std::shared_lock guard(lock_);
  return as_vector(historical_of_, thing);
}
std::vector<std::uint32_t> Book::historical_at(std::uint32_t location) const {
  const std::shared_lock guard(lock_);
  return as_vector(historical_at_, location);
}
std::set<std::uint32_t> Book::datastreams_seeing(std::uint32_t feature) const {
  const std::shared_lock guard(lock_);
  const auto at = seeing_.find(feature);
  return at == seeing_.end() ? std::set<std::uint32_t>() : at->second;
}
std::set<std::uint32_t> Book::features_seen_by(std::uint32_t datastream) const {
  const std::shared_lock guard(lock_);
  const auto at = seen_.find(datastream);
  return at == seen_.end() ? std::set<std::uint32_t>() : at->second;
}

std::uint32_t Book::feature_at(std::uint32_t thing, std::int64_t time) const {
  const std::shared_lock guard(lock_);
  Kept best{.time = std::numeric_limits<std::int64_t>::min()};   // the last before the time
  Kept first{.time = std::numeric_limits<std::int64_t>::max()};  // else the first at all
  const auto consider = [&](std::int64_t at, std::uint32_t feature) {
    if (feature == 0 || !features_.contains(feature)) return;
    if (at < first.time || first.feature == 0) first = {thing, at, feature};
    if (at <= time && (at >= best.time || best.feature == 0)) best = {thing, at, feature};
  };
  if (const auto kept = kept_.find(thing); kept != kept_.end())
    for (const Kept& one : kept->second) consider(one.time, one.feature);
  if (const auto at = historical_of_.find(thing); at != historical_of_.end()) {
    for (const std::uint32_t id : at->second) {
      const Historical& one = historical_.at(id);
      for (const std::uint32_t location : one.locations) {
        const auto found = locations_.find(location);
        if (found == locations_.end() || found->second.feature == 0) continue;
        consider(one.time, found->second.feature);
        break;
      }
    }
  }
  return best.feature != 0 ? best.feature : first.feature;
}

std::vector<std::uint32_t> Book::things_with_feature(std::uint32_t feature) const {
  const std::shared_lock guard(lock_);
  std::set<std::uint32_t> out;
  for (const auto& [id, location] : locations_) {
    if (location.feature != feature) continue;
    if (const auto at = historical_at_.find(id); at != historical_at_.end())
      for (const std::uint32_t historical : at->second) out.insert(historical_.at(historical).thing);
  }
  for (const auto& [thing, kept] : kept_)
    for (const Kept& one : kept)
      if (one.feature == feature) out.insert(thing);
  return {out.begin(), out.end()};
}

bool Book::is_detailed(std::uint32_t datastream) const {
  const std::shared_lock guard(lock_);
  return detailed_.contains(datastream);
}
std::optional<Moved> Book::moved(std::uint64_t id) const {
  const std::shared_lock guard(lock_);
  const auto at = moved_.find(id);
  if (at == moved_.end()) return std::nullopt;
  return at->second;
}
std::uint64_t Book::moved_to(std::uint32_t datastream, std::int64_t key) const {
  const std::shared_lock guard(lock_);
  const auto at = moved_to_.find({datastream, key});
  return at == moved_to_.end() ? 0 : at->second;
}
std::vector<Moved> Book::all_moved() const {
  const std::shared_lock guard(lock_);
  std::vector<Moved> out;
  for (const auto& [id, one] : moved_) out.push_back(one);
  return out;
}

}  // namespace qala::sensorthings
