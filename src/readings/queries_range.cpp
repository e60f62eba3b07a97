#include <algorithm>
#include <mutex>

#include "readings/engine.h"
#include "readings/series_reader.h"
#include "readings/superseded.h"

namespace qala::readings {

namespace {

/// Fills a Range row by row until the limit.
class RangeFiller {
 public:
  RangeFiller(Range& out, DatastreamId datastream, std::size_t limit, std::vector<std::uint64_t>* ordinals)
      : out_(out), datastream_(datastream), limit_(limit), ordinals_(ordinals) {}

  /// False: the limit is reached and there is more.
  bool add(const Slice& slice, bool newest_first) {
    const std::size_t n = slice.end - slice.begin;
    for (std::size_t k = 0; k < n; k++) {
      if (out_.batch.rows.size() == limit_) {
        out_.more = true;
        return false;
      }
      push(*slice.columns, newest_first ? slice.end - 1 - k : slice.begin + k, slice.corrected);
    }
    return true;
  }

 private:
  TextRef keep(std::string_view text) {
    const TextRef ref{.offset = out_.batch.text.size(), .length = static_cast<std::uint32_t>(text.size())};
    out_.batch.text += text;
    return ref;
  }

  void push(const Columns& columns, std::size_t i, bool corrected) {
    Batch& batch = out_.batch;
    Observation row = observation_of(datastream_, columns, i);
    if (corrected) row.flags |= flag::corrected;
    if (has_text(row.type)) row.bits = keep(text_of(columns, row.bits)).bits();
    Extra extra;
    extra.row = static_cast<std::uint32_t>(batch.rows.size());
    if (!columns.result_time.empty()) extra.result_time = columns.result_time[i];
    if (!columns.interval_end.empty()) extra.interval_end = columns.interval_end[i];
    if (!columns.parameters.empty()) {
      const TextRef ref = columns.parameters[i];
      if (ref.length != 0) extra.parameters = keep(std::string_view(columns.text).substr(ref.offset, ref.length));
    }
    if (extra.result_time != 0 || extra.interval_end != 0 || extra.parameters.length != 0)
      batch.extras.push_back(extra);
    batch.rows.push_back(row);
    if (ordinals_ != nullptr) ordinals_->push_back(ordinal_of(columns, i));
  }

  Range& out_;
  DatastreamId datastream_;
  std::size_t limit_;
  std::vector<std::uint64_t>* ordinals_;
};

}  // namespace

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
