#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "readings/store.h"

namespace qala::readings::test {

/// A store that can be told to be full, and that counts commits and rows read: a promise of speed is a promise of how
/// much is read.
class WatchedStore final : public ReadingStore {
 public:
  explicit WatchedStore(std::unique_ptr<ReadingStore> inner) : inner_(std::move(inner)) {}
  Result<Appended> append(std::span<const Batch* const> batches, std::string_view with) override {
    if (before_append) before_append();
    if (full) return fail(ErrorKind::full, "the disk is full");
    commits++;
    return inner_->append(batches, with);
  }
  void release(std::uint64_t sequence) override { inner_->release(sequence); }
  Result<> replay(std::uint64_t after, const Replay& each) override { return inner_->replay(after, each); }
  std::uint64_t last_sequence() const override { return inner_->last_sequence(); }
  std::vector<Latest> latest(std::span<const DatastreamId> some) const override { return inner_->latest(some); }
  std::vector<Latest> latest_all() const override { return inner_->latest_all(); }
  Result<Range> range(DatastreamId id, Window window, std::size_t limit, bool with_ids,
                      bool newest_first) const override {
    auto out = inner_->range(id, window, limit, with_ids, newest_first);
    if (out) rows_read += out->batch.rows.size();
    return out;
  }
  Result<Range> by_id(ObservationId from, std::size_t limit, const Wanted& wanted) const override {
    auto out = inner_->by_id(from, limit, wanted);
    if (out) rows_read += out->batch.rows.size();
    return out;
  }
  std::optional<Window> span_of(DatastreamId id) const override { return inner_->span_of(id); }
  Result<std::vector<Bucket>> buckets(DatastreamId id, Window window, const Calendar& c,
                                      const Zone& zone) const override {
    return inner_->buckets(id, window, c, zone);
  }
  Result<> buckets_of_many(std::span<const DatastreamId> ids, Window window, const Calendar& c, const Zone& zone,
                           const EachBuckets& each) const override {
    return inner_->buckets_of_many(ids, window, c, zone, each);
  }
  Result<std::vector<Exceedance>> exceedance(std::span<const DatastreamId> ids, Window window, const Calendar& c,
                                             const Zone& zone, double limit) const override {
    return inner_->exceedance(ids, window, c, zone, limit);
  }
  Result<std::uint64_t> count(std::span<const DatastreamId> ids, Window window) const override {
    return inner_->count(ids, window);
  }
  Result<std::size_t> erase_readings(std::span<const ReadingKey> keys) override {
    erasures++;
    return inner_->erase_readings(keys);
  }
  Result<bool> erase_datastream(DatastreamId id) override { return inner_->erase_datastream(id); }
  std::vector<DatastreamId> erasing() const override { return inner_->erasing(); }
  Result<> expire(std::span<const DatastreamId> ids, std::int64_t before) override {
    return inner_->expire(ids, before);
  }
  Result<> backup(const std::string& folder) override { return inner_->backup(folder); }
  Result<std::uint64_t> check(const std::function<void(const Damage&)>& found) const override {
    return inner_->check(found);
  }
  StoreHealth health() const override { return inner_->health(); }
  Result<> settle() override { return inner_->settle(); }

  bool full = false;
  std::function<void()> before_append;
  int commits = 0;  ///< tried on the store itself
  int erasures = 0;
  mutable std::atomic<std::uint64_t> rows_read = 0;

 private:
  std::unique_ptr<ReadingStore> inner_;
};

}  // namespace qala::readings::test
