#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/zone.h"
#include "readings/observation.h"

namespace qala::readings {

/// What became of one row of an append.
enum class Outcome : std::uint8_t {
  stored,     ///< new
  duplicate,  ///< same datastream, time and value as one that is there: not stored again
  corrected,  ///< same datastream and time, other value: this one counts now, the earlier is kept as corrected
  late,       ///< new, but older than what memory holds: on its way into an overlay
};

/// What one commit did. The span points into the store and is valid until the next append.
struct Appended {
  std::uint64_t sequence = 0;         ///< of the log row; grows by one a commit
  std::span<const Outcome> outcomes;  ///< one per row, batches in the order given
};

/// The newest reading of a datastream (by phenomenon time). Text and json values carry their bytes in `text`.
struct Latest {
  DatastreamId datastream;
  std::int64_t time = 0;
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
  std::uint16_t flags = 0;
  std::int64_t bits = 0;
  std::string text;
};

/// Names one reading.
struct ReadingKey {
  DatastreamId datastream;
  std::int64_t time = 0;
  friend auto operator<=>(const ReadingKey&, const ReadingKey&) = default;
};

/// Readings of one datastream in time order.
struct Range {
  Batch batch;
  std::vector<ObservationId> ids;  ///< one per row of batch, filled only when asked for
  bool more = false;               ///< the limit cut it; go on after the last time
  std::vector<std::string> damaged;  ///< what could not be read (file and range), the rest is here
};

struct Bucket {
  std::int64_t start = 0;  ///< UTC ns, the start of a calendar bucket of the zone asked
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
  double last = 0;
  double mean() const { return count ? sum / static_cast<double>(count) : 0; }
};

struct Calendar {
  CalendarUnit unit = CalendarUnit::hour;
  int count = 1;
};

/// Half-open in time: from <= t < to, UTC ns.
struct Window {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// A datastream one of whose bucket means passed the limit in the window.
struct Exceedance {
  DatastreamId datastream;
  double highest_mean = 0;
  std::int64_t at = 0;      ///< start of that bucket
  std::uint32_t buckets = 0;  ///< how many were over
};

/// Damage found by check(): names the file, the datastream and the range of time that cannot be read.
struct Damage {
  std::string file;
  std::uint64_t offset = 0;
  DatastreamId datastream;  ///< none: the whole file or its index
  Window window;
  std::string what;
};

struct StoreHealth {
  std::uint64_t observations = 0;        ///< in all, duplicates not counted
  std::uint64_t memory_bytes = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t overlays = 0;            ///< files still to be folded in
  std::uint64_t sync_calls = 0;
  std::uint64_t sync_last_ns = 0;
  std::uint64_t sync_longest_ns = 0;     ///< in the last hour
  std::int64_t oldest = 0;               ///< time of the oldest reading, 0: empty
  std::uint64_t damages = 0;             ///< files that cannot be read, and chunks that were found so
  std::string background = {};           ///< why flushing or merging fails, if it does
  std::string full = {};                 ///< why writes are refused, if they are
};

/// Files of one UTC month.
struct StoredMonth {
  std::int64_t start = 0;  ///< UTC ns
  std::uint64_t files = 0, bytes = 0, readings = 0;
};

/// What files hold of some datastreams, told by their index: memory is not in it, nothing is read.
struct StoredShare {
  std::uint64_t bytes = 0, readings = 0;
  std::int64_t oldest = 0;  ///< 0: none
  std::uint64_t bytes_before = 0, readings_before = 0;  ///< of these before the time asked; about
};

/// The store as it was at one moment, to be copied: what belongs to it stays while this exists. Must not outlive the
/// store.
class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;
  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t observations() const = 0;
  /// Writes it into `folder` (made if absent; what is unchanged there already is not copied again). Any thread.
  /// `cancelled` is asked now and then; true ends the copy with `cancelled`.
  virtual Result<> copy_to(const std::string& folder, const std::function<bool()>& cancelled = {}) const = 0;
};

/// Where readings live. One writer thread calls append(), release() and the erasing calls; queries come from any thread
/// at any time and never block the writer for long. Embedded now; ClickHouse behind the same interface and tests.
class ReadingStore {
 public:
  virtual ~ReadingStore() = default;

  /// Appends the batches as one commit. When it returns, they are on the disk and visible to queries.
  /// `attachment`: opaque bytes of the caller (receipts), kept with the log row and handed back by replay().
  /// `full` or `corrupt`: nothing was stored, nothing may be acknowledged.
  virtual Result<Appended> append(std::span<const Batch* const> batches, std::string_view attachment) = 0;

