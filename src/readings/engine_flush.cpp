#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/log.h"
#include "readings/engine.h"
#include "readings/series_reader.h"
#include "readings/superseded.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

constexpr std::size_t kFlushRows = 16'384;  ///< rows of one chunk of a fresh file

/// A view of one table alone.
View view_of(std::shared_ptr<const MemoryTable> table, std::shared_ptr<const Hidden> hidden, std::shared_mutex& lock) {
  return {.lock = &lock,
          .files = std::make_shared<const FileSet>(),
          .hidden = std::move(hidden),
          .tail = nullptr,
          .frozen = std::move(table),
          .active = nullptr};
}

}  // namespace

std::string Engine::new_name(std::string_view prefix, std::uint64_t& number) {
  const std::lock_guard lock(manifest_lock_);
  number = manifest_.next_file++;
  return fmt::format("{}{:06}", prefix, number);
}

/// One file with everything of the table that lies in the month. In `files` also if it fails: for discard().
Result<> Engine::write_month(const Frozen& frozen, Month month, std::vector<FileEntry>& files, Batch& superseded) {
  FileEntry entry;
  entry.month = month;
  entry.name = new_name("live-", entry.generation) + ".seg";
  TRY(auto writer, SegmentWriter::create(path_of(entry.name), entry.packing, zone_));
  const auto hidden = view().hidden;
  std::shared_mutex unshared;
  const View only = view_of(frozen.table, hidden, unshared);
  SeriesReader reader(only, SeriesReader::Need::all);
  const Window window{month_start(month), month_start(month + 1)};
  for (std::uint32_t id = 1; id < frozen.table->end_id(); id++) {
    const DatastreamId datastream(id);
    if (!frozen.table->has(datastream)) continue;
    reader.on_dropped([&](const Columns& columns, std::size_t row, bool duplicate) {
      if (!duplicate) keep_superseded(superseded, datastream, columns, row);
    });
    Assembler assembler(kFlushRows, [&](const Columns& columns) -> Result<> {
      entry.rows += columns.size();
      return writer.add(datastream, columns);
    });
    Result<> done;
    reader.visit(datastream, window, SeriesReader::Order::oldest_first, nullptr, [&](std::span<const Slice> slices) {
      for (const Slice& slice : slices) {
        if (done) done = assembler.add(slice);
      }
      return done.has_value();
    });
    TRY_VOID(std::move(done));
    TRY_VOID(assembler.flush());
  }
  if (entry.rows == 0) return {};
  files.push_back(entry);
  return writer.finish(segment_meta(entry.generation, month));
}

/// Replaced values are kept apart, where nobody looks for values that count. In `files` also if it fails. `generation`:
/// of the files they were taken from, since an erasure that began after these were read has to find them; none: new.
Result<> Engine::write_superseded(std::span<const std::byte> frames, std::uint64_t rows,
                                  std::optional<std::uint64_t> generation, std::vector<FileEntry>& files,
                                  std::vector<std::string>& replaced) {
  if (rows == 0) return {};
  FileEntry entry;
  entry.kind = FileEntry::Kind::superseded;
  entry.name = new_name("corrected-", entry.generation) + ".rows";
  entry.generation = generation.value_or(entry.generation);
  std::vector<std::byte> bytes;
  {
    const std::lock_guard lock(manifest_lock_);
    for (const FileEntry& file : manifest_.files) {
      if (!manifest_.erasing.empty()) break;  // what is being erased must not get the generation of a new file
      if (file.kind != FileEntry::Kind::superseded || file.bytes >= kSupersededFile) continue;
      auto old = read_file(path_of(file.name));
      if (!old) continue;  // stays as it is; check() names it
      bytes = std::move(*old);
      entry.rows = file.rows;
      replaced.push_back(file.name);
      break;
    }
  }
  bytes.insert(bytes.end(), frames.begin(), frames.end());
  entry.rows += rows;
  files.push_back(entry);
  return write_file_atomically(path_of(entry.name), bytes);
}

