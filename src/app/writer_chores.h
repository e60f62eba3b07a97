#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "access/access.h"
#include "alarms/engine.h"
#include "api/context.h"
#include "app/retention.h"
#include "ingest/receipts.h"
#include "readings/store.h"

namespace qala::app {

/// What the writer does once a second between commits: alarms' timers, writing what the rules found, releasing the log,
/// a step of every erasure, whoever began it and before which start;
/// once an hour forgetting what is past its retention.
class WriterChores {
 public:
  WriterChores(readings::ReadingStore& store, alarms::RuleEngine& alarms, const alarms::RuleBook& rules,
               ingest::ReceiptBook& receipts, access::Access& access, Retention retention, std::string receipts_path,
               std::uint64_t receipts_sequence, const Clock& clock)
      : store_(store),
        alarms_(alarms),
        rules_(rules),
        receipts_(receipts),
        access_(access),
        retention_(std::move(retention)),
        receipts_path_(std::move(receipts_path)),
        receipts_saved_(receipts_sequence),
        clock_(clock) {}

  void every_second();
  /// Once an hour; any thread.
  bool expiry_is_due();
  /// Forgets what is past its retention.
  void expire();
  /// What fails, and the plan of the next expiry. Any thread.
  void fill(api::ServiceHealth& into) const;
  /// One step of writing what the rules found; true: there is more, call again soon.
  bool write_alarms();
  /// Before the end: everything derived is on disk, the next start replays nothing.
  void finish();

 private:
  void erase();
  void save_receipts();
  void release();
  void complain(const char* what, const Result<>& result);

  readings::ReadingStore& store_;
  alarms::RuleEngine& alarms_;
  const alarms::RuleBook& rules_;
  ingest::ReceiptBook& receipts_;
  access::Access& access_;
  Retention retention_;
  std::string receipts_path_;
  std::uint64_t receipts_saved_;
  const Clock& clock_;
  unsigned seconds_ = 0;
  std::int64_t next_expiry_s_ = 660;  ///< seconds until then; counted down by expiry_is_due()
  mutable std::mutex mutex_;  ///< guards the rest
  std::map<std::string, std::string> troubles_;
  std::uint64_t rules_left_out_ = 0;
};

}  // namespace qala::app
