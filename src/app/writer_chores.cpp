#include "app/writer_chores.h"

#include <algorithm>

#include "base/log.h"

namespace qala::app {

namespace {
void complain(const char* what, const Result<>& result) {
  if (!result) log::error(what, {{"why", result.error().message}});
}
}  // namespace

void WriterChores::every_second() {
  seconds_++;
  complain("alarm timers failed", alarms_.tick(clock_.now()));
  // A sync of town.db keeps commits waiting: only for alarms, or when the log is to be let go of anyway.
  const bool round = seconds_ % 15 == 0;
  if (round) {
    write_alarms();
    save_receipts();
  }
  if (seconds_ % 60 == 0) complain("sessions not maintained", access_.maintain());
  if (seconds_ % 3600 == 60) expire();
  release();
}

bool WriterChores::write_alarms() {
  const auto more = alarms_.apply_some();
  if (!more) log::error("alarms not written", {{"why", more.error().message}});
  return more && *more;
}

void WriterChores::expire() {
  std::vector<DatastreamId> standard, brief;
  registry_.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) {
      (stream.retention == "short" ? brief : standard).push_back(stream.id);
    });
  });
  for (const auto& [streams, days] : {std::pair(&standard, retention_.standard), std::pair(&brief, retention_.brief)}) {
    if (days == 0 || streams->empty()) continue;
    complain("retention failed", store_.expire(*streams, clock_.now().ns - days * Instant::kDay));
  }
}

void WriterChores::save_receipts() {
  const std::uint64_t sequence = store_.last_sequence();
  if (sequence == receipts_saved_) return;
  const auto saved = receipts_.save(receipts_path_, sequence);
  complain("receipts not written", saved);
  if (saved) receipts_saved_ = sequence;
}

void WriterChores::release() { store_.release(std::min(alarms_.applied(), receipts_saved_)); }

void WriterChores::finish() {
  complain("alarms not written", alarms_.apply());
  save_receipts();
  release();
}

}  // namespace qala::app