/// Writes the frozen table into files and forgets it, but for its tail. Under work_. Nothing is lost if it fails: the
/// table stays, and so does the log.
Result<> Engine::flush() {
  std::shared_ptr<const Frozen> frozen;
  {
    const std::shared_lock lock(memory_);
    frozen = frozen_;
  }
  if (frozen == nullptr) return {};
  std::vector<FileEntry> files;
  std::vector<std::string> gone;
  const auto write = [&]() -> Result<> {
    Batch superseded;
    const auto months = frozen->table->months();
    const auto late = [&](const auto& expired) { return expired.second > frozen->table->first_time(); };
    if (std::ranges::any_of(view().hidden->expired_before, late)) uncounted_ = true;  // what is expired is not written
    for (const Month month : months) TRY_VOID(write_month(*frozen, month, files, superseded));
    for (const Superseded& row : frozen->table->superseded()) keep_superseded(superseded, *frozen->table, row);
    std::vector<std::byte> frames;
    append_superseded(frames, superseded);
    TRY_VOID(write_superseded(frames, superseded.rows.size(), {}, files, gone));
    last_flushed_months_ = months;
    std::shared_ptr<const MemoryTable> old_tail = view().tail;
    const std::int64_t from = tail_start(old_tail.get(), *frozen->table);
    auto tail = make_tail(old_tail.get(), frozen->table.get(), from);
    const auto also = [&](Manifest& manifest) {
      manifest.flushed = frozen->sequence;
      const std::shared_lock lock(memory_);
      manifest.observations = static_cast<std::uint64_t>(frozen->observations - taken_off_);
      manifest.heads = frozen->heads;
      manifest.owners = frozen->owners;
    };
    return exchange_files(files, gone, also, [&] {
      tail_ = std::move(tail);
      tail_from_ = from;
      frozen_ = nullptr;
      flush_error_.clear();
    });
  };
  auto done = write();
  if (done) {
    flushed_ = frozen->sequence;
  } else {
    discard(files);
    log::error("readings not flushed, still in the log", {{"why", done.error().message}});
    const std::unique_lock lock(memory_);
    flush_error_ = done.error().message;
    flush_error_kind_ = done.error().kind;
  }
  {
    const std::lock_guard lock(wake_lock_);
    flush_wanted_ = false;
  }
  room_.notify_all();
  return done;
}

Result<> Engine::save_manifest() {
  const std::string bytes = manifest_.encode();
  return write_file_atomically(path_of("manifest"), bytes_of(bytes)).context("writing the manifest");
}

/// Removes files that no manifest came to name. One that could not be saved may lie on the disk all the same (renamed,
/// its folder not synced): what that one names stays until one is saved that does not.
void Engine::discard(const std::vector<FileEntry>& files) {
  const std::lock_guard lock(manifest_lock_);
  const auto bytes = read_file(path_of("manifest"));
  const auto on_disk = bytes ? Manifest::decode(*bytes) : Result<Manifest>(bytes.error());
  for (const FileEntry& file : files) {
    const bool named =
        !on_disk || std::ranges::find(on_disk->files, file.name, &FileEntry::name) != on_disk->files.end();
    if (named) unsure_.insert(file.name);
    else ::unlink(path_of(file.name).c_str());
  }
}

Result<> Engine::exchange_files(std::vector<FileEntry> fresh, const std::vector<std::string>& gone,
                                const std::function<void(Manifest&)>& also, const std::function<void()>& under_lock) {
  auto done = exchange_named(fresh, gone, also, under_lock);
  if (!done) discard(fresh);
  return done;
}

