#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "ingest/probe.h"
#include "ingest/receipts.h"
#include "ingest/submission.h"
#include "ingest/unclaimed.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::ingest {

/// Told of every commit, on the writer thread, right after the senders got their answer.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  /// `outcomes`: one per row, batches in order. Valid during the call.
  virtual void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                         std::span<const readings::Outcome> outcomes, Instant now) = 0;
};

struct AdmissionOptions {
  bool auto_claim = false;
  /// Datastreams of a thing up to which what is sent makes new ones, unless Source::any_keys.
  std::size_t keys_of_thing = 500;
  /// Device times further ahead of ours than this are not believed.
  std::int64_t future_tolerance_ns = 5 * Instant::kMinute;
  /// Device times before this are those of a clock that was never set (a device that boots in 1970).
  Instant oldest = Instant::from_seconds(946'684'800);  // 2000-01-01
};

/// Where submissions become a commit. Writer thread only; everything handed in must outlive it.
///
/// Times: ahead of our clock by more than the tolerance, or before 2000: if the sender can be told, the line is refused
/// ("future", "clock_unset"); else the reading is stamped with our time and flagged (server_time, clock_doubt), a few
/// nanoseconds apart in the order of the device's times where it is several.
/// Values outside the plausible range of their observed property are kept and flagged out_of_range.
/// Datastreams that were removed since the names were looked up: refused ("name").
/// Names nobody knows: keys of a known thing become its datastreams, up to so many (then: "too_many_keys"); devices
/// wait in the list; with auto_claim things are made at once.
class Admission final : public registry::ChangeListener {
 public:
  Admission(readings::ReadingStore& store, registry::Registry& registry, Unclaimed& unclaimed, ReceiptBook& receipts,
            SeriesIndex& index, Probe& probe, const Clock& clock, AdmissionOptions options);
  ~Admission() override;

  void add_listener(CommitListener& listener) { listeners_.push_back(&listener); }

  /// One group commit: every `done` is called exactly once before it returns. `since_ns`: monotonic time at which the
  /// oldest of the group was handed in.
  void commit(std::span<Submission> group, std::int64_t since_ns);

  /// Readings the intake could not take. Any thread.
  void count_busy(std::size_t rows);

  /// Claims a device: the thing, its datastreams, what it had sent.
  Result<ThingId> claim(std::uint32_t id, const Claim& claim, const registry::Actor& actor);

  void thing_changed(const registry::Thing& thing) override;
  void thing_removed(ThingId thing) override;
  void datastream_changed(const registry::Datastream& datastream) override;
  void datastream_removed(DatastreamId datastream) override;

 private:
  struct Limits {
    float low = 0, high = 0;  ///< equal: none
    std::uint64_t name = 0;  ///< fingerprint of thing and key, 0: no such datastream
  };
  class KeysLeft;
  struct Counts {
    std::uint64_t restamped = 0, out_of_range = 0;
    std::int64_t next_stamp = 0;  ///< later than what was given in this commit
  };
  /// Names to datastreams and the list; returns how many readings wait there.
  Result<std::uint32_t> place(Submission& submission, std::vector<DatastreamId>& resolved);
  Result<> resolve(Submission& submission, std::vector<DatastreamId>& into);
  ThingId thing_of(const Submission& submission, const SeriesName& name) const;
  void prepare_streams(std::span<Submission> group);
  Result<> create_missing(Submission& submission, std::vector<DatastreamId>& resolved);
  Result<std::uint32_t> hold_unknown(Submission& submission, const std::vector<DatastreamId>& resolved);
  /// Clears a resend whose receipts are known. An error if a key came back with another payload.
  Result<> drop_if_seen(Submission& submission, Instant now);
  ReceiptBook::Seen seen(const Receipt& receipt, Instant now, Instant since) const;
  void note_device_clock(const Submission& submission, Instant now);
  void judge_times(Submission& submission, Instant now, Counts& counts);
  void judge_values(Submission& submission, Counts& counts);
  bool is_known(DatastreamId datastream) const {
    return datastream.value < limits_.size() && limits_[datastream.value].name != 0;
  }
  void refuse_removed(Submission& submission);
  static void refuse_time(Submission& submission, std::int64_t time, std::size_t at, Instant now);
  /// `doubted`: the rows whose times are not believed.
  static void restamp(Submission& submission, std::vector<std::size_t>& doubted, Counts& counts);
  void answer(std::span<Submission> group, std::span<const readings::Outcome> outcomes,
              const std::vector<std::uint32_t>& held, const std::vector<const Error*>& failed);

  readings::ReadingStore& store_;
  registry::Registry& registry_;
  Unclaimed& unclaimed_;
  ReceiptBook& receipts_;
  SeriesIndex& index_;
  Probe& probe_;
  const Clock& clock_;
  AdmissionOptions options_;
  std::vector<CommitListener*> listeners_;
  std::vector<Limits> limits_;  ///< by datastream id
  std::unordered_map<ThingId, std::uint64_t> thing_names_;  ///< fingerprints of key and gateway
  std::unordered_map<std::uint64_t, std::uint64_t> in_group_;  ///< receipts of the commit being made, if it has resends
  Instant last_commit_;
};

/// Scope under which a source's devices are known by name: "gateway:17", "provisioning", "ingest".
std::string scope_of(const Source& source);

}  // namespace qala::ingest
