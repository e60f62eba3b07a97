#include "readings/bucket_reader.h"

#include <algorithm>
#include <cmath>

namespace qala::readings {

Window data_window(const View& view, Window window) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = std::numeric_limits<std::int64_t>::min();
  const auto see = [&](std::int64_t from, std::int64_t to) {
    first = std::min(first, from);
    last = std::max(last, to);
  };
  for (const auto& file : *view.files) see(month_start(file->entry.month), month_start(file->entry.month + 1) - 1);
  if (view.frozen != nullptr && view.frozen->rows() != 0) see(view.frozen->first_time(), view.frozen->last_time());
  {
    const std::shared_lock lock(*view.lock);
    if (view.active->rows() != 0) see(view.active->first_time(), view.active->last_time());
  }
  if (first > last) return {window.from, window.from};
  window.from = std::max(window.from, first);
  if (last < window.to) window.to = last + 1;
  return window;
}

std::size_t BucketReader::day_of(std::int64_t time) const {
  const auto& days = grid_.day_starts();
  return static_cast<std::size_t>(std::ranges::upper_bound(days, time) - days.begin()) - 1;
}

void BucketReader::mark_rows(std::int64_t first, std::int64_t last) {
  first = std::max(first, window_.from);
  last = std::min(last, window_.to - 1);
  if (first > last) return;
  for (std::size_t day = day_of(first), end = day_of(last); day <= end; day++) by_rows_[day] = 1;
}

bool BucketReader::add_parts(DatastreamId datastream, const StoredFile& file) {
  const auto days = summaries_->of(file, datastream);
  if (!days) return false;
  parts_.insert(parts_.end(), days->begin(), days->end());
  return true;
}

/// By day, of one day in the order of the files. Nearly sorted already: files overlap in a day or two.
void BucketReader::sort_parts() {
  for (std::size_t i = 1; i < parts_.size(); i++) {
    for (std::size_t k = i; k > 0 && parts_[k - 1].day > parts_[k].day; k--) std::swap(parts_[k - 1], parts_[k]);
  }
}

/// Finds the days whose summaries hold and gathers these; false if all has to be read row by row.
bool BucketReader::find_summarised(DatastreamId datastream) {
  const auto& starts = grid_.day_starts();
  by_rows_.assign(starts.size() - 1, 0);
  parts_.clear();
  const Window clipped = rows_.clipped(datastream, window_);
  if (starts.front() < clipped.from) mark_rows(window_.from, clipped.from);
  if (clipped.to < starts.back()) mark_rows(clipped.to - 1, clipped.to - 1);
  if (const auto* erased = view_.hidden->erased_of(datastream)) {
    for (const std::int64_t time : *erased) mark_rows(time, time);
  }
  const auto& sources = rows_.sources(datastream, clipped);
  const StoredFile* before = nullptr;
  std::size_t begin = 0;
  for (const std::size_t end : group_ends(sources)) {
    std::int64_t last = sources[begin].first - 1;
    for (std::size_t i = begin; i < end; i++) {
      // Where two sources overlap the readings decide; elsewhere a chunk's summaries hold.
      mark_rows(sources[i].first, sources[i].chunk == nullptr ? sources[i].last : std::min(sources[i].last, last));
      last = std::max(last, sources[i].last);
      const StoredFile* file = sources[i].file;
      if (file == nullptr || file == before) continue;
      const bool seen = std::any_of(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const Source& s) { return s.file == file; });
      if (seen && end - begin == 1) return false;  // files take turns: too tangled for sums
      if (!seen && file->reader == nullptr) return false;
      if (!seen && !add_parts(datastream, *file)) return false;
      before = file;
    }
    begin = end;
  }
  sort_parts();
  for (const DaySummary& part : parts_) {
    // A text among a day's readings leaves no figures in its summary.
    const auto day = static_cast<std::size_t>(part.day - grid_.first_day());
    if (std::isnan(part.sum) && part.day >= grid_.first_day() && day < by_rows_.size()) by_rows_[day] = 1;
  }
  return true;
}

void BucketReader::read_rows(DatastreamId datastream, Window window) {
  rows_.visit(datastream, window, SeriesReader::Order::oldest_first, nullptr, [&](std::span<const Slice> slices) {
    for (const Slice& slice : slices) sums_.add(slice);
    return true;
  });
}

std::span<const Bucket> BucketReader::read(DatastreamId datastream) {
  sums_.clear();
  if (summaries_ == nullptr || !grid_.of_days() || !find_summarised(datastream)) {
    read_rows(datastream, window_);
    return sums_.buckets();
  }
  const auto& starts = grid_.day_starts();
  auto part = parts_.begin();
  for (std::size_t day = 0; day < by_rows_.size();) {
    const std::int32_t number = grid_.first_day() + static_cast<std::int32_t>(day);
    while (part != parts_.end() && part->day < number) ++part;
    if (by_rows_[day] == 0) {
      for (; part != parts_.end() && part->day == number; ++part) sums_.add(starts[day], *part);
      day++;
      continue;
    }
    std::size_t end = day + 1;
    while (end < by_rows_.size() && by_rows_[end] != 0) end++;
    read_rows(datastream, {std::max(starts[day], window_.from), std::min(starts[end], window_.to)});
    day = end;
  }
  return sums_.buckets();
}

bool BucketReader::may_exceed(DatastreamId datastream, double limit) {
  const StoredFile* before = nullptr;
  for (const Source& source : rows_.sources(datastream, rows_.clipped(datastream, window_))) {
    if (source.file == nullptr || summaries_ == nullptr) return true;
    if (source.file == before) continue;
    before = source.file;
    const auto days = summaries_->of(*source.file, datastream);
    if (!days) return true;
    const auto may = [&](const DaySummary& day) { return day.max > limit || std::isnan(day.max); };
    if (std::ranges::any_of(*days, may)) return true;
  }
  return false;
}

}  // namespace qala::readings
