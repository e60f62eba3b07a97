#include "readings/series_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"

namespace qala::readings {

namespace {

// Files come before memory; within memory the tail, what is being flushed, what is new.
constexpr std::uint64_t kTail = 1ull << 62, kFrozen = kTail + 2, kActive = kTail + 4;

std::size_t row_from(const std::vector<std::int64_t>& times, std::int64_t time) {
  return static_cast<std::size_t>(std::ranges::lower_bound(times, time) - times.begin());
}

}  // namespace

std::vector<std::size_t> group_ends(const std::vector<Source>& sources) {
  std::vector<std::size_t> ends;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < sources.size(); i++) {
    if (i != 0 && sources[i].first > last) ends.push_back(i);
    last = i == 0 ? sources[i].last : std::max(last, sources[i].last);
  }
  if (!sources.empty()) ends.push_back(sources.size());
  return ends;
}

Window SeriesReader::clipped(DatastreamId datastream, Window window) const {
  if (!view_.hidden->expired_before.empty()) window.from = std::max(window.from, view_.hidden->expired(datastream));
  return window;
}

void SeriesReader::add_file_sources(DatastreamId datastream, Window window) {
  const FileSet& files = *view_.files;
  const std::uint64_t gone = view_.hidden->erasing.empty() ? 0 : view_.hidden->gone_generation(datastream);
  const Month first_month = month_of(window.from), last_month = month_of(window.to - 1);
  auto at = std::ranges::lower_bound(files, first_month, {}, [](const auto& file) { return file->entry.month; });
  for (; at != files.end() && (*at)->entry.month <= last_month; ++at) {
    const StoredFile& file = **at;
    if (file.entry.generation <= gone) continue;
    if (file.reader == nullptr) {
      const std::int64_t start = month_start(file.entry.month);
      sources_.push_back({.first = start, .last = start, .priority = file.entry.generation * 2, .file = &file});
      continue;
    }
    for (const ChunkEntry& chunk : file.reader->entries_of(datastream)) {
      if (chunk.last_time < window.from || chunk.first_time >= window.to) continue;
      sources_.push_back({.first = chunk.first_time,
                          .last = chunk.last_time,
                          .priority = file.entry.generation * 2,
                          .file = &file,
                          .chunk = &chunk});
    }
  }
}

void SeriesReader::add_table(const MemoryTable* table, DatastreamId datastream, Window window, std::uint64_t priority) {
  if (table == nullptr) return;
  const auto extent = table->extent(datastream);
  if (!extent || extent->second < window.from || extent->first >= window.to) return;
  sources_.push_back({.first = extent->first, .last = extent->second, .priority = priority, .table = table});
}

const std::vector<Source>& SeriesReader::sources(DatastreamId datastream, Window window) {
  sources_.clear();
  const bool from_memory = window.from >= view_.tail_from;
  if (!from_memory) add_file_sources(datastream, window);
  if (from_memory) add_table(view_.tail.get(), datastream, window, kTail);
  add_table(view_.frozen.get(), datastream, window, kFrozen);
  if (view_.active != nullptr) {
    const std::shared_lock lock(*view_.lock);
    add_table(view_.active.get(), datastream, window, kActive);
  }
  std::ranges::sort(sources_, {}, &Source::first);
  return sources_;
}

Columns& SeriesReader::next_columns() {
  if (columns_used_ == columns_.size()) columns_.push_back(std::make_unique<Columns>());
  Columns& columns = *columns_[columns_used_++];
  columns.clear();
  return columns;
}

void SeriesReader::load_chunk(const Source& source, Window window, std::vector<std::string>* damaged) {
  if (source.chunk == nullptr) {
    if (damaged != nullptr) damaged->push_back(source.file->entry.name + ": " + source.file->damage);
    return;
  }
  Columns& columns = next_columns();
  const SegmentReader& reader = *source.file->reader;
  auto read = need_ != Need::all ? reader.read_window(*source.chunk, window, need_ == Need::values, columns)
                                 : reader.read(*source.chunk, columns, false);
  if (read && need_ == Need::values && has_text(columns.type)) {
    columns.clear();
    read = reader.read(*source.chunk, columns, false);
  }
  if (!read) {
    columns.clear();
    if (damaged == nullptr) return;
    damaged->push_back(fmt::format("{}: {} to {}: {}", source.file->entry.name, to_iso({source.chunk->first_time}),
                                   to_iso({source.chunk->last_time}), read.error().message));
    return;
  }
  runs_.push_back({.columns = &columns,
                   .begin = row_from(columns.time, window.from),
                   .end = row_from(columns.time, window.to),
                   .priority = source.priority});
}

void SeriesReader::load_table(DatastreamId datastream, const Source& source, Window window) {
  const std::size_t before = columns_used_;
  // The active table may have grown since the groups were made.
  window.from = std::max(window.from, source.first);
  if (source.last < window.to) window.to = source.last + 1;
  {
    std::shared_lock<std::shared_mutex> lock;
    if (source.table == view_.active.get()) lock = std::shared_lock(*view_.lock);
    source.table->copy_plain(datastream, window, need_ != Need::all, next_columns());
    source.table->copy_odd(datastream, window, [&](ValueType type, std::int8_t scale) -> Columns& {
      Columns& columns = next_columns();
      columns.type = type;
      columns.scale = scale;
      return columns;
    });
  }
  for (std::size_t i = before; i < columns_used_; i++) {
    const std::uint64_t priority = source.priority + (i == before ? 0 : 1);
    runs_.push_back({.columns = columns_[i].get(), .begin = 0, .end = columns_[i]->size(), .priority = priority});
  }
}

/// Cuts erased readings out of the slices.
void SeriesReader::leave_out_erased(DatastreamId datastream) {
  const auto* erased = view_.hidden->erased.empty() ? nullptr : view_.hidden->erased_of(datastream);
  const bool tombstones = std::ranges::any_of(slices_, [](const Slice& s) { return !s.columns->tombstone.empty(); });
  if (erased == nullptr && !tombstones) return;
  std::vector<Slice> kept;
  for (Slice slice : slices_) {
    const Columns& columns = *slice.columns;
    for (std::size_t i = slice.begin; i < slice.end; i++) {
      const bool gone = (erased != nullptr && erased->contains(columns.time[i])) ||
                        (!columns.tombstone.empty() && columns.tombstone[i] != 0);
      if (!gone) continue;
      if (i > slice.begin) kept.push_back({slice.columns, slice.begin, i, slice.corrected});
      slice.begin = i + 1;
    }
    if (slice.begin < slice.end) kept.push_back(slice);
  }
  slices_ = std::move(kept);
}

void SeriesReader::load(DatastreamId datastream, Window window, std::size_t begin, std::size_t end,
                        std::vector<std::string>* damaged) {
  runs_.clear();
  slices_.clear();
  columns_used_ = 0;
  for (std::size_t i = begin; i < end; i++) {
    const Source& source = sources_[i];
    if (source.table != nullptr) {
      load_table(datastream, source, window);
    } else {
      load_chunk(source, window, damaged);
    }
  }
  merge_runs(runs_, slices_, dropped_);
  leave_out_erased(datastream);
}

}  // namespace qala::readings