Result<> Engine::exchange_named(std::vector<FileEntry> fresh, std::vector<std::string> gone,
                                const std::function<void(Manifest&)>& also, const std::function<void()>& under_lock) {
  FileSet opened;
  for (FileEntry& entry : fresh) {
    TRY(const auto bytes, read_file(path_of(entry.name)));
    entry.bytes = bytes.size();
    entry.checksum = crc32c(bytes);
    if (entry.kind != FileEntry::Kind::segment) continue;
    auto file = open_file(entry);
    if (file->reader == nullptr) return fail(ErrorKind::corrupt, entry.name + ": " + file->damage);
    opened.push_back(std::move(file));
  }
  const auto is_gone = [&](const std::string& name) { return std::ranges::find(gone, name) != gone.end(); };
  {
    const std::lock_guard lock(manifest_lock_);
    Manifest before = manifest_;
    std::erase_if(manifest_.files, [&](const FileEntry& file) { return is_gone(file.name); });
    manifest_.files.insert(manifest_.files.end(), fresh.begin(), fresh.end());
    if (also) also(manifest_);
    if (auto saved = save_manifest(); !saved) {
      before.next_file = manifest_.next_file;
      manifest_ = std::move(before);
      return saved;
    }
    auto files = std::make_shared<FileSet>(*view().files);
    std::erase_if(*files, [&](const auto& file) { return is_gone(file->entry.name); });
    files->insert(files->end(), opened.begin(), opened.end());
    std::ranges::sort(*files, {}, [](const auto& f) { return std::pair(f->entry.month, f->entry.generation); });
    const std::unique_lock memory(memory_);
    files_ = std::move(files);
    if (under_lock) under_lock();
    gone.insert(gone.end(), unsure_.begin(), unsure_.end());
    unsure_.clear();
  }
  for (const std::string& name : gone) remove_file(name);
  return {};
}

/// Only after the manifest that no longer names it is on the disk.
void Engine::remove_file(const std::string& name) {
  {
    const std::lock_guard lock(manifest_lock_);
    if (backups_ != 0) {
      removals_.push_back(name);
      return;
    }
  }
  if (::unlink(path_of(name).c_str()) != 0) log::warn("file not removed", {{"file", name}});
}

/// Where the tail begins: the memory window before the newest reading, less if that is too much for memory.
std::int64_t Engine::tail_start(const MemoryTable* old, const MemoryTable& fresh) const {
  const std::int64_t latest_sane = clock_.now().ns + Instant::kDay;
  std::int64_t newest = std::min(fresh.last_time(), latest_sane);
  if (old != nullptr) newest = std::max(newest, std::min(old->last_time(), latest_sane));
  if (newest == std::numeric_limits<std::int64_t>::min()) return view().tail_from;  // neither has a reading
  const std::uint64_t rows = fresh.rows() + (old == nullptr ? 0 : old->rows());
  const std::int64_t oldest = std::min(fresh.first_time(), old == nullptr ? fresh.first_time() : old->first_time());
  std::int64_t window = options_.memory_window;
  // Rows are taken to be spread evenly over the time they span.
  const double span = std::max<double>(1, static_cast<double>(newest) - static_cast<double>(oldest));
  const double most = static_cast<double>(options_.memory_limit) / 4 / 18;
  while (window > Instant::kMinute && static_cast<double>(rows) * (static_cast<double>(window) / span) > most)
    window /= 2;
  std::int64_t from = newest - window;
  // What is in files already from before the old tail is not in memory.
  const View now = view();
  if (!now.files->empty()) from = std::max(from, now.tail_from);
  return from;
}

std::shared_ptr<const MemoryTable> Engine::make_tail(const MemoryTable* old, const MemoryTable* fresh,
                                                     std::int64_t from) {
  auto tail = std::make_shared<MemoryTable>(slabs_);
  if (from == std::numeric_limits<std::int64_t>::max()) return tail;
  std::shared_mutex unshared;
  const auto borrowed = [](const MemoryTable* table) {
    return std::shared_ptr<const MemoryTable>(std::shared_ptr<void>(), table);
  };
  View both = view_of(borrowed(fresh), view().hidden, unshared);
  both.tail = borrowed(old);
  both.tail_from = std::numeric_limits<std::int64_t>::min();
  SeriesReader reader(both, SeriesReader::Need::all);
  const std::uint32_t end = std::max(fresh->end_id(), old == nullptr ? 0 : old->end_id());
  for (std::uint32_t id = 1; id < end; id++) {
    const Window window{from, std::numeric_limits<std::int64_t>::max()};
    reader.visit(DatastreamId(id), window, SeriesReader::Order::oldest_first, nullptr,
                 [&](std::span<const Slice> slices) {
                   for (const Slice& slice : slices) put_slice(*tail, DatastreamId(id), slice);
                   return true;
                 });
  }
  return tail;
}

}  // namespace qala::readings
