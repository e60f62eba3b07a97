#include <algorithm>

#include "readings/engine.h"

namespace qala::readings {

StoreHealth Engine::health() const {
  StoreHealth health;
  health.observations = static_cast<std::uint64_t>(std::max<std::int64_t>(observations_, 0));
  const View now = view();
  Month month = std::numeric_limits<Month>::min();
  health.oldest = std::numeric_limits<std::int64_t>::max();
  for (const auto& file : *now.files) {
    health.file_bytes += file->entry.bytes;
    health.files++;
    health.overlays += file->entry.packing == Packing::fast && file->entry.month == month ? 1 : 0;
    health.damages += file->reader == nullptr ? 1 : 0;
    month = file->entry.month;
    if (file->reader == nullptr) continue;
    if (file->entry.month > now.files->front()->entry.month) continue;
    for (const ChunkEntry& chunk : file->reader->entries()) health.oldest = std::min(health.oldest, chunk.first_time);
  }
  const std::shared_lock lock(memory_);
  for (const MemoryTable* table : {now.active.get(), now.frozen.get(), now.tail.get()}) {
    if (table == nullptr) continue;
    health.memory_bytes += table->bytes();
    if (table->rows() != 0) health.oldest = std::min(health.oldest, table->first_time());
  }
  if (health.oldest == std::numeric_limits<std::int64_t>::max()) health.oldest = 0;
  health.log_bytes = log_bytes_;
  health.sync_calls = sync_calls_;
  health.sync_last_ns = sync_last_ns_;
  const std::int64_t hour = clock_.monotonic_ns() / Instant::kHour;
  for (const auto& [at, longest] : sync_longest_) {
    if (at >= hour - 1) health.sync_longest_ns = std::max(health.sync_longest_ns, longest);
  }
  health.background = background_error_;
  health.full = !full_.empty() ? full_ : (flush_error_kind_ == ErrorKind::full ? flush_error_ : std::string());
  const std::lock_guard damage(damage_lock_);
  health.damages += damages_.size();
  return health;
}

/// Chunks that a query or a merge could not read; unreadable files are counted by themselves.
void Engine::note_damage(std::span<const std::string> found) const {
  static constexpr std::size_t kMost = 1000;
  if (found.empty()) return;
  const auto files = view().files;
  const std::lock_guard lock(damage_lock_);
  for (const std::string& what : found) {
    const bool whole = std::ranges::any_of(
        *files, [&](const auto& file) { return file->reader == nullptr && what.starts_with(file->entry.name); });
    if (!whole && damages_.size() < kMost) damages_.insert(what);
  }
}

std::vector<StoredMonth> Engine::months() const {
  std::vector<StoredMonth> out;
  const auto files = view().files;
  for (const auto& file : *files) {
    const std::int64_t start = month_start(file->entry.month);
    if (out.empty() || out.back().start != start) out.push_back({.start = start});
    out.back().files++;
    out.back().bytes += file->entry.bytes;
    out.back().readings += file->entry.rows;
  }
  return out;
}

StoredShare Engine::share_of(std::span<const DatastreamId> datastreams, std::int64_t before) const {
  StoredShare out;
  const auto files = view().files;
  for (const auto& file : *files) {
    if (file->reader == nullptr) continue;
    for (const DatastreamId datastream : datastreams) {
      for (const ChunkEntry& chunk : file->reader->entries_of(datastream)) {
        out.bytes += chunk.length;
        out.readings += chunk.count;
        if (out.oldest == 0 || chunk.first_time < out.oldest) out.oldest = chunk.first_time;
        if (chunk.first_time >= before) continue;
        // A chunk that reaches over the line is taken to be even.
        const double span = static_cast<double>(chunk.last_time) - static_cast<double>(chunk.first_time);
        const double gone = static_cast<double>(before) - static_cast<double>(chunk.first_time);
        const double share = chunk.last_time < before ? 1 : gone / std::max(span, 1.0);
        out.bytes_before += static_cast<std::uint64_t>(share * static_cast<double>(chunk.length));
        out.readings_before += static_cast<std::uint64_t>(share * static_cast<double>(chunk.count));
      }
    }
  }
  return out;
}

}  // namespace qala::readings
