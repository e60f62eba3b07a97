#pragma once

#include <map>
#include <optional>
#include <vector>

#include "readings/store.h"
#include "readings/values.h"

namespace qala::readings {

/// What a ReadingStore promises, in the plainest form: a map. For property tests. Decimals only.
class StoreModel {
 public:
  using Series = std::map<std::int64_t, Observation>;

  /// Returns the outcome but for the difference between stored and late.
  Outcome put(const Observation& row) {
    if (erased_.contains({row.datastream.value, row.time})) return Outcome::duplicate;
    auto& series = series_[row.datastream.value];
    const auto [at, fresh] = series.try_emplace(row.time, row);
    if (fresh) return Outcome::stored;
    if (same_value({at->second.type, at->second.scale, at->second.bits, {}}, {row.type, row.scale, row.bits, {}})) {
      return Outcome::duplicate;
    }
    at->second = row;
    return Outcome::corrected;
  }
  bool erase(std::uint32_t datastream, std::int64_t time) {
    if (series_[datastream].erase(time) == 0) return false;
    erased_[{datastream, time}] = true;
    return true;
  }
  void erase_all(std::uint32_t datastream) {
    series_.erase(datastream);
    std::erase_if(erased_, [&](const auto& e) { return e.first.first == datastream; });
  }
  void expire(std::uint32_t datastream, std::int64_t before) {
    auto& series = series_[datastream];
    series.erase(series.begin(), series.lower_bound(before));
  }
  const Series& of(std::uint32_t datastream) { return series_[datastream]; }
  std::vector<Observation> range(std::uint32_t datastream, Window window) {
    std::vector<Observation> out;
    const auto& series = series_[datastream];
    for (auto at = series.lower_bound(window.from); at != series.end() && at->first < window.to; ++at) {
      out.push_back(at->second);
    }
    return out;
  }
  std::vector<Bucket> buckets(std::uint32_t datastream, Window window, const Calendar& calendar, const Zone& zone) {
    std::vector<Bucket> out;
    for (const Observation& row : range(datastream, window)) {
      const std::int64_t start = zone.bucket_start({row.time}, calendar.unit, calendar.count).ns;
      const double value = as_number(row.type, row.scale, row.bits);
      if (out.empty() || out.back().start != start) out.push_back({.start = start, .min = value, .max = value});
      Bucket& bucket = out.back();
      bucket.count++;
      bucket.sum += value;
      bucket.min = std::min(bucket.min, value);
      bucket.max = std::max(bucket.max, value);
      bucket.last = value;
    }
    return out;
  }

 private:
  std::map<std::uint32_t, Series> series_;
  std::map<std::pair<std::uint32_t, std::int64_t>, bool> erased_;
};

}  // namespace qala::readings
