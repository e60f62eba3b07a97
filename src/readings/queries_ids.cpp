#include <algorithm>
#include <mutex>

#include "readings/engine.h"
#include "readings/range_filler.h"
#include "readings/series_reader.h"

namespace qala::readings {

namespace {

constexpr Window kAll{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};

bool is_odd(std::uint64_t ordinal) { return ordinal >= kOddOrdinal; }

/// The rows of one datastream whose ordinals lie in a range. Those of plain rows ascend with time, so the group that
/// holds the first is bisected for; odd rows may lie anywhere.
class OrdinalFinder {
 public:
  OrdinalFinder(const View& view, DatastreamId datastream)
      : groups_(view, SeriesReader::Need::values), rows_(view, SeriesReader::Need::all), datastream_(datastream) {
    const auto& sources = groups_.sources(datastream, groups_.clipped(datastream, kAll));
    std::size_t begin = 0;
    for (const std::size_t end : group_ends(sources)) {
      std::int64_t last = sources[begin].last;
      for (std::size_t i = begin; i < end; i++) last = std::max(last, sources[i].last);
      windows_.push_back({sources[begin].first, last + 1});
      begin = end;
    }
  }

  /// Calls `take(ordinal, columns, row, corrected)` for each with first <= ordinal < end, in any order.
  template <class Take>
  void find(std::uint64_t first, std::uint64_t end, std::vector<std::string>& damaged, const Take& take) {
    for (std::size_t group = is_odd(first) ? 0 : start_of(first, damaged); group < windows_.size(); group++) {
      bool beyond = false, any_plain = false;
      each(group, damaged, [&](std::uint64_t ordinal, const Columns& columns, std::size_t row, bool corrected) {
        if (ordinal >= first && ordinal < end) take(ordinal, columns, row, corrected);
        if (is_odd(ordinal)) return;
        if (!any_plain) beyond = ordinal >= end;
        any_plain = true;
      });
      if (!is_odd(first) && any_plain && beyond) return;
    }
  }

 private:
  template <class Each>
  void each(std::size_t group, std::vector<std::string>& damaged, const Each& each) {
    rows_.visit(datastream_, windows_[group], SeriesReader::Order::oldest_first, &damaged,
                [&](std::span<const Slice> slices) {
                  for (const Slice& slice : slices)
                    for (std::size_t i = slice.begin; i < slice.end; i++)
                      each(ordinal_of(*slice.columns, i), *slice.columns, i, slice.corrected);
                  return true;
                });
  }

  /// The first group that may hold plain ordinals from `first` on.
  std::size_t start_of(std::uint64_t first, std::vector<std::string>& damaged) {
    std::size_t low = 0, high = windows_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      std::uint64_t highest = 0;
      bool any = false;
      each(middle, damaged, [&](std::uint64_t ordinal, const Columns&, std::size_t, bool) {
        if (is_odd(ordinal)) return;
        any = true;
        highest = std::max(highest, ordinal);
      });
      if (!any) return low;  // nothing to go by
      if (highest < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  SeriesReader groups_, rows_;
  DatastreamId datastream_;
  std::vector<Window> windows_;
};

/// A row found, to be put in order.
struct Found {
  std::uint64_t ordinal;
  std::size_t row;  ///< in the scratch range
};

void append_row(const Range& from, std::size_t row, Range& to) {
  Observation copy = from.batch.rows[row];
  const auto keep = [&](TextRef ref) {
    const TextRef kept{.offset = to.batch.text.size(), .length = ref.length};
    to.batch.text += std::string_view(from.batch.text).substr(ref.offset, ref.length);
    return kept;
  };
  if (has_text(copy.type)) copy.bits = keep(TextRef::from_bits(copy.bits)).bits();
  const auto extra = std::ranges::lower_bound(from.batch.extras, row, {}, &Extra::row);
  if (extra != from.batch.extras.end() && extra->row == row) {
    Extra moved = *extra;
    moved.row = static_cast<std::uint32_t>(to.batch.rows.size());
    if (moved.parameters.length != 0) moved.parameters = keep(moved.parameters);
    to.batch.extras.push_back(moved);
  }
  to.batch.rows.push_back(copy);
}

}  // namespace

Result<Range> Engine::by_id(ObservationId from, std::size_t limit, const Wanted& wanted) const {
  Range out;
  if (limit == 0) return out;
  const View now = view();
  const std::uint64_t start = from.value == 0 ? 0 : from.value - 1;
  for (std::uint64_t number = start / IdBook::kExtent;; number++) {
    std::optional<IdBook::Extent> extent;
    {
      const std::shared_lock lock(memory_);
      extent = ids_.extent(number);
    }
    if (!extent) break;
    if (!wanted(extent->datastream)) continue;
    const std::uint64_t skipped = number == start / IdBook::kExtent ? start % IdBook::kExtent : 0;
    const std::uint64_t wish = limit - out.batch.rows.size() + 1;  // one more tells whether there is more
    Range scratch;
    std::vector<std::uint64_t> ordinals;
    RangeFiller filler(scratch, extent->datastream, std::numeric_limits<std::size_t>::max(), &ordinals);
    const std::uint64_t end = extent->first_ordinal + IdBook::kExtent;
    OrdinalFinder finder(now, extent->datastream);
    const std::uint64_t first = extent->first_ordinal + skipped;
    const std::uint64_t reach = is_odd(first) ? end : std::min(end, first + std::max<std::uint64_t>(wish, 64));
    for (std::uint64_t at = first; at < end;) {  // most ordinals are there: a little further than the wish is enough
      const std::uint64_t to = at == first ? reach : end;
      finder.find(at, to, out.damaged, [&](std::uint64_t, const Columns& columns, std::size_t row, bool corrected) {
        filler.push(columns, row, corrected);
      });
      if (ordinals.size() >= wish) break;
      at = to;
    }
    std::vector<Found> order;
    for (std::size_t i = 0; i < ordinals.size(); i++) order.push_back({ordinals[i], i});
    std::ranges::sort(order, {}, &Found::ordinal);
    for (const Found& found : order) {
      if (out.batch.rows.size() == limit) {
        out.more = true;
        break;
      }
      append_row(scratch, found.row, out);
      out.ids.emplace_back(number * IdBook::kExtent + (found.ordinal - extent->first_ordinal) + 1);
    }
    if (out.more) break;
  }
  note_damage(out.damaged);
  return out;
}

std::optional<Window> Engine::span_of(DatastreamId datastream) const {
  const auto newest = latest({&datastream, 1});
  if (newest.empty()) return std::nullopt;
  const View now = view();
  SeriesReader reader(now, SeriesReader::Need::values);
  const Window window = reader.clipped(datastream, kAll);
  const auto& sources = reader.sources(datastream, window);
  if (sources.empty()) return std::nullopt;
  std::int64_t first = sources.front().first;
  if (first < window.from || now.hidden->erased_of(datastream) != nullptr) {
    const auto oldest = range(datastream, window, 1, false, false);
    if (!oldest || oldest->batch.rows.empty()) return std::nullopt;
    first = oldest->batch.rows.front().time;
  }
  return Window{first, newest.front().time + 1};
}

}  // namespace qala::readings
