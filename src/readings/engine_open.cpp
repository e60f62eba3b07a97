#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "readings/engine.h"

namespace qala::readings {

Engine::Engine(std::string folder, const Zone& zone, const Clock& clock, EmbeddedOptions options)
    : folder_(std::move(folder)),
      zone_(zone),
      clock_(clock),
      options_(options),
      slabs_(std::make_shared<SlabPool>(options.memory_limit / 4 / SlabPool::kSlab)),
      active_(std::make_shared<MemoryTable>(slabs_)),
      files_(std::make_shared<const FileSet>()),
      hidden_(std::make_shared<const Hidden>()) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(wake_lock_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (log_ != nullptr) {
    if (auto given = log_->give_back(); !given)
      log::warn("the log's spare space stays", {{"why", given.error().message}});
  }
  log_.reset();
  if (lock_file_ >= 0) ::close(lock_file_);
}

/// One process at a time: an flock on `lock`, which the system lets go of when we die.
Result<> Engine::lock_folder() {
  const std::string path = path_of("lock");
  lock_file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock_file_ < 0) return from_errno(errno, "opening " + path);
  if (::flock(lock_file_, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return from_errno(errno, "locking " + path);
  return fail(ErrorKind::conflict, "the readings in " + folder_ + " are in use by another process");
}

std::shared_ptr<const StoredFile> Engine::open_file(const FileEntry& entry) const {
  auto file = std::make_shared<StoredFile>();
  file->entry = entry;
  std::error_code error;
  const auto size = std::filesystem::file_size(path_of(entry.name), error);
  auto reader = SegmentReader::open(path_of(entry.name));
  if (error) {
    file->damage = "missing: " + error.message();
  } else if (!reader) {
    file->damage = reader.error().message;
  } else {
    if (size != entry.bytes) {
      file->damage = "has " + std::to_string(size) + " bytes, should have " + std::to_string(entry.bytes);
    } else {
      file->reader = std::move(*reader);
    }
  }
  if (!file->damage.empty()) log::error("readings file damaged", {{"file", entry.name}, {"why", file->damage}});
  return file;
}

Result<> Engine::load_manifest() {
  const std::string path = path_of("manifest");
  if (std::filesystem::exists(path)) {
    TRY(const auto bytes, read_file(path));
    auto manifest = Manifest::decode(bytes);
    if (!manifest) return Result<>(std::move(manifest.error())).context(path);
    manifest_ = std::move(*manifest);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() != ".seg") continue;
      return fail(ErrorKind::corrupt, path + " is missing though there are readings: restore it from a backup");
    }
    if (!options_.read_only) TRY_VOID(save_manifest());
  }
  auto files = std::make_shared<FileSet>();
  for (const FileEntry& entry : manifest_.files) {
    if (entry.kind == FileEntry::Kind::segment) files->push_back(open_file(entry));
  }
  std::ranges::sort(*files, {}, [](const auto& f) { return std::pair(f->entry.month, f->entry.generation); });
  files_ = std::move(files);
  auto hidden = std::make_shared<Hidden>();
  hidden->erased = manifest_.erased;
  hidden->expired_before = manifest_.expired_before;
  hidden->erasing = manifest_.erasing;
  hidden_ = std::move(hidden);
  heads_ = manifest_.heads;
  ids_.restore(manifest_.owners);
  observations_ = static_cast<std::int64_t>(manifest_.observations);
  flushed_ = manifest_.flushed;
  return {};
}

/// Files of ours that the manifest does not name: flushes and merges that a crash cut short.
void Engine::remove_orphans() const {
  std::set<std::string> known{"manifest", "lock"};
  for (const FileEntry& file : manifest_.files) known.insert(file.name);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || known.contains(name)) continue;
    log::info("leftover file removed", {{"file", name}});
    std::filesystem::remove(entry.path(), error);
  }
}

/// Brings into memory what is in the log but not in files.
Result<> Engine::open_log() {
  Batch batch;
  std::string attachment;
  // What is being erased goes when it went the first time, so that ids and places of all others come out the same.
  auto erasing = manifest_.erasing;
  std::erase_if(erasing, [&](const auto& one) { return one.second.sequence <= flushed_; });
  const auto forget_until = [&](std::uint64_t sequence) {
    std::erase_if(erasing, [&](const auto& one) {
      if (one.second.sequence >= sequence) return false;
      forget(DatastreamId(one.first));
      return true;
    });
  };
  const auto each = [&](std::uint64_t sequence, std::span<const std::byte> row) -> Result<> {
    last_sequence_ = sequence;
    active_sequence_ = sequence;
    if (sequence <= flushed_) return {};
    TRY_VOID(decode_row(row, batch, attachment));
    forget_until(sequence);
    apply(batch);
    return {};
  };
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  if (options_.read_only) {
    TRY(const auto rows, Log::verify(path_of("log"), each));
    forget_until(kAll);
    last_sequence_ = active_sequence_ = rows.last;
    return log_fits(rows);
  }
  TRY(log_, Log::open(path_of("log"), options_.log_segment, clock_, each));
  forget_until(kAll);
  last_sequence_ = active_sequence_ = log_->last_sequence();
  log_bytes_ = log_->bytes();
  return log_fits({.first = log_->first_sequence(), .last = last_sequence_});
}

/// Rows are let go of only once they are in files: between the manifest's last row and the log's first is no gap.
Result<> Engine::log_fits(const Log::Rows& rows) const {
  if (rows.last < flushed_) {
    return fail(ErrorKind::corrupt, path_of("log") + " ends at row " + std::to_string(rows.last) +
                                        ", the manifest knows of row " + std::to_string(flushed_) +
                                        ": restore the folder from a backup");
  }
  if (rows.first > flushed_ + 1) {
    return fail(ErrorKind::corrupt, path_of("log") + " begins at row " + std::to_string(rows.first) +
                                        ", the manifest knows of rows until " + std::to_string(flushed_) +
                                        " only: those between are missing, restore the folder from a backup");
  }
  return {};
}

Result<> Engine::open() {
  std::error_code error;
  if (!options_.read_only) std::filesystem::create_directories(folder_, error);
  if (error) return fail(ErrorKind::unavailable, "making " + folder_ + ": " + error.message());
  TRY_VOID(lock_folder());
  TRY_VOID(load_manifest());
  TRY_VOID(open_log());
  if (!options_.read_only) remove_orphans();
  for (const auto& [id, times] : manifest_.erased) {
    if (id < heads_.rows.size() && times.contains(heads_.rows[id].time)) refresh_head(DatastreamId(id));
  }
  cold_ = !files_->empty();
  if (!cold_) tail_from_ = std::numeric_limits<std::int64_t>::max();
  if (options_.background && !options_.read_only) thread_ = std::thread([this] { run(); });
  return {};
}

Result<std::unique_ptr<ReadingStore>> open_embedded(const std::string& folder, const Zone& zone, const Clock& clock,
                                                    EmbeddedOptions options) {
  auto engine = std::make_unique<Engine>(folder, zone, clock, options);
  TRY_VOID(engine->open().context("opening the readings"));
  return std::unique_ptr<ReadingStore>(std::move(engine));
}

}  // namespace qala::readings
