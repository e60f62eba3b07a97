#include "sensorthings/spans.h"

#include <algorithm>

#include "sensorthings/rows.h"

namespace qala::sensorthings {

Spans::Both Spans::of(DatastreamId datastream) const {
  Both out;
  if (!book_.is_detailed(datastream.value)) {
    if (const auto span = store_.span_of(datastream)) out.phenomenon = Span{span->from, span->to - 1};
    return out;
  }
  std::uint64_t seen = 0;
  {
    const std::lock_guard guard(lock_);
    if (const auto at = known_.find(datastream.value); at != known_.end()) return at->second;
    if (watched_.size() <= datastream.value) watched_.resize(datastream.value + 1);
    watched_[datastream.value] = true;
    any_ = true;
    seen = changes_;
  }
  constexpr std::size_t kPiece = 16'384;
  const auto widen = [](std::optional<Span>& span, std::int64_t from, std::int64_t to) {
    if (!span) span = Span{from, to};
    span->from = std::min(span->from, from);
    span->to = std::max(span->to, to);
  };
  readings::Window left{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  for (;;) {
    const auto piece = store_.range(datastream, left, kPiece);
    if (!piece || piece->batch.rows.empty()) break;
    for (std::size_t i = 0; i < piece->batch.rows.size(); i++) {
      const Row row = row_of(*piece, i, book_);
      widen(out.phenomenon, row.from, row.to.value_or(row.from));
      if (row.result_time) widen(out.result, *row.result_time, *row.result_time);
    }
    if (!piece->more) break;
    left.from = piece->batch.rows.back().time + 1;
  }
  const std::lock_guard guard(lock_);
  if (changes_ == seen) known_[datastream.value] = out;
  return out;
}

void Spans::forget(std::uint32_t datastream) const {
  if (datastream >= watched_.size() || !watched_[datastream]) return;
  known_.erase(datastream);
  changes_++;
}

void Spans::changed(DatastreamId datastream) {
  const std::lock_guard guard(lock_);
  forget(datastream.value);
}

void Spans::committed(std::span<const readings::Batch* const> batches) {
  if (!any_) return;
  const std::lock_guard guard(lock_);
  for (const auto* batch : batches)
    for (const auto& row : batch->rows) forget(row.datastream.value);
}

}  // namespace qala::sensorthings
