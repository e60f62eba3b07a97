#include "app/writer_chores.h"

#include <algorithm>

#include "base/log.h"

namespace qala::app {

/// Said once when it begins, kept for the health page until it goes well again.
void WriterChores::complain(const char* what, const Result<>& result) {
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    if (result) {
      troubles_.erase(what);
      return;
    }
    fresh = troubles_.insert_or_assign(what, result.error().message).second;
  }
  if (fresh) log::error(what, {{"why", result.error().message}});
}

bool WriterChores::expiry_is_due() {
  const std::lock_guard lock(mutex_);
  if (--next_expiry_s_ > 0) return false;
  next_expiry_s_ = 3600;
  return true;
}

void WriterChores::fill(api::ServiceHealth& into) const {
  const std::lock_guard lock(mutex_);
  into.troubles = troubles_;
  into.rules_left_out = rules_left_out_;
  const RetentionDays& days = retention_.days();
  into.retention = {.standard_days = days.standard, .short_days = days.brief, .next_run_s = next_expiry_s_};
}

void WriterChores::every_second() {
  seconds_++;
  retention_.look();
  complain("rules not in force", alarms::keep_in_force(rules_, alarms_));
  complain("alarm timers failed", alarms_.tick(clock_.now()));
  // A sync of town.db keeps commits waiting: only for alarms, or when the log is to be let go of anyway.
  const bool round = seconds_ % 15 == 0;
  if (round) {
    write_alarms();
    save_receipts();
    const std::uint64_t left_out = alarms_.probe().rules_left_out;
    const std::lock_guard lock(mutex_);
    rules_left_out_ = left_out;
  }
  if (seconds_ % 60 == 0) complain("sessions not maintained", access_.maintain());
  release();
  erase();
}

void WriterChores::erase() {
  Result<> all;
  for (const DatastreamId datastream : store_.erasing()) {
    if (const auto gone = store_.erase_datastream(datastream); !gone) all = gone.error();
  }
  complain("erasing failed", all);
}

bool WriterChores::write_alarms() {
  const auto more = alarms_.apply_some();
  complain("alarms not written", more ? Result<>() : Result<>(more.error()));
  return more && *more;
}

void WriterChores::expire() { complain("retention failed", retention_.expire()); }

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
