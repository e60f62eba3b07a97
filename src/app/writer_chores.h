#pragma once

#include <cstdint>
#include <string>

#include "access/access.h"
#include "alarms/engine.h"
#include "ingest/receipts.h"
#include "readings/store.h"

namespace qala::app {

/// What the writer does once a second between commits: alarms' timers, writing what the rules found, releasing the log.
class WriterChores {
 public:
  WriterChores(readings::ReadingStore& store, alarms::RuleEngine& alarms, ingest::ReceiptBook& receipts,
               access::Access& access, std::string receipts_path, std::uint64_t receipts_sequence, const Clock& clock)
      : store_(store), alarms_(alarms), receipts_(receipts), access_(access), receipts_path_(std::move(receipts_path)),
        receipts_saved_(receipts_sequence), clock_(clock) {}

  void every_second();
  /// Before the end: everything derived is on disk, the next start replays nothing.
  void finish();

 private:
  void save_receipts();
  void release();

  readings::ReadingStore& store_;
  alarms::RuleEngine& alarms_;
  ingest::ReceiptBook& receipts_;
  access::Access& access_;
  std::string receipts_path_;
  std::uint64_t receipts_saved_;
  const Clock& clock_;
  unsigned seconds_ = 0;
};

}  // namespace qala::app
