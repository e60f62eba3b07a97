#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest/submission.h"

namespace qala::ingest {

/// What was acknowledged under which key: QoS 1 resends of persistent sessions (client and packet id), HTTP requests
/// with an Idempotency-Key. Receipts travel in the attachment of the log row that holds the readings, so that they are
/// exactly as durable as what they prove; a snapshot file lets the log go. Writer thread only.
/// Kept: the newest kCapacity, at most kLife old.
class ReceiptBook {
 public:
  static constexpr std::size_t kCapacity = 200'000;
  static constexpr std::int64_t kLife = Instant::kDay;

  enum class Seen { no, same, other_payload };
  /// `high` names the sender and its key, `low` the payload.
  /// What is older than `since` does not count.
  Seen seen(const Receipt& receipt, Instant now, Instant since = {}) const;
  void add(const Receipt& receipt, Instant now);
  std::size_t size() const { return book_.size(); }

  /// Attachment of a log row: 16 bytes a receipt after an 8 byte time, little-endian.
  static std::string encode(const std::vector<Receipt>& receipts, Instant now);
  Result<> decode(std::string_view attachment);

  /// Snapshot up to and with `sequence`, written atomically with a CRC32C.
  Result<> save(const std::string& path, std::uint64_t sequence) const;
  /// The sequence of the snapshot; 0 if there is no file.
  Result<std::uint64_t> load(const std::string& path);

 private:
  struct Entry {
    std::uint64_t low = 0;
    std::int64_t time = 0;
  };
  std::unordered_map<std::uint64_t, Entry> book_;
  std::deque<std::pair<std::uint64_t, std::int64_t>> order_;  ///< high and time, oldest first
};

}  // namespace qala::ingest
