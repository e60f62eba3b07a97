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

/// Of the readings erased one by one, those whose row is not in a file yet.
std::uint64_t Engine::erased_in_memory(const View& now) const {
  const auto nothing_hidden = std::make_shared<const Hidden>();
  const View tables{.lock = now.lock,
                    .files = std::make_shared<const FileSet>(),
                    .hidden = nothing_hidden,
                    .tail = nullptr,
                    .frozen = now.frozen,
                    .active = now.active};
  Counter counter(tables);
  std::uint64_t sum = 0;
  for (const auto& [id, times] : now.hidden->erased) {
    for (const std::int64_t time : times) sum += counter.count(DatastreamId(id), {time, time + 1});
  }
  return sum;
}

/// Counts the files once more after something left them: not all that had been counted when it came was a reading of
/// its own, and what is hidden goes with whole files. Tried again later if files or what is hidden change meanwhile.
/// Under work_.
Result<> Engine::recount() {
  if (!uncounted_.exchange(false)) return {};
  const View now = view();
  View only = now;
  only.frozen = only.active = only.tail = nullptr;
  only.tail_from = std::numeric_limits<std::int64_t>::max();
  Counter counter(only);
  std::uint64_t held = 0;
  for (const DatastreamId datastream : all_datastreams()) {
    if (flush_wanted_) TRY_VOID(flush());
    held += counter.count(datastream, {Head::kNever, std::numeric_limits<std::int64_t>::max()});
  }
  held -= erased_in_memory(now);  // counted with the log's rows, taken off what the files hold
  const std::lock_guard lock(manifest_lock_);
  const auto more = static_cast<std::int64_t>(held - manifest_.observations);
  const View then = view();
  if (then.files != now.files || then.hidden != now.hidden) {
    uncounted_ = true;
    return {};
  }
  if (more == 0) return {};
  manifest_.observations = held;
  if (auto saved = save_manifest(); !saved) {
    manifest_.observations -= static_cast<std::uint64_t>(more);
    uncounted_ = true;
    return saved;
  }
  const std::unique_lock memory(memory_);
  observations_ += more;
  taken_off_ -= more;
  return {};
}

}  // namespace qala::readings
