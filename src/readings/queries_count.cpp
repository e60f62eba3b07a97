#include "readings/engine.h"
#include "readings/series_reader.h"

namespace qala::readings {

namespace {

/// Counts readings, from the index where a chunk lies alone and whole in the window.
class Counter {
 public:
  explicit Counter(const View& view)
      : view_(view), groups_(view, SeriesReader::Need::times), rows_(view, SeriesReader::Need::times) {}

  std::uint64_t count(DatastreamId datastream, Window window) {
    window = groups_.clipped(datastream, window);
    if (window.from >= window.to) return 0;
    const bool erased = view_.hidden->erased_of(datastream) != nullptr;
    std::uint64_t sum = 0;
    const auto& sources = groups_.sources(datastream, window);
    std::size_t begin = 0;
    for (const std::size_t end : group_ends(sources)) {
      const Source& source = sources[begin];
      const bool whole = source.first >= window.from && source.last < window.to;
      if (end - begin == 1 && whole && !erased && source.chunk != nullptr) {
        sum += source.chunk->count;
      } else {
        std::int64_t last = source.last;
        for (std::size_t i = begin; i < end; i++) last = std::max(last, sources[i].last);
        sum += count_rows(datastream, {std::max(window.from, source.first), std::min(window.to, last + 1)});
      }
      begin = end;
    }
    return sum;
  }

 private:
  std::uint64_t count_rows(DatastreamId datastream, Window window) {
    std::uint64_t sum = 0;
    rows_.visit(datastream, window, SeriesReader::Order::oldest_first, nullptr, [&](std::span<const Slice> slices) {
      for (const Slice& slice : slices) sum += slice.end - slice.begin;
      return true;
    });
    return sum;
  }

  const View& view_;
  SeriesReader groups_, rows_;
};

}  // namespace

Result<std::uint64_t> Engine::count(std::span<const DatastreamId> datastreams, Window window) const {
  const View now = view();
  Counter counter(now);
  std::uint64_t sum = 0;
  if (!datastreams.empty()) {
    for (const DatastreamId datastream : datastreams) sum += counter.count(datastream, window);
    return sum;
  }
  for (const DatastreamId datastream : all_datastreams()) sum += counter.count(datastream, window);
  return sum;
}

}  // namespace qala::readings
