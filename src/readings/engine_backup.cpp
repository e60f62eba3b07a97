#include <algorithm>
#include <filesystem>

#include "base/crc32c.h"
#include "readings/engine.h"
#include "readings/superseded.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

namespace fs = std::filesystem;

Result<> copy_durably(const std::string& from, const std::string& to) {
  TRY(auto in, File::open(from, File::Mode::read));
  TRY(const std::uint64_t size, in.size());
  const std::string fresh = to + ".new";
  TRY(auto out, File::open(fresh, File::Mode::create));
  TRY_VOID(out.truncate(0));
  std::vector<std::byte> block(1 << 20);
  for (std::uint64_t at = 0; at < size; at += block.size()) {
    const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), size - at));
    TRY_VOID(in.read_at(at, part));
    TRY_VOID(out.write_at(at, part));
    TRY_VOID(out.sync_data());  // piece by piece, so that commits do not wait for a large one
  }
  TRY_VOID(out.sync_data());
  std::error_code error;
  fs::rename(fresh, to, error);
  if (error) return fail(ErrorKind::unavailable, "renaming " + fresh + ": " + error.message());
  return {};
}

/// A file already there is the same: names are never used twice, and its bytes are verified.
bool is_there(const std::string& path, const FileEntry& entry) {
  std::error_code error;
  if (fs::file_size(path, error) != entry.bytes || error) return false;
  const auto bytes = read_file(path);
  return bytes && crc32c(*bytes) == entry.checksum;
}

Result<> copy_log(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::remove_all(to, error);
  fs::create_directories(to, error);
  if (error) return fail(ErrorKind::unavailable, "making " + to + ": " + error.message());
  for (const auto& entry : fs::directory_iterator(from, error)) {
    if (entry.path().extension() != ".log") continue;
    TRY_VOID(copy_durably(entry.path().string(), to + "/" + entry.path().filename().string()));
  }
  if (error) return fail(ErrorKind::unavailable, "reading " + from + ": " + error.message());
  return sync_folder(to);
}

Result<> copy_store(const std::string& from, const std::string& to, const Manifest& manifest) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return fail(ErrorKind::unavailable, "making " + to + ": " + error.message());
  std::set<std::string> named{"manifest", "log", "lock"};
  for (const FileEntry& file : manifest.files) {
    named.insert(file.name);
    if (!is_there(to + "/" + file.name, file)) TRY_VOID(copy_durably(from + "/" + file.name, to + "/" + file.name));
  }
  TRY_VOID(copy_log(from + "/log", to + "/log"));
  TRY_VOID(sync_folder(to));
  const std::string bytes = manifest.encode();
  TRY_VOID(write_file_atomically(to + "/manifest", bytes_of(bytes)));
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(to, error)) {
    if (!named.contains(entry.path().filename().string())) others.push_back(entry.path());
  }
  for (const auto& path : others) fs::remove_all(path, error);
  return sync_folder(to);
}

}  // namespace

/// Copies the files of one manifest, then the log, which meanwhile only grows: nothing is removed while this runs.
Result<> Engine::backup(const std::string& folder) {
  Manifest manifest;
  {
    const std::lock_guard lock(manifest_lock_);
    backups_++;
    manifest = manifest_;
  }
  auto done = copy_store(folder_, folder, manifest).context("backup to " + folder);
  std::vector<std::string> removals;
  {
    const std::lock_guard lock(manifest_lock_);
    if (--backups_ == 0) removals.swap(removals_);
  }
  for (const std::string& name : removals) remove_file(name);
  return done;
}

Result<std::uint64_t> Engine::check(const std::function<void(const Damage&)>& found) const {
  std::uint64_t damages = 0;
  const auto tell = [&](const Damage& damage) {
    damages++;
    found(damage);
  };
  const View now = view();
  for (const auto& file : *now.files) {
    const Window month{month_start(file->entry.month), month_start(file->entry.month + 1)};
    const auto whole = [&](std::string what) {
      tell(
          {.file = path_of(file->entry.name), .offset = 0, .datastream = {}, .window = month, .what = std::move(what)});
    };
    if (file->reader == nullptr) {
      whole(file->damage);
      continue;
    }
    const std::uint64_t before = damages;
    file->reader->check(tell);
    const auto bytes = read_file(path_of(file->entry.name));
    if (damages != before) continue;
    if (!bytes || crc32c(*bytes) != file->entry.checksum) {
      whole(bytes ? "checksum of the file does not hold" : bytes.error().message);
    }
  }
  std::vector<FileEntry> superseded;
  {
    const std::lock_guard lock(manifest_lock_);
    for (const FileEntry& file : manifest_.files) {
      if (file.kind == FileEntry::Kind::superseded) superseded.push_back(file);
    }
  }
  for (const FileEntry& file : superseded) {
    const auto bytes = read_file(path_of(file.name));
    Batch rows;
    const auto read = bytes ? read_superseded(*bytes, rows) : Result<>(bytes.error());
    if (!read)
      tell({.file = path_of(file.name), .offset = 0, .datastream = {}, .window = {}, .what = read.error().message});
  }
  const std::lock_guard writer(writer_);
  if (log_ == nullptr) return damages;
  auto read = log_->read_after(0, [](std::uint64_t, std::span<const std::byte>) { return Result<>(); });
  if (!read) {
    tell({.file = path_of("log"), .offset = 0, .datastream = {}, .window = {}, .what = read.error().message});
  }
  return damages;
}

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
    health.read_only_damages += file->reader == nullptr ? 1 : 0;
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
  health.full = !full_.empty() ? full_ : (flush_error_kind_ == ErrorKind::full ? flush_error_ : std::string());
  return health;
}

}  // namespace qala::readings
