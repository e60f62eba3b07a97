#include "sensorthings/service.h"

#include "base/log.h"

namespace qala::sensorthings {

Result<std::unique_ptr<Service>> Service::open(
    sqlite::Database& db, registry::Registry& registry, readings::ReadingStore& store, ingest::Admission& admission,
    audit::AuditSink& audit, const Clock& clock, std::int64_t future_tolerance_ns,
    std::function<void(std::function<void()>)> post,
    std::function<Result<>(ThingId, const registry::Actor&)> before_removal) {
  std::unique_ptr<Service> out(new Service());
  TRY(out->book_, Book::open(db));
  out->spans_ = std::make_unique<Spans>(store, *out->book_);
  out->writer_ = std::make_unique<Writer>(WriterRooms{.registry = registry,
                                                      .store = store,
                                                      .admission = admission,
                                                      .book = *out->book_,
                                                      .spans = *out->spans_,
                                                      .audit = audit,
                                                      .clock = clock,
                                                      .future_tolerance_ns = future_tolerance_ns,
                                                      .before_removal = std::move(before_removal)});
  out->reader_ = std::make_unique<Reader>(out->writer_->town(), clock, Limits{});
  out->post_ = std::move(post);
  std::vector<ThingId> all;
  registry.read([&](const registry::Registry::View& view) {
    view.each_thing([&](const registry::Thing& thing) { all.push_back(thing.id); });
  });
  TRY_VOID(out->writer_->mirror(all).context("locations of things"));
  TRY_VOID(out->writer_->recover().context("changed observations"));
  registry.add_listener(*out);
  return out;
}

void Service::later(ThingId thing) {
  waiting_.insert(thing);
  if (std::exchange(posted_, true)) return;
  post_([this] { settle(); });
}

void Service::settle() {
  posted_ = false;
  constexpr std::size_t kStep = 200;  // the writer has other work, too
  std::vector<ThingId> some;
  while (!waiting_.empty() && some.size() < kStep) some.push_back(waiting_.extract(waiting_.begin()).value());
  if (const auto done = writer_->mirror(some); !done)
    log::error("locations of things not brought up to date", {{"why", done.error().message}});
  if (waiting_.empty()) return;
  posted_ = true;
  post_([this] { settle(); });
}

void Service::thing_changed(const registry::Thing& thing) { later(thing.id); }
void Service::thing_removed(ThingId thing) { later(thing); }
void Service::datastream_removed(DatastreamId datastream) {
  Edits edits;
  edits.gone.emplace_back(Kind::datastream, datastream.value);
  spans_->changed(datastream);
  post_([this, edits = std::move(edits)] {
    if (const auto done = book_->change(edits); !done)
      log::error("a datastream's SensorThings entries stay behind", {{"why", done.error().message}});
  });
}

void Service::committed(std::uint64_t, std::span<const readings::Batch* const> batches,
                        std::span<const readings::Outcome>, Instant) {
  spans_->committed(batches);
}

}  // namespace qala::sensorthings
