#include <algorithm>
#include <filesystem>

#include "base/crc32c.h"
#include "readings/engine.h"
#include "readings/superseded.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

namespace fs = std::filesystem;

using Cancelled = std::function<bool()>;

/// The first `size` bytes.
Result<> copy_durably(const std::string& from, const std::string& to, std::uint64_t size, const Cancelled& cancelled) {
  TRY(auto in, File::open(from, File::Mode::read));
  const std::string fresh = to + ".new";
  TRY(auto out, File::open(fresh, File::Mode::create));
  TRY_VOID(out.truncate(0));
  std::vector<std::byte> block(1 << 20);
  for (std::uint64_t at = 0; at < size; at += block.size()) {
    if (cancelled && cancelled()) return fail(ErrorKind::cancelled, "the copy was ended before it was done");
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

Result<> copy_log(std::span<const Log::Part> parts, const std::string& to, const Cancelled& cancelled) {
  std::error_code error;
  fs::remove_all(to, error);
  fs::create_directories(to, error);
  if (error) return fail(ErrorKind::unavailable, "making " + to + ": " + error.message());
  for (const Log::Part& part : parts) {
    TRY_VOID(copy_durably(part.path, to + "/" + fs::path(part.path).filename().string(), part.bytes, cancelled));
  }
  return sync_folder(to);
}

Result<> copy_store(const std::string& from, const std::string& to, const Manifest& manifest,
                    std::span<const Log::Part> log, const Cancelled& cancelled) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return fail(ErrorKind::unavailable, "making " + to + ": " + error.message());
  std::set<std::string> named{"manifest", "log", "lock"};
  for (const FileEntry& file : manifest.files) {
    named.insert(file.name);
    if (is_there(to + "/" + file.name, file)) continue;
    TRY_VOID(copy_durably(from + "/" + file.name, to + "/" + file.name, file.bytes, cancelled));
  }
  TRY_VOID(copy_log(log, to + "/log", cancelled));
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

/// The files of one manifest and the log up to its last row then: rows that come later are in later bytes. Nothing is
/// removed while this exists.
class Engine::HeldState final : public StoreSnapshot {
 public:
  /// With writer_ and manifest_lock_ held.
  explicit HeldState(Engine& engine)
      : engine_(engine),
        manifest_(engine.manifest_),
        log_(engine.log_->parts()),
        last_(engine.last_sequence_),
        observations_(static_cast<std::uint64_t>(std::max<std::int64_t>(engine.observations_, 0))) {
    engine_.backups_++;
  }
  ~HeldState() override {
    std::vector<std::string> removals;
    {
      const std::lock_guard lock(engine_.manifest_lock_);
      if (--engine_.backups_ == 0) removals.swap(engine_.removals_);
    }
    for (const std::string& name : removals) engine_.remove_file(name);
  }
  HeldState(const HeldState&) = delete;
  HeldState& operator=(const HeldState&) = delete;

  std::uint64_t last_sequence() const override { return last_; }
  std::uint64_t observations() const override { return observations_; }
  Result<> copy_to(const std::string& folder, const Cancelled& cancelled) const override {
    return copy_store(engine_.folder_, folder, manifest_, log_, cancelled).context("backup to " + folder);
  }

 private:
  Engine& engine_;
  Manifest manifest_;
  std::vector<Log::Part> log_;
  std::uint64_t last_, observations_;
};

std::unique_ptr<StoreSnapshot> Engine::hold() { return std::make_unique<HeldState>(*this); }

Result<std::unique_ptr<StoreSnapshot>> Engine::snapshot() {
  if (options_.read_only) return fail(ErrorKind::invalid, "the readings are open for reading only");
  // Tried only: the manifest's lock is held over a sync now and then, for which commits must not wait.
  const std::unique_lock writer(writer_, std::try_to_lock);
  if (!writer) return fail(ErrorKind::unavailable, "the readings are being written");
  const std::unique_lock manifest(manifest_lock_, std::try_to_lock);
  if (!manifest) return fail(ErrorKind::unavailable, "the manifest is being written");
  return hold();
}

Result<> Engine::backup(const std::string& folder) {
  std::unique_ptr<StoreSnapshot> held;
  {
    const std::lock_guard writer(writer_);
    if (log_ == nullptr) return fail(ErrorKind::invalid, "the readings are open for reading only");
    const std::lock_guard manifest(manifest_lock_);
    held = hold();
  }
  return held->copy_to(folder);
}

Result<std::uint64_t> Engine::check(const std::function<void(const Damage&)>& found) const {
  std::uint64_t damages = 0;
  const auto tell = [&](const Damage& damage) {
    damages++;
    found(damage);
  };
  const View now = view();
  for (const auto& file : *now.files) {
    if (options_.cancelled && options_.cancelled())
      return fail(ErrorKind::cancelled, "the check was ended before it was done");
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

}  // namespace qala::readings
