#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "readings/engine.h"
#include "readings/merge_output.h"
#include "readings/series_reader.h"
#include "readings/superseded.h"

namespace qala::readings {

namespace {
constexpr std::size_t kOverlays = 8;    ///< on a merged month, before they are folded in
constexpr std::size_t kFresh = 16;  ///< files of a month not merged yet, before they are merged though it is open
constexpr std::uint64_t kSliceRows = 1 << 18;
constexpr std::uint64_t kReserve = 32 << 20;  ///< bytes left free for the log and flushes while a merge writes

/// Cuts [window) so that each part has about kSliceRows rows at most.
std::vector<std::int64_t> cuts_of(const std::vector<Source>& sources) {
  std::vector<std::int64_t> cuts;
  std::uint64_t rows = 0;
  for (const Source& source : sources) {
    if (rows != 0 && rows + source.chunk->count > kSliceRows) {
      if (cuts.empty() || source.first > cuts.back()) cuts.push_back(source.first);
      rows = 0;
    }
    rows += source.chunk->count;
  }
  return cuts;
}

std::vector<DatastreamId> datastreams_of(const std::vector<std::shared_ptr<const StoredFile>>& inputs) {
  std::vector<DatastreamId> all;
  for (const auto& file : inputs) {
    for (const ChunkEntry& chunk : file->reader->entries()) {
      if (all.empty() || all.back() != chunk.datastream) all.push_back(chunk.datastream);
    }
  }
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

}  // namespace

Result<> Engine::merge_series(const Files& inputs, DatastreamId datastream, MergeOutput& out) {
  View only = view();
  only.files = std::make_shared<const FileSet>(inputs);
  only.tail = only.frozen = only.active = nullptr;
  only.tail_from = std::numeric_limits<std::int64_t>::max();
  const Month month = inputs.front()->entry.month;
  const Window whole{month_start(month), month_start(month + 1)};
  SeriesReader& reader = out.reader(only, datastream);
  auto cuts = cuts_of(reader.sources(datastream, whole));
  cuts.push_back(whole.to);
  std::int64_t from = whole.from;
  std::vector<std::string> damaged;
  for (const std::int64_t to : cuts) {
    Result<> done;
    reader.visit(datastream, {from, to}, SeriesReader::Order::oldest_first, &damaged,
                 [&](std::span<const Slice> slices) {
                   done = out.add(slices);
                   return done.has_value();
                 });
    TRY_VOID(std::move(done));
    if (!damaged.empty()) return fail(ErrorKind::corrupt, damaged.front());
    from = to;
  }
  return out.finish_series();
}

/// A merge writes about as much as it reads before it gives that back.
Result<> Engine::has_space_for(const Files& inputs) const {
  std::uint64_t needed = kReserve;
  for (const auto& file : inputs) needed += file->entry.bytes;
  TRY(const DiskSpace space, disk_space(folder_));
  if (space.free >= needed) return {};
  return fail(ErrorKind::full, fmt::format("no space to merge {}: {} bytes are free, {} are needed",
                                           month_name(inputs.front()->entry.month), space.free, needed));
}

/// Makes one file of several of the same month (or a file without what is hidden, of one). In steps: a flush that
/// becomes due is done in between. Under work_.
Result<> Engine::merge(const Files& inputs, Packing packing) {
  TRY_VOID(has_space_for(inputs));
  FileEntry entry;
  entry.month = inputs.front()->entry.month;
  entry.packing = packing;
  std::uint64_t number = 0;
  entry.name = new_name(month_name(entry.month) + ".", number) + ".seg";
  std::vector<std::string> gone;
  for (const auto& file : inputs) {
    if (file->reader == nullptr) return fail(ErrorKind::corrupt, file->entry.name + ": " + file->damage);
    entry.generation = std::max(entry.generation, file->entry.generation);
    gone.push_back(file->entry.name);
  }
  TRY(auto writer, SegmentWriter::create(path_of(entry.name), packing, zone_));
  MergeOutput out(writer);
  for (const DatastreamId datastream : datastreams_of(inputs)) {
    if (flush_wanted_) TRY_VOID(flush());
    TRY_VOID(merge_series(inputs, datastream, out));
  }
  entry.rows = out.rows();
  std::vector<FileEntry> fresh;
  Result<> written;
  if (entry.rows != 0) {
    fresh.push_back(entry);
    written = writer.finish(segment_meta(entry.generation, entry.month));
  }
  if (written) written = write_superseded(out.superseded(), out.superseded_rows(), entry.generation, fresh, gone);
  if (!written) {
    discard(fresh);
    return written;
  }
  uncounted_ = true;
  return exchange_files(fresh, gone, {}, {});
}

/// Nothing more is to be expected for the month: its readings stopped coming and later ones have come, or it is over.
bool Engine::closed(Month month) const {
  if (last_flushed_months_.contains(month)) {
    static constexpr std::int64_t kQuiet = 5 * Instant::kMinute;
    const bool over = month_start(month + 1) < clock_.now().ns - Instant::kDay;
    return over && clock_.monotonic_ns() - last_append_ > kQuiet;
  }
  const auto now = view();
  const bool later = !now.files->empty() && now.files->back()->entry.month > month;
  return later || month_start(month + 1) < clock_.now().ns - Instant::kDay;
}

std::vector<Engine::Files> Engine::months_due(bool all) const {
  std::vector<Files> due;
  const auto files = view().files;
  for (std::size_t at = 0; at < files->size();) {
    const Month month = (*files)[at]->entry.month;
    Files of_month;
    std::size_t merged = 0;
    for (; at < files->size() && (*files)[at]->entry.month == month; at++) {
      of_month.push_back((*files)[at]);
      merged += of_month.back()->entry.packing == Packing::small ? 1 : 0;
    }
    const std::size_t loose = of_month.size() - merged;
    if (loose == 0 && of_month.size() == 1) continue;
    if (stuck_.contains(month)) continue;
    const bool many = loose >= (merged != 0 ? kOverlays : kFresh);
    if (all || many || closed(month)) due.push_back(std::move(of_month));
  }
  return due;
}

Result<> Engine::merge_one(bool all, bool& did) {
  const auto due = months_due(all);
  did = !due.empty();
  if (!did) return {};
  auto done = merge(due.front(), Packing::small);
  if (!done && done.error().kind == ErrorKind::corrupt) {
    // Left as it is, so that what can be read stays readable; the damage is named by queries and check().
    stuck_.insert(due.front().front()->entry.month);
    note_damage(std::span(&done.error().message, 1));
    log::error("month not merged",
               {{"month", month_name(due.front().front()->entry.month)}, {"why", done.error().message}});
    return {};
  }
  return done;
}

/// Reads the tail of files into memory, after a start.
Result<> Engine::warm() {
  const View now = view();
  cold_ = false;
  std::int64_t newest = Head::kNever;
  {
    const std::shared_lock lock(memory_);
    for (const Head& head : heads_.rows) newest = std::max(newest, head.time);
  }
  newest = std::min(newest, clock_.now().ns + Instant::kDay);
  if (newest == Head::kNever || now.files->empty()) return {};
  std::int64_t from = newest - options_.memory_window;
  View only = now;
  only.frozen = only.active = only.tail = nullptr;
  only.tail_from = std::numeric_limits<std::int64_t>::max();
  SeriesReader reader(only, SeriesReader::Need::all);
  auto tail = std::make_shared<MemoryTable>(slabs_);
  std::vector<std::string> damaged;
  for (const DatastreamId datastream : all_datastreams()) {
    if (flush_wanted_) TRY_VOID(flush());
    const Window window{from, std::numeric_limits<std::int64_t>::max()};
    reader.visit(datastream, window, SeriesReader::Order::oldest_first, &damaged, [&](std::span<const Slice> slices) {
      for (const Slice& slice : slices) put_slice(*tail, datastream, slice);
      return true;
    });
    if (!damaged.empty() || tail->bytes() > options_.memory_limit / 4) return {};  // queries go to the files
  }
  const std::unique_lock lock(memory_);
  if (files_ != now.files || hidden_ != now.hidden) {
    cold_ = true;  // a flush or an erasure came in between: once more
    return {};
  }
  tail_ = std::move(tail);
  tail_from_ = from;
  return {};
}

}  // namespace qala::readings