  /// Everybody who derives state from commits has it on disk up to `sequence`: log rows up to there may go, once their
  /// readings are in chunks too.
  virtual void release(std::uint64_t sequence) = 0;
  /// Start-up: the log rows after `sequence`, oldest first. `invalid` if the log no longer reaches back that far.
  using Replay = std::function<Result<>(std::uint64_t sequence, const Batch& batch, std::string_view attachment)>;
  virtual Result<> replay(std::uint64_t after_sequence, const Replay& each) = 0;
  virtual std::uint64_t last_sequence() const = 0;

  virtual std::vector<Latest> latest(std::span<const DatastreamId> datastreams) const = 0;
  /// Of every datastream that has one, by ascending id.
  virtual std::vector<Latest> latest_all() const = 0;
  virtual Result<Range> range(DatastreamId datastream, Window window, std::size_t limit, bool with_ids = false,
                              bool newest_first = false) const = 0;
  /// Non-empty buckets only, in time order.
  virtual Result<std::vector<Bucket>> buckets(DatastreamId datastream, Window window, const Calendar& calendar,
                                              const Zone& zone) const = 0;
  /// The same for many datastreams: `each` is called once per datastream that has any. The datastreams are taken in two
  /// halves, in the order given within each; the halves (0 and 1) may call at the same time from two threads.
  using EachBuckets = std::function<void(std::size_t half, DatastreamId, std::span<const Bucket>)>;
  virtual Result<> buckets_of_many(std::span<const DatastreamId> datastreams, Window window, const Calendar& calendar,
                                   const Zone& zone, const EachBuckets& each) const = 0;
  virtual Result<std::vector<Exceedance>> exceedance(std::span<const DatastreamId> datastreams, Window window,
                                                     const Calendar& calendar, const Zone& zone,
                                                     double limit) const = 0;
  /// Exact, duplicates counted once. No datastreams: all.
  virtual Result<std::uint64_t> count(std::span<const DatastreamId> datastreams, Window window) const = 0;

  /// Readings by ascending id from `from` on, of the datastreams that `wanted` takes: each row names its own; `ids` is
  /// filled, `more` says that the limit cut it. What lies in one datastream's files is found by bisection.
  using Wanted = std::function<bool(DatastreamId)>;
  virtual Result<Range> by_id(ObservationId from, std::size_t limit, const Wanted& wanted) const = 0;
  /// First and last time of the readings of a datastream, from the index; nothing is decoded unless some were erased.
  virtual std::optional<Window> span_of(DatastreamId datastream) const = 0;

  /// Removes readings and leaves tombstones, so that late copies do not bring them back: all of them, with one change
  /// on the disk, or none. Gives how many there were.
  virtual Result<std::size_t> erase_readings(std::span<const ReadingKey> keys) = 0;
  Result<bool> erase_reading(DatastreamId datastream, std::int64_t time) {
    const ReadingKey key{datastream, time};
    TRY(const std::size_t gone, erase_readings({&key, 1}));
    return gone != 0;
  }
  /// Removes every byte of a datastream from memory, log and files. Runs in steps; true when nothing is left.
  /// Once erasing() names it, nothing of it is answered, and it has to be called on until it is true, also after a
  /// start; before, it cannot begin for the moment.
  virtual Result<bool> erase_datastream(DatastreamId datastream) = 0;
  /// What is being erased.
  virtual std::vector<DatastreamId> erasing() const { return {}; }
  /// Forgets readings of these datastreams older than `before` (retention of one class of data).
  virtual Result<> expire(std::span<const DatastreamId> datastreams, std::int64_t before) = 0;

  /// Holds on to what is there now, in microseconds. Writer thread. `unavailable`: busy for the moment, ask again.
  virtual Result<std::unique_ptr<StoreSnapshot>> snapshot() {
    return fail(ErrorKind::unavailable, "this store has no snapshots");
  }
  /// Writes a consistent copy into `folder` (made if absent; what is unchanged there already is not copied again).
  virtual Result<> backup(const std::string& folder) = 0;
  /// Verifies every byte; returns how many damages `found` was told of.
  virtual Result<std::uint64_t> check(const std::function<void(const Damage&)>& found) const = 0;
  virtual StoreHealth health() const = 0;
  /// Oldest first. Milliseconds of work.
  virtual std::vector<StoredMonth> months() const { return {}; }
  virtual StoredShare share_of(std::span<const DatastreamId>, std::int64_t) const { return {}; }
  /// Brings everything into its settled form (merged, compressed) and returns when done. For benchmarks and imports.
  virtual Result<> settle() = 0;
};

}  // namespace qala::readings
