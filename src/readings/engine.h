#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "base/file.h"
#include "readings/batch_index.h"
#include "readings/embedded_store.h"
#include "readings/ids.h"
#include "readings/log.h"
#include "readings/lookup_cache.h"
#include "readings/view.h"

namespace qala::readings {

/// A memory table on its way into files, with the state of the store at its last row.
struct Frozen {
  std::shared_ptr<const MemoryTable> table;
  std::uint64_t sequence = 0;
  std::int64_t observations = 0;
  Heads heads;
  std::vector<std::uint64_t> owners;
};

/// The embedded store: log, memory tables, files. docs/design/readings.md tells how they play together.
///
/// Locks, in this order; none is held across a wait for another thread's progress:
/// `work_` (flush, merge, rewrite: one at a time), `writer_` (append and what changes the log), `manifest_lock_`
/// (the manifest and its file), `memory_` (what queries see; exclusively for microseconds only).
class Engine final : public ReadingStore {
 public:
  Engine(std::string folder, const Zone& zone, const Clock& clock, EmbeddedOptions options);
  ~Engine() override;
  Result<> open();

  Result<Appended> append(std::span<const Batch* const> batches, std::string_view attachment) override;
  void release(std::uint64_t sequence) override;
  Result<> replay(std::uint64_t after_sequence, const Replay& each) override;
  std::uint64_t last_sequence() const override { return last_sequence_; }

  std::vector<Latest> latest(std::span<const DatastreamId> datastreams) const override;
  std::vector<Latest> latest_all() const override;
  Result<Range> range(DatastreamId datastream, Window window, std::size_t limit, bool with_ids,
                      bool newest_first) const override;
  Result<std::vector<Bucket>> buckets(DatastreamId datastream, Window window, const Calendar& calendar,
                                      const Zone& zone) const override;
  Result<> buckets_of_many(std::span<const DatastreamId> datastreams, Window window, const Calendar& calendar,
                           const Zone& zone, const EachBuckets& each) const override;
  Result<std::vector<Exceedance>> exceedance(std::span<const DatastreamId> datastreams, Window window,
                                             const Calendar& calendar, const Zone& zone, double limit) const override;
  Result<std::uint64_t> count(std::span<const DatastreamId> datastreams, Window window) const override;

  Result<Range> by_id(ObservationId from, std::size_t limit, const Wanted& wanted) const override;  // queries_ids.cpp
  std::optional<Window> span_of(DatastreamId datastream) const override;

  Result<std::size_t> erase_readings(std::span<const ReadingKey> keys) override;
  Result<bool> erase_datastream(DatastreamId datastream) override;
  std::vector<DatastreamId> erasing() const override;
  Result<> expire(std::span<const DatastreamId> datastreams, std::int64_t before) override;
  Result<std::unique_ptr<StoreSnapshot>> snapshot() override;
  Result<> backup(const std::string& folder) override;
  Result<std::uint64_t> check(const std::function<void(const Damage&)>& found) const override;
  StoreHealth health() const override;  // engine_health.cpp
  std::vector<StoredMonth> months() const override;
  StoredShare share_of(std::span<const DatastreamId> datastreams, std::int64_t before) const override;
  Result<> settle() override;

 private:
  class HeldState;
  std::unique_ptr<StoreSnapshot> hold();  // engine_backup.cpp
  // engine_open.cpp
  Result<> lock_folder();
  Result<> load_manifest();
  Result<> open_log();
  Result<> log_fits(const Log::Rows& rows) const;
  void remove_orphans() const;
  std::shared_ptr<const StoredFile> open_file(const FileEntry& entry) const;
  std::string path_of(std::string_view name) const { return folder_ + "/" + std::string(name); }

  // engine_append.cpp
  Result<> wait_for_room();
  bool decide(std::span<const Batch* const> batches);
  Outcome decide_late(std::span<const Batch* const> batches, const Batch& batch, const Observation& row);
  std::optional<bool> has_value(DatastreamId datastream, std::int64_t time, const Value& value, bool& unknown);
  void index_rows(std::span<const Batch* const> batches, std::uint32_t number);
  void make_heads(DatastreamId datastream);
  void clean(std::span<const Batch* const> batches);
  Result<std::uint64_t> log_rows(std::span<const Batch* const> batches, std::string_view attachment);
  void forget_pending(std::span<const Batch* const> batches);
  void count_outcomes();

  // engine_apply.cpp
  void apply(const Batch& batch);
  bool append_plain(Head& head, const Observation& row, std::string_view text);
  std::uint64_t odd_ordinal(Head& head, const Observation& row);
  void apply_row(const Batch& batch, const Observation& row, const Extra* extra);
  void freeze();
  bool wants_freeze() const;
  void drop_log();

  // engine_flush.cpp
  Result<> flush();
  Result<> write_month(const Frozen& frozen, Month month, std::vector<FileEntry>& files, Batch& superseded);
  Result<> write_superseded(std::span<const std::byte> frames, std::uint64_t rows,
                            std::optional<std::uint64_t> generation, std::vector<FileEntry>& files,
                            std::vector<std::string>& replaced);
  std::shared_ptr<const MemoryTable> make_tail(const MemoryTable* old, const MemoryTable* fresh, std::int64_t from);
  std::int64_t tail_start(const MemoryTable* old, const MemoryTable& fresh) const;
  Result<> save_manifest();
  /// Makes `fresh` take the place of `gone`, first in the manifest, then for queries; removes the files of `gone`.
  Result<> exchange_files(std::vector<FileEntry> fresh, const std::vector<std::string>& gone,
                          const std::function<void(Manifest&)>& also, const std::function<void()>& under_lock);
  Result<> exchange_named(std::vector<FileEntry> fresh, std::vector<std::string> gone,
                          const std::function<void(Manifest&)>& also, const std::function<void()>& under_lock);
  void discard(const std::vector<FileEntry>& files);
  void remove_file(const std::string& name);
  std::string new_name(std::string_view prefix, std::uint64_t& number);

