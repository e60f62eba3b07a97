#pragma once

#include <span>
#include <vector>

#include "readings/calendar_grid.h"
#include "readings/runs.h"
#include "readings/segment.h"

namespace qala::readings {

/// Adds rows in time order up to buckets. Sums of decimals and integers are exact until divided.
class BucketSums {
 public:
  explicit BucketSums(const CalendarGrid& grid) : grid_(&grid) {}
  void clear() {
    buckets_.clear();
    end_ = 0;
  }
  /// Text and json have no mean and are left out.
  void add(const Slice& slice);
  /// A summary of a part of the bucket that holds `time`, after all that was added so far.
  void add(std::int64_t time, const DaySummary& summary);
  std::span<const Bucket> buckets() const { return buckets_; }

 private:
  Bucket& bucket_at(std::int64_t time);
  void add_exact(const Columns& columns, std::size_t begin, std::size_t end);
  void add_real(const Columns& columns, std::size_t begin, std::size_t end);

  const CalendarGrid* grid_;
  std::vector<Bucket> buckets_;
  std::int64_t end_ = 0;  ///< of the last bucket
};

}  // namespace qala::readings
