#include <algorithm>

#include "base/log.h"
#include "readings/engine.h"
#include "readings/superseded.h"

namespace qala::readings {

/// Changes what is hidden: on the disk first, then for queries. `taken_off`: readings that were counted as stored. What
/// the manifest counts may be below zero (modulo 2^64) until the readings of the log are added at a start.
Result<> Engine::publish_hidden(const std::function<void(Manifest&)>& edit, std::uint64_t taken_off) {
  const std::lock_guard lock(manifest_lock_);
  Manifest before = manifest_;
  edit(manifest_);
  manifest_.observations -= taken_off;
  if (auto saved = save_manifest(); !saved) {
    manifest_ = std::move(before);
    return saved;
  }
  auto hidden = std::make_shared<Hidden>();
  hidden->erased = manifest_.erased;
  hidden->expired_before = manifest_.expired_before;
  hidden->erasing = manifest_.erasing;
  const std::unique_lock memory(memory_);
  hidden_ = std::move(hidden);
  observations_ -= static_cast<std::int64_t>(taken_off);
  taken_off_ += static_cast<std::int64_t>(taken_off);
  return {};
}

/// The newest reading of the datastream, after it lost the one it had.
void Engine::refresh_head(DatastreamId datastream) {
  const Window all{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  const auto newest = range(datastream, all, 1, false, true);
  const std::unique_lock lock(memory_);
  Head& head = heads_.rows[datastream.value];
  heads_.texts.erase(datastream.value);
  head.time = Head::kNever;
  if (!newest || newest->batch.rows.empty()) return;
  const Observation& row = newest->batch.rows.front();
  head.time = row.time;
  head.bits = row.bits;
  head.flags = row.flags;
  head.type = row.type;
  head.scale = row.scale;
  if (has_text(row.type)) heads_.texts[datastream.value] = newest->batch.text_of(row.bits);
}

/// Appends those of the keys, of one datastream and sorted, that name a reading. Reads on from one to the next.
Result<> Engine::keep_known(std::span<const ReadingKey> keys, std::vector<ReadingKey>& known) const {
  constexpr std::size_t kPiece = 64;
  while (!keys.empty()) {
    const Window window{keys.front().time, keys.back().time + 1};
    TRY(const auto there, range(keys.front().datastream, window, std::min(keys.size(), kPiece), false, false));
    for (const Observation& row : there.batch.rows) {
      while (!keys.empty() && keys.front().time < row.time) keys = keys.subspan(1);
      if (!keys.empty() && keys.front().time == row.time) known.push_back(keys.front());
    }
    if (!there.more) return {};
    while (!keys.empty() && keys.front().time <= there.batch.rows.back().time) keys = keys.subspan(1);
  }
  return {};
}

Result<std::size_t> Engine::erase_readings(std::span<const ReadingKey> keys) {
  const std::lock_guard writer(writer_);
  std::vector<ReadingKey> sorted(keys.begin(), keys.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<ReadingKey> known;
  for (std::span<const ReadingKey> left = sorted; !left.empty();) {
    const auto end = std::ranges::upper_bound(left, left.front().datastream, {}, &ReadingKey::datastream);
    const auto one = left.first(static_cast<std::size_t>(end - left.begin()));
    TRY_VOID(keep_known(one, known));
    left = left.subspan(one.size());
  }
  if (known.empty()) return 0;
  const auto hide = [&known](Manifest& m) {
    for (const auto& [datastream, time] : known) m.erased[datastream.value].insert(time);
  };
  TRY_VOID(publish_hidden(hide, known.size()));
  for (const auto& [datastream, time] : known)
    if (heads_.rows[datastream.value].time == time) refresh_head(datastream);
  return known.size();
}

/// The rows of the log that hold the datastream go, once nobody needs them any more, and their bytes are overwritten.
Result<bool> Engine::erase_from_log(std::uint64_t until) {
  if (released_ < until) return false;
  if (log_->first_sequence() <= until) {
    drop_log();
    return false;
  }
  if (!log_->ahead_ready()) {
    TRY_VOID(log_->prepare_ahead());
    return false;
  }
  return true;
}

/// Drops from memory what there is of a datastream that the manifest names as being erased.
void Engine::forget(DatastreamId datastream) {
  const auto held = count({&datastream, 1}, {Head::kNever, std::numeric_limits<std::int64_t>::max()});
  const std::unique_lock lock(memory_);
  active_->forget(datastream);
  heads_.texts.erase(datastream.value);
  heads_.places.forget(datastream);
  if (datastream.value < heads_.rows.size()) {
    heads_.rows[datastream.value].time = Head::kNever;
    heads_.rows[datastream.value].bits = 0;
  }
  tail_ = nullptr;
  tail_from_ = std::numeric_limits<std::int64_t>::max();
  if (held) observations_ -= static_cast<std::int64_t>(*held);
}

Result<bool> Engine::erase_datastream(DatastreamId datastream) {
  if (!options_.background) {
    const std::lock_guard work(work_);
    TRY_VOID(flush());
    for (bool did = true; did;) TRY_VOID(rewrite_hidden(did));
    TRY_VOID(recount());
  }
  const std::lock_guard writer(writer_);
  const auto hidden = view().hidden;
  const auto at = hidden->erasing.find(datastream.value);
  if (at == hidden->erasing.end()) {
    if (datastream.value >= heads_.rows.size() || heads_.rows[datastream.value].bound == Head::kNever) return true;
    {
      const std::shared_lock lock(memory_);
      if (frozen_ != nullptr) return false;  // first into files, whence it can be taken
    }
    TRY_VOID(publish_hidden([&](Manifest& m) {
      m.erasing[datastream.value] = {.sequence = last_sequence_, .generation = m.next_file - 1};
      m.erased.erase(datastream.value);
      m.heads.texts.erase(datastream.value);
      // What the log has of it is applied at a start before it is forgotten, with the places it had.
      if (flushed_ >= last_sequence_) m.heads.places.forget(datastream);
      if (datastream.value < m.heads.rows.size()) m.heads.rows[datastream.value].time = Head::kNever;
    }));
    forget(datastream);
    lookups_.clear();
    uncounted_ = true;
    return false;
  }
  {
    const std::shared_lock lock(memory_);
    if (frozen_ != nullptr) return false;
  }
  auto rolled = rolled_.find(datastream.value);
  if (rolled == rolled_.end()) {
    // Once: rows that come meanwhile go to another file, else this one could never be dropped.
    TRY_VOID(log_->roll());
    rolled = rolled_.emplace(datastream.value, last_sequence_).first;
  }
  if (flushed_ < rolled->second) {
    freeze();
    return false;
  }
  const auto files = view().files;
  const auto in_file = std::ranges::find_if(*files, [&](const auto& file) {
    return file->entry.generation <= at->second.generation && file->reader != nullptr &&
           !file->reader->entries_of(datastream).empty();
  });
  const auto stuck = in_file == files->end() ? std::nullopt : stuck_file((*in_file)->entry.name);
  if ((in_file != files->end() && !stuck) || !rid_of(datastream, at->second.generation)) {
    wake();
    return false;
  }
  TRY(const bool gone, erase_from_log(rolled->second));
  if (!gone) return false;
  if (stuck) return fail(ErrorKind::corrupt, "all is hidden, but a damaged file cannot be rid of it: " + *stuck);
  TRY_VOID(publish_hidden([&](Manifest& m) { m.erasing.erase(datastream.value); }));
  rolled_.erase(rolled);
  cold_ = true;
  wake();
  return true;
}

std::vector<DatastreamId> Engine::erasing() const {
  std::vector<DatastreamId> out;
  const auto hidden = view().hidden;
  for (const auto& [id, until] : hidden->erasing) out.emplace_back(id);
  return out;
}

/// Why the file cannot be rewritten, if that was tried.
std::optional<std::string> Engine::stuck_file(const std::string& name) const {
  const std::lock_guard lock(damage_lock_);
  const auto at = stuck_files_.find(name);
  return at == stuck_files_.end() ? std::nullopt : std::optional(at->second);
}

/// Whether the files of replaced values were looked through for it.
bool Engine::rid_of(DatastreamId datastream, std::uint64_t generation) const {
  const std::lock_guard lock(damage_lock_);
  return rid_of_ != nullptr && rid_of_->gone_generation(datastream) == generation;
}

namespace {

/// How much of a file's chunks has to go; `must`: some of it at once.
struct Share {
  std::uint64_t gone = 0, all = 0;
  bool must = false;
};

Share share_to_go(const StoredFile& file, const Hidden& hidden) {
  Share share;
  for (const ChunkEntry& chunk : file.reader->entries()) {
    share.all += chunk.length;
    const bool erased = file.entry.generation <= hidden.gone_generation(chunk.datastream);
    share.must = share.must || erased;
    if (erased || chunk.last_time < hidden.expired(chunk.datastream)) share.gone += chunk.length;
  }
  return share;
}

}  // namespace

/// Removes or rewrites one file after another that holds what has to go: first those that give back space and need
/// none. Under work_.
Result<> Engine::rewrite_hidden(bool& did, bool whole_files_only) {
  const View now = view();
  did = false;
  if (now.hidden->erasing.empty() && now.hidden->expired_before.empty()) return {};
  if (rewritten_.first == now.hidden && rewritten_.second == now.files) return {};
  Files mixed;
  for (const auto& file : *now.files) {
    if (file->reader == nullptr) continue;
    const Share share = share_to_go(*file, *now.hidden);
    if (share.gone == 0 || (!share.must && share.gone * 4 < share.all)) continue;
    if (share.gone != share.all) {
      mixed.push_back(file);
      continue;
    }
    did = true;
    uncounted_ = true;
    return exchange_files({}, {file->entry.name}, {}, {});
  }
  if (whole_files_only) return {};
  for (const auto& file : mixed) {
    if (stuck_file(file->entry.name)) continue;
    did = true;
    auto done = merge({file}, file->entry.packing);
    if (done || done.error().kind != ErrorKind::corrupt) return done;
    // Left as it is, so that what can be read stays readable; the others have their turn.
    note_damage(std::span(&done.error().message, 1));
    log::error("file not rewritten", {{"file", file->entry.name}, {"why", done.error().message}});
    const std::lock_guard lock(damage_lock_);
    stuck_files_.emplace(file->entry.name, done.error().message);
    return {};
  }
  TRY_VOID(erase_superseded(*now.hidden));
  {
    const std::lock_guard lock(damage_lock_);
    rid_of_ = now.hidden;
  }
  rewritten_ = {now.hidden, now.files};
  return {};
}

/// Takes readings of datastreams that are being erased out of the files of replaced values.
Result<> Engine::erase_superseded(const Hidden& hidden) {
  std::vector<FileEntry> files;
  {
    const std::lock_guard lock(manifest_lock_);
    for (const FileEntry& file : manifest_.files) {
      if (file.kind == FileEntry::Kind::superseded) files.push_back(file);
    }
  }
  for (const FileEntry& file : files) {
    TRY(const auto bytes, read_file(path_of(file.name)));
    Batch rows;
    if (!read_superseded(bytes, rows)) continue;  // check() names it
    Batch kept;
    for (const Observation& row : rows.rows) {
      const bool gone =
          file.generation <= hidden.gone_generation(row.datastream) || row.time < hidden.expired(row.datastream);
      if (!gone) keep_superseded(kept, row, has_text(row.type) ? rows.text_of(row.bits) : std::string_view());
    }
    if (kept.rows.size() == rows.rows.size()) continue;
    std::vector<FileEntry> fresh;
    if (!kept.rows.empty()) {
      FileEntry entry;
      entry.kind = FileEntry::Kind::superseded;
      entry.rows = kept.rows.size();
      entry.name = new_name("corrected-", entry.generation) + ".rows";
      entry.generation = file.generation;  // another erasure may have begun since `hidden`
      std::vector<std::byte> out;
      append_superseded(out, kept);
      fresh.push_back(entry);
      if (auto written = write_file_atomically(path_of(entry.name), out); !written) {
        discard(fresh);
        return written;
      }
    }
    TRY_VOID(exchange_files(fresh, {file.name}, {}, {}));
  }
  return {};
}

Result<> Engine::expire(std::span<const DatastreamId> datastreams, std::int64_t before) {
  {
    const std::lock_guard writer(writer_);
    TRY_VOID(publish_hidden([&](Manifest& m) {
      for (const DatastreamId id : datastreams) {
        auto [at, fresh] = m.expired_before.try_emplace(id.value, before);
        // One that lies ahead comes from a clock that did, and would hide what is still to come.
        at->second = at->second > clock_.now().ns ? before : std::max(at->second, before);
      }
    }));
  }
  uncounted_ = true;
  if (options_.background) {
    wake();
    return {};
  }
  const std::lock_guard work(work_);
  for (bool did = true; did;) TRY_VOID(rewrite_hidden(did));
  return recount();
}

}  // namespace qala::readings
