#include "readings/runs.h"

#include <algorithm>
#include <limits>

namespace qala::readings {

std::string_view text_of(const Columns& columns, std::int64_t bits) {
  const auto ref = TextRef::from_bits(bits);
  return std::string_view(columns.text).substr(ref.offset, ref.length);
}

Value value_of(const Columns& columns, std::size_t row) {
  const std::int64_t bits = columns.bits[row];
  return {columns.type, columns.scale, bits, has_text(columns.type) ? text_of(columns, bits) : std::string_view()};
}

namespace {

bool is_erased(const Columns& columns, std::size_t row) {
  return !columns.tombstone.empty() && columns.tombstone[row] != 0;
}

/// The row that counts of all runs at `time`; advances them.
Slice settle_tie(std::vector<Run>& runs, std::int64_t time, const Dropped& dropped) {
  Slice winner;
  for (Run& run : runs) {  // ascending priority
    if (run.begin == run.end || run.first() != time) continue;
    const std::size_t row = run.begin++;
    if (winner.columns == nullptr) {
      winner = {run.columns, row, row + 1, false};
      continue;
    }
    const bool same = is_erased(*winner.columns, winner.begin) == is_erased(*run.columns, row) &&
                      same_value(value_of(*winner.columns, winner.begin), value_of(*run.columns, row));
    // One that is known to have replaced something counts, though its value may be what an earlier row had.
    const bool replaced = !run.columns->flags.empty() && (run.columns->flags[row] & flag::corrected) != 0;
    if (same && !replaced) {
      if (dropped) dropped(*run.columns, row, true);
      continue;
    }
    if (dropped) dropped(*winner.columns, winner.begin, false);
    winner = {run.columns, row, row + 1, true};
  }
  return winner;
}

void merge_overlapping(std::vector<Run>& runs, std::vector<Slice>& out, const Dropped& dropped) {
  std::ranges::sort(runs, {}, &Run::priority);
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    std::erase_if(runs, [](const Run& run) { return run.begin == run.end; });
    if (runs.empty()) return;
    for (;;) {
      Run* least = nullptr;
      std::int64_t time = kNone, next = kNone;  // the least time, and the least of the other runs
      for (Run& run : runs) {
        if (run.begin == run.end) continue;
        const std::int64_t first = run.first();
        if (least == nullptr || first < time) {
          if (least != nullptr) next = time;
          least = &run;
          time = first;
        } else {
          next = std::min(next, first);
        }
      }
      if (least == nullptr) return;
      if (next == time) {
        out.push_back(settle_tie(runs, time, dropped));
        continue;
      }
      const auto& times = least->columns->time;
      std::size_t end = least->begin + 1;
      while (end < least->end && times[end] < next) end++;
      out.push_back({least->columns, least->begin, end, false});
      least->begin = end;
      if (least->begin == least->end) break;  // drop it from the list
    }
  }
}

}  // namespace

void merge_runs(std::vector<Run>& runs, std::vector<Slice>& out, const Dropped& dropped) {
  std::erase_if(runs, [](const Run& run) { return run.begin == run.end; });
  std::ranges::sort(runs, {}, [](const Run& run) { return run.first(); });
  bool disjoint = true;
  for (std::size_t i = 1; i < runs.size(); i++) disjoint = disjoint && runs[i - 1].last() < runs[i].first();
  if (!disjoint) return merge_overlapping(runs, out, dropped);
  for (const Run& run : runs) out.push_back({run.columns, run.begin, run.end, false});
}

}  // namespace qala::readings
