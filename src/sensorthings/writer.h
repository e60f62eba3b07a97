#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ingest/admission.h"
#include "sensorthings/ask.h"
#include "sensorthings/draft.h"
#include "sensorthings/resource.h"

namespace qala::sensorthings {

/// Told of entities that were made or changed, after it is on the disk. Writer thread.
class EntityListener {
 public:
  virtual ~EntityListener() = default;
  virtual void entity_changed(Kind kind, std::uint64_t id) = 0;
};

struct WriterRooms {
  registry::Registry& registry;
  readings::ReadingStore& store;
  ingest::Admission& admission;
  Book& book;
  Spans& spans;
  audit::AuditSink& audit;
  const Clock& clock;
  std::int64_t future_tolerance_ns = 5 * Instant::kMinute;
  /// Before a thing goes: whatever else hangs from it (tokens). An error: it stays.
  std::function<Result<>(ThingId, const registry::Actor&)> before_removal = {};
};

/// POST, PATCH, PUT and DELETE. Writer thread; answers when what was asked is on the disk, or nothing of it.
/// Entities are one transaction of town.db; observations go the way of all readings, and if that way is closed the
/// entities that were to hold them are taken back.
class Writer {
 public:
  explicit Writer(WriterRooms rooms)
      : rooms_(std::move(rooms)), town_{rooms_.registry, rooms_.store, rooms_.book, rooms_.spans} {}

  Answer run(const Ask& ask);
  /// Some rows of a POST /CreateObservations (datastream, observation); appends an address per row, empty if it is
  /// wrong, and the paths of those that were not there before. An error is one of the disk.
  Result<> create_some(const std::vector<std::pair<std::uint32_t, Json>>& some, const Ask& ask,
                       std::vector<std::string>& lines, std::vector<std::string>& made_paths);
  Result<std::uint32_t> datastream_of(const Json& link) const;
  /// All of them at once: one transaction of the audit chain, one change of the store.
  Result<> remove_observations(std::span<const Row> rows, const Ask& ask);
  /// Any but an observation; of a feature its observations have gone before (removal.h).
  Result<> remove_entity(const Ref& entity, const TownFacts& facts, const Ask& ask);
  /// Start-up: finishes what a kill interrupted.
  Result<> recover();
  /// Locations for the points of the registry's things, and features for them; at most `limit` things. True: all done.
  Result<bool> mirror(std::span<const ThingId> things);
  void set_listener(EntityListener* listener) { listener_ = listener; }
  const Town& town() const { return town_; }
  const Clock& clock() const { return rooms_.clock; }

 private:
  struct Stored {
    std::uint64_t id = 0;
    bool fresh = false;  ///< false: the same was there already
    Error problem{ErrorKind::internal, ""};
  };
  Result<Answer> answer(const Ask& ask);
  Result<Answer> create(const Ask& ask, const Resource& resource, const TownFacts& facts);
  Result<Answer> change(const Ask& ask, const Resource& resource, const TownFacts& facts);
  Result<Answer> references(const Ask& ask, const Resource& resource, const TownFacts& facts);
  Result<> change_observation(const Json& body, const Row& before, bool whole, const TownFacts& facts, const Ask& ask);
  Result<> record(const Edits& edits, const registry::Actor& actor);
  /// Everything of the draft; ids are final afterwards.
  Result<> commit(Draft& draft, const Ask& ask);
  Result<> commit_observations(Draft& draft, const Ask& ask, std::vector<Stored>& stored);
  /// Stores rows of datastreams that are there; one result each, in order.
  std::vector<Stored> store_rows(std::vector<Row> rows, const std::string& source);
  Result<> append(const std::vector<Row>& rows, const std::vector<std::size_t>& which,
                  const std::vector<std::int64_t>& keys, const std::string& source);
  void find_ids(const std::vector<Row>& rows, const std::vector<std::size_t>& which,
                const std::vector<std::int64_t>& keys, std::vector<Stored>& stored);
  void tell(Kind kind, std::uint64_t id) {
    if (listener_) listener_->entity_changed(kind, id);
  }

  WriterRooms rooms_;
  Town town_;
  EntityListener* listener_ = nullptr;
};

Result<Json> parse_body(std::string_view text);
Error not_allowed(std::string_view what);
/// RFC 6902: add, remove, replace, move, copy, test.
Result<> apply_json_patch(const Json& patch, Json& document);

}  // namespace qala::sensorthings