  // engine_merge.cpp
  using Files = std::vector<std::shared_ptr<const StoredFile>>;
  Result<> merge(const Files& inputs, Packing packing);
  Result<> merge_series(const Files& inputs, DatastreamId datastream, class MergeOutput& out);
  std::vector<Files> months_due(bool all) const;
  Result<> has_space_for(const Files& inputs) const;
  Result<> rewrite_hidden(bool& did, bool whole_files_only = false);
  Result<> erase_superseded(const Hidden& hidden);
  Result<> warm();
  Result<> recount();  // queries_count.cpp
  std::uint64_t erased_in_memory(const View& now) const;
  bool closed(Month month) const;

  // engine_background.cpp
  /// Work that failed, not to be tried again before `until` (monotonic).
  struct Setback {
    std::string why;
    std::int64_t until = std::numeric_limits<std::int64_t>::min();
  };
  Setback setback_of(const Result<>& done) const;
  Result<> get_on(bool& did);
  void run();
  bool work_once();
  Result<> merge_one(bool all, bool& did);
  void wake();

  // engine_erase.cpp
  Result<> keep_known(std::span<const ReadingKey> keys, std::vector<ReadingKey>& known) const;
  Result<> publish_hidden(const std::function<void(Manifest&)>& edit, std::uint64_t taken_off = 0);
  void refresh_head(DatastreamId datastream);
  void forget(DatastreamId datastream);
  Result<bool> erase_from_log(std::uint64_t until);

  void note_damage(std::span<const std::string> found) const;
  bool rid_of(DatastreamId datastream, std::uint64_t generation) const;
  std::optional<std::string> stuck_file(const std::string& name) const;
  View view() const;
  std::vector<DatastreamId> all_datastreams() const;

  const std::string folder_;
  const Zone zone_;
  const Clock& clock_;
  const EmbeddedOptions options_;
  const std::shared_ptr<SlabPool> slabs_;
  int lock_file_ = -1;

  mutable std::mutex work_;

  // under writer_
  mutable std::mutex writer_;
  std::unique_ptr<Log> log_;
  std::uint64_t active_sequence_ = 0;  ///< last row in active_
  std::uint64_t released_ = 0;
  std::map<std::uint32_t, std::uint64_t> rolled_;  ///< being erased: the last row of the log files that hold it
  std::vector<Outcome> outcomes_;
  BatchIndex index_;
  LookupCache lookups_;
  Batch clean_;
  std::string row_;
  std::atomic<std::uint64_t> last_sequence_ = 0;
  std::atomic<std::uint64_t> flushed_ = 0;
  std::atomic<std::int64_t> observations_ = 0;
  std::atomic<std::int64_t> last_append_ = 0;  ///< monotonic

  // under manifest_lock_
  mutable std::mutex manifest_lock_;
  Manifest manifest_;
  int backups_ = 0;  ///< running: nothing is removed meanwhile
  std::vector<std::string> removals_;  ///< waiting for backups to end
  std::set<std::string> unsure_;  ///< named by a manifest on the disk whose saving failed

  // under memory_
  mutable std::shared_mutex memory_;
  Heads heads_;
  IdBook ids_;
  std::shared_ptr<MemoryTable> active_;
  std::shared_ptr<const Frozen> frozen_;
  std::int64_t taken_off_ = 0;  ///< from observations_, since frozen_ was made
  std::shared_ptr<const MemoryTable> tail_;
  std::int64_t tail_from_ = std::numeric_limits<std::int64_t>::max();
  std::shared_ptr<const FileSet> files_;
  std::shared_ptr<const Hidden> hidden_;
  std::string full_;  ///< why nothing is taken, if so
  std::string flush_error_, background_error_;
  ErrorKind flush_error_kind_ = ErrorKind::unavailable;
  std::uint64_t log_bytes_ = 0, sync_calls_ = 0, sync_last_ns_ = 0;
  std::pair<std::int64_t, std::uint64_t> sync_longest_[2] = {};  ///< hour, longest: this one and the one before

  mutable std::mutex damage_lock_;
  mutable std::set<std::string> damages_;  ///< chunks that could not be read; under damage_lock_

  // the background thread
  std::mutex wake_lock_;
  std::condition_variable wake_;
  std::condition_variable room_;  ///< a flush ended, well or not
  bool wanted_ = false;
  bool stopping_ = false;
  std::atomic<bool> flush_wanted_ = false;
  std::atomic<bool> uncounted_ = false;  ///< something left the files since they were counted
  std::atomic<bool> cold_ = false;  ///< the tail has yet to be read from files
  std::set<Month> last_flushed_months_;  ///< under work_
  std::set<Month> stuck_;  ///< cannot be merged: damaged; under work_
  Setback merging_, rewriting_;  ///< under work_
  std::shared_ptr<const Hidden> rid_of_;  ///< what it erases is in no file of replaced values; under damage_lock_
  std::map<std::string, std::string> stuck_files_;  ///< cannot be rewritten, and why; under damage_lock_
  /// For which nothing was left to rewrite; under work_.
  std::pair<std::shared_ptr<const Hidden>, std::shared_ptr<const FileSet>> rewritten_;
  std::thread thread_;
};

}  // namespace qala::readings
