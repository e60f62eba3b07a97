#include <algorithm>
#include <thread>

#include "readings/bucket_reader.h"
#include "readings/engine.h"

namespace qala::readings {

namespace {

/// Runs `work(begin, end)` for two halves of n at the same time, if n is worth a thread.
template <class Work>
void in_halves(std::size_t n, Work work) {
  static constexpr std::size_t kWorth = 256;
  if (n < kWorth) return work(std::size_t{0}, n);
  std::thread second([&] { work(n / 2, n); });
  work(std::size_t{0}, n / 2);
  second.join();
}

SummaryIndex summaries_of(const View& view, const CalendarGrid& grid, const Zone& zone) {
  const auto days = static_cast<std::int32_t>(grid.day_starts().size()) - 1;
  return {view, zone, grid.first_day(), grid.first_day() + days - 1};
}

}  // namespace

Result<std::vector<Bucket>> Engine::buckets(DatastreamId datastream, Window window, const Calendar& calendar,
                                            const Zone& zone) const {
  std::vector<Bucket> out;
  TRY_VOID(
      buckets_of_many({&datastream, 1}, window, calendar, zone,
                      [&](std::size_t, DatastreamId, std::span<const Bucket> b) { out.assign(b.begin(), b.end()); }));
  return out;
}

Result<> Engine::buckets_of_many(std::span<const DatastreamId> datastreams, Window window, const Calendar& calendar,
                                 const Zone& zone, const EachBuckets& each) const {
  const View now = view();
  window = data_window(now, window);
  if (window.from >= window.to) return {};
  const CalendarGrid grid(zone, calendar, window);
  in_halves(datastreams.size(), [&](std::size_t begin, std::size_t end) {
    SummaryIndex summaries = summaries_of(now, grid, zone);
    BucketReader reader(now, grid, window, grid.of_days() ? &summaries : nullptr);
    for (std::size_t i = begin; i < end; i++) {
      const auto buckets = reader.read(datastreams[i]);
      if (!buckets.empty()) each(begin == 0 ? 0 : 1, datastreams[i], buckets);
    }
  });
  return {};
}

Result<std::vector<Exceedance>> Engine::exceedance(std::span<const DatastreamId> datastreams, Window window,
                                                   const Calendar& calendar, const Zone& zone, double limit) const {
  const View now = view();
  window = data_window(now, window);
  std::vector<Exceedance> halves[2];
  if (window.from >= window.to) return halves[0];
  const CalendarGrid grid(zone, calendar, window);
  in_halves(datastreams.size(), [&](std::size_t begin, std::size_t end) {
    auto& found = halves[begin == 0 ? 0 : 1];
    SummaryIndex summaries = summaries_of(now, grid, zone);
    BucketReader reader(now, grid, window, &summaries);
    for (std::size_t i = begin; i < end; i++) {
      if (!reader.may_exceed(datastreams[i], limit)) continue;
      Exceedance over{.datastream = datastreams[i]};
      for (const Bucket& bucket : reader.read(datastreams[i])) {
        const double mean = bucket.mean();
        if (!(mean > limit)) continue;
        if (over.buckets++ == 0 || mean > over.highest_mean) {
          over.highest_mean = mean;
          over.at = bucket.start;
        }
      }
      if (over.buckets != 0) found.push_back(over);
    }
  });
  halves[0].insert(halves[0].end(), halves[1].begin(), halves[1].end());
  return std::move(halves[0]);
}

}  // namespace qala::readings
