#include "readings/bucket_sums.h"

#include <algorithm>

namespace qala::readings {

namespace {

void take(Bucket& bucket, std::uint64_t count, double sum, double min, double max, double last) {
  bucket.min = bucket.count == 0 ? min : std::min(bucket.min, min);
  bucket.max = bucket.count == 0 ? max : std::max(bucket.max, max);
  bucket.count += count;
  bucket.sum += sum;
  bucket.last = last;
}

/// sum x 10^-scale; exact in the integer part for all sums a town will see.
double scaled(ValueType type, std::int8_t scale, __int128 sum) {
  if (sum >= INT64_MIN && sum <= INT64_MAX) return as_number(type, scale, static_cast<std::int64_t>(sum));
  return static_cast<double>(sum) * as_number(type, scale, 1);
}

}  // namespace

Bucket& BucketSums::bucket_at(std::int64_t time) {
  if (!buckets_.empty() && time < end_) return buckets_.back();
  const auto span = grid_->bucket_of(time);
  end_ = span.end;
  buckets_.push_back({.start = span.start});
  return buckets_.back();
}

void BucketSums::add_exact(const Columns& columns, std::size_t begin, std::size_t end) {
  const std::int64_t* time = columns.time.data();
  const std::int64_t* bits = columns.bits.data();
  while (begin < end) {
    Bucket& bucket = bucket_at(time[begin]);
    const std::size_t first = begin;
    std::int64_t min = bits[begin], max = bits[begin];
    __int128 sum = 0;
    for (; begin < end && time[begin] < end_; begin++) {
      sum += bits[begin];
      min = std::min(min, bits[begin]);
      max = std::max(max, bits[begin]);
    }
    const auto number = [&](std::int64_t b) { return as_number(columns.type, columns.scale, b); };
    take(bucket, begin - first, scaled(columns.type, columns.scale, sum), number(min), number(max),
         number(bits[begin - 1]));
  }
}

void BucketSums::add_real(const Columns& columns, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; i++) {
    const double value = as_number(columns.type, columns.scale, columns.bits[i]);
    take(bucket_at(columns.time[i]), 1, value, value, value, value);
  }
}

void BucketSums::add(const Slice& slice) {
  const Columns& columns = *slice.columns;
  if (has_text(columns.type)) return;
  if (columns.type == ValueType::real) return add_real(columns, slice.begin, slice.end);
  add_exact(columns, slice.begin, slice.end);
}

void BucketSums::add(std::int64_t time, const DaySummary& summary) {
  if (summary.count == 0) return;
  take(bucket_at(time), summary.count, summary.sum, summary.min, summary.max, summary.last);
}

}  // namespace qala::readings
