#include "readings/lookup_cache.h"

#include <algorithm>

namespace qala::readings {

const Columns* LookupCache::load(const std::shared_ptr<const StoredFile>& file, const ChunkEntry& chunk) {
  for (const auto& cached : chunks_) {
    if (cached->offset == chunk.offset && cached->file.lock() == file) {
      cached->used = ++uses_;
      return &cached->columns;
    }
  }
  if (decodes_left_ == 0) return nullptr;
  decodes_left_--;
  if (chunks_.size() < kChunks) chunks_.push_back(std::make_unique<Cached>());
  Cached& slot = **std::ranges::min_element(chunks_, {}, [](const auto& cached) { return cached->used; });
  slot.columns.clear();
  slot.file.reset();
  auto read = file->reader->read(chunk, slot.columns, true);
  if (read && has_text(slot.columns.type)) {
    slot.columns.clear();
    read = file->reader->read(chunk, slot.columns, false);
  }
  if (!read) return nullptr;  // damaged: check() and queries name it
  slot.file = file;
  slot.offset = chunk.offset;
  slot.used = ++uses_;
  return &slot.columns;
}

std::optional<Value> LookupCache::find(const FileSet& files, const Hidden& hidden, DatastreamId datastream,
                                       std::int64_t time) {
  gave_up_ = false;
  const Month month = month_of(time);
  const auto of_month = std::ranges::equal_range(files, month, {}, [](const auto& file) { return file->entry.month; });
  for (auto at = of_month.end(); at != of_month.begin();) {
    --at;
    const auto& file = *at;
    if (file->reader == nullptr || file->entry.generation <= hidden.gone_generation(datastream)) continue;
    for (const ChunkEntry& chunk : file->reader->entries_of(datastream)) {
      if (time < chunk.first_time || time > chunk.last_time) continue;
      const Columns* columns = load(file, chunk);
      if (columns == nullptr) {
        gave_up_ = true;
        return std::nullopt;
      }
      const auto row = std::ranges::lower_bound(columns->time, time);
      if (row == columns->time.end() || *row != time) continue;
      return value_of(*columns, static_cast<std::size_t>(row - columns->time.begin()));
    }
  }
  return std::nullopt;
}

}  // namespace qala::readings
