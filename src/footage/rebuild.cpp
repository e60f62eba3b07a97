#include "footage/rebuild.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/log.h"

namespace qala::footage {

namespace fs = std::filesystem;

namespace {

struct Found {
  std::string path;
  StreamId stream;
};

bool is_number(const std::string& name) {
  return !name.empty() && name.size() <= 9 && name.find_first_not_of("0123456789") == std::string::npos;
}

bool is_folder(const fs::path& path) {
  std::error_code ec;
  return fs::is_directory(path, ec);
}

Result<std::vector<fs::path>> entries(const fs::path& folder) {
  std::error_code ec;
  std::vector<fs::path> list;
  for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) list.push_back(at->path());
  if (ec) return fail(ErrorKind::unavailable, "listing " + folder.string() + ": " + ec.message());
  std::ranges::sort(list);
  return list;
}

/// Files of one stream, in the order of their names, which is that of their times.
Result<std::vector<std::string>> files_of(const fs::path& stream) {
  std::vector<std::string> files;
  TRY(const auto days, entries(stream));
  for (const auto& day : days) {
    if (!is_number(day.filename().string()) || !is_folder(day)) continue;
    TRY(const auto list, entries(day));
    for (const auto& file : list) {
      if (file.extension() == ".mp4") files.push_back(file.string());
    }
  }
  return files;
}

Result<std::vector<Found>> find_files(const std::string& folder) {
  std::vector<Found> found;
  TRY(const auto cameras, entries(folder));
  for (const auto& camera : cameras) {
    if (!is_number(camera.filename().string()) || !is_folder(camera)) continue;
    for (const std::uint8_t stream : {kMain, kSub}) {
      const fs::path place = camera / name_of_stream(stream);
      if (!is_folder(place)) continue;
      TRY(const auto files, files_of(place));
      const auto number = static_cast<std::uint32_t>(std::stoul(camera.filename().string()));
      for (const auto& file : files) found.push_back({file, {number, stream}});
    }
  }
  return found;
}

/// Goes over all files and hands out their rows.
class Filling {
 public:
  Filling(std::vector<Found> files, std::size_t folder_bytes, Disk& disk)
      : files_(std::move(files)), folder_bytes_(folder_bytes), disk_(disk) {}

  Result<std::optional<Index::Ended>> next() {
    while (at_ < files_.size()) {
      const auto& file = files_[at_++];
      // Only the newest of a stream can have been under way when the power failed.
      const bool newest = at_ == files_.size() || files_[at_].stream != file.stream;
      auto looked = look_through(file.path, disk_, newest);
      if (!looked && looked.error().kind != ErrorKind::corrupt) return std::move(looked.error());
      if (!looked || !fits(file, *looked)) {
        rebuilt.unreadable++;
        log::warn("footage file is not readable", {{"path", file.path}, {"why", why(looked)}});
        continue;
      }
      count(*looked);
      if (looked->fragments > 0) return std::move(looked->file);
    }
    return std::nullopt;
  }
  Rebuilt rebuilt;

 private:
  bool fits(const Found& file, const LookedThrough& looked) const {
    return looked.file.row.path() == file.path.substr(folder_bytes_);
  }
  static std::string why(const Result<LookedThrough>& looked) {
    return looked ? "its name is not what is in it" : looked.error().message;
  }
  void count(const LookedThrough& looked) {
    rebuilt.files++;
    rebuilt.fragments += looked.fragments;
    rebuilt.bytes += looked.file.row.bytes;
    rebuilt.damaged += looked.damaged;
    rebuilt.torn_bytes += looked.torn_bytes;
    if (looked.torn_bytes > 0) rebuilt.torn_tails++;
  }

  std::vector<Found> files_;
  std::size_t folder_bytes_;
  Disk& disk_;
  std::size_t at_ = 0;
};

Result<> set_aside(const std::string& index) {
  std::error_code ec;
  for (const char* ending : {"-wal", "-shm"}) fs::remove(index + ending, ec);
  fs::rename(index, index + ".damaged", ec);
  if (ec) return fail(ErrorKind::unavailable, "setting aside " + index + ": " + ec.message());
  return {};
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder) {
  TRY(auto file, File::open(folder + "/lock", File::Mode::create));
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::conflict, folder + " is being recorded into by another process: stop it first");
    return from_errno(errno, "locking " + folder);
  }
  return FolderLock(std::move(file));
}

Result<LookedThrough> look_through(const std::string& path, Disk& disk, bool cut) {
  TRY(auto file, File::open(path, cut ? File::Mode::write : File::Mode::read));
  TRY(const auto size, file.size());
  const ReadAt read = reader_of(file);
  TRY(const auto mark, read_file_mark(read, size).context(path));
  const std::uint64_t begin = mark.init_bytes + kMarkBytes;
  TRY(const auto walked, walk(read, begin, size, cut ? Verify::tail : Verify::marks));
  LookedThrough looked{.file = {}, .fragments = walked.fragments.size(), .damaged = walked.damaged};
  if (cut && walked.end < size) {
    looked.torn_bytes = size - walked.end;
    TRY_VOID(disk.truncate(file, walked.end));
  }
  if (cut) TRY_VOID(disk.sync(file));
  auto& row = looked.file.row;
  row.stream = mark.id;
  row.run = mark.run;
  row.from_ms = mark.at_ms;
  row.to_ms = walked.fragments.empty() ? mark.at_ms : std::max(mark.at_ms, walked.fragments.back().end_ms());
  row.bytes = walked.end;
  row.marks = marks_of(walked.fragments);
  looked.file.list = encode_list(walked.fragments, mark.at_ms, begin);
  return looked;
}

Result<Rebuilt> fill_index(Index& index, const std::string& folder, Disk& disk) {
  TRY(auto files, find_files(folder));
  Filling filling(std::move(files), folder.size() + 1, disk);
  TRY_VOID(index.replace([&] { return filling.next(); }));
  return filling.rebuilt;
}

Result<Index> open_or_rebuild(const std::string& folder, Disk& disk) {
  std::error_code ec;
  const std::string path = index_path(folder);
  auto index = Index::open(folder);
  if (!index && index.error().kind == ErrorKind::corrupt && fs::exists(path, ec)) {
    log::error("footage index is damaged and is made anew", {{"path", path}, {"why", index.error().message}});
    TRY_VOID(set_aside(path));
    index = Index::open(folder);
  }
  if (!index) return index;
  TRY(const bool complete, index->complete());
  if (complete) return index;
  TRY(const auto rebuilt, fill_index(*index, folder, disk).context("making the footage index anew"));
  if (rebuilt.files + rebuilt.unreadable > 0) {
    log::info("footage index made anew", {{"files", rebuilt.files},
                                          {"fragments", rebuilt.fragments},
                                          {"torn", rebuilt.torn_tails},
                                          {"damaged", rebuilt.damaged},
                                          {"unreadable", rebuilt.unreadable}});
  }
  return index;
}

Result<Rebuilt> rebuild(const std::string& folder) {
  TRY(const auto lock, FolderLock::take(folder));
  std::error_code ec;
  const std::string path = index_path(folder);
  auto index = Index::open(folder);
  if (!index && index.error().kind == ErrorKind::corrupt && fs::exists(path, ec)) {
    TRY_VOID(set_aside(path));
    index = Index::open(folder);
  }
  if (!index) return std::move(index.error());
  return fill_index(*index, folder, Disk::system());
}

}  // namespace qala::footage
