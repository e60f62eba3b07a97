#include <algorithm>
#include <mutex>

#include "readings/engine.h"
#include "readings/range_filler.h"
#include "readings/series_reader.h"

namespace qala::readings {

View Engine::view() const {
  const std::shared_lock lock(memory_);
  return {.lock = &memory_,
          .files = files_,
          .hidden = hidden_,
          .tail = tail_,
          .frozen = frozen_ == nullptr ? nullptr : frozen_->table,
          .active = active_,
          .tail_from = tail_from_};
}

std::vector<DatastreamId> Engine::all_datastreams() const {
  const std::shared_lock lock(memory_);
  std::vector<DatastreamId> all;
  for (std::uint32_t id = 0; id < heads_.rows.size(); id++) {
    if (heads_.rows[id].bound != Head::kNever) all.push_back(DatastreamId(id));
  }
  return all;
}

Result<Range> Engine::range(DatastreamId datastream, Window window, std::size_t limit, bool with_ids,
                            bool newest_first) const {
  Range out;
  if (limit == 0 || window.from >= window.to) return out;
  const View now = view();
  SeriesReader reader(now, SeriesReader::Need::all);
  std::vector<std::uint64_t> ordinals;
  RangeFiller filler(out, datastream, limit, with_ids ? &ordinals : nullptr);
  using Order = SeriesReader::Order;
  reader.visit(datastream, window, newest_first ? Order::newest_first : Order::oldest_first, &out.damaged,
               [&](std::span<const Slice> slices) {
                 for (std::size_t k = 0; k < slices.size(); k++) {
                   const Slice& slice = slices[newest_first ? slices.size() - 1 - k : k];
                   if (!filler.add(slice, newest_first)) return false;
                 }
                 return true;
               });
  note_damage(out.damaged);
  if (with_ids) {
    const std::shared_lock lock(memory_);
    for (const std::uint64_t ordinal : ordinals) out.ids.push_back(ids_.id_of(datastream, ordinal));
  }
  return out;
}

}  // namespace qala::readings
