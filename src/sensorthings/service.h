#pragma once

#include <functional>
#include <memory>
#include <set>

#include "sensorthings/reader.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

/// SensorThings 1.1 over the town: what the routes and MQTT call. Hears of the registry's changes (a thing that moves
/// on the map moves here) and of commits (by whatever way they came).
class Service final : public registry::ChangeListener, public ingest::CommitListener {
 public:
  /// `post`: runs a job on the writer thread, later. Everything handed in must outlive the service. Writer thread, or
  /// before it runs.
  static Result<std::unique_ptr<Service>> open(sqlite::Database& db, registry::Registry& registry,
                                               readings::ReadingStore& store, ingest::Admission& admission,
                                               audit::AuditSink& audit, const Clock& clock,
                                               std::int64_t future_tolerance_ns,
                                               std::function<void(std::function<void()>)> post,
                                               std::function<Result<>(ThingId, const registry::Actor&)> before_removal);

  const Reader& reader() const { return *reader_; }
  Reader& reader() { return *reader_; }
  Writer& writer() { return *writer_; }

  void thing_changed(const registry::Thing& thing) override;
  void thing_removed(ThingId thing) override;
  void datastream_changed(const registry::Datastream&) override {}
  void datastream_removed(DatastreamId datastream) override;
  void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                 std::span<const readings::Outcome> outcomes, Instant now) override;
  /// Brings the book up to what the registry said last.
  void settle();

 private:
  Service() = default;
  void later(ThingId thing);

  std::unique_ptr<Book> book_;
  std::unique_ptr<Spans> spans_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  std::function<void(std::function<void()>)> post_;
  std::set<ThingId> waiting_;
  bool posted_ = false;
};

}  // namespace qala::sensorthings
