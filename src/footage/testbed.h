#pragma once

// For tests: a camera that was made up, a disk that fills, fails and forgets, and a folder to copy in the middle of
// things. Include after gtest.h.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "footage/library.h"
#include "footage/recorder.h"
#include "media_files.h"
#include "temporary_folder.h"

namespace qala::footage {

/// Real files, but they can be full, a sync can fail, and what was not synced is gone after power_cut().
class TestDisk final : public Disk {
 public:
  std::uint64_t room = UINT64_MAX;  ///< bytes that can still be written
  bool fail_sync = false, fail_remove = false, fail_truncate = false;
  std::optional<std::uint64_t> free = {};  ///< what space() says; none: the real one
  int syncs = 0;

  Result<File> create(const std::string& path) override {
    auto file = Disk::create(path);
    if (file) names_.insert(path);
    return file;
  }
  Result<> write(File& file, std::uint64_t offset, std::span<const std::byte> bytes) override {
    synced_.try_emplace(file.path(), offset);
    if (bytes.size() <= room) {
      room -= bytes.size();
      return file.write_at(offset, bytes);
    }
    TRY_VOID(file.write_at(offset, bytes.first(static_cast<std::size_t>(room))));
    room = 0;
    return fail(ErrorKind::full, "no space left for " + file.path());
  }
  void start_sync(File&) override {}
  Result<> sync(File& file) override {
    if (fail_sync) return fail(ErrorKind::corrupt, "syncing " + file.path());
    syncs++;
    synced_.erase(file.path());
    return file.sync_data();
  }
  Result<> sync_folder(const std::string& folder) override {
    std::erase_if(names_, [&](const std::string& path) { return path.substr(0, path.rfind('/')) == folder; });
    return Disk::sync_folder(folder);
  }
  Result<> truncate(File& file, std::uint64_t size) override {
    if (fail_truncate) return fail(ErrorKind::corrupt, "cutting " + file.path());
    return file.truncate(size);
  }
  Result<> remove(const std::string& path) override {
    if (fail_remove) return fail(ErrorKind::corrupt, "removing " + path);
    return Disk::remove(path);
  }
  Result<DiskSpace> space(const std::string& folder) override {
    if (free) return DiskSpace{.free = *free, .total = 2 * *free};
    return Disk::space(folder);
  }

  /// Files that were not synced, with how much of them was.
  const std::map<std::string, std::uint64_t>& unsynced() const { return synced_; }
  const std::set<std::string>& unsynced_names() const { return names_; }

  /// The machine goes dark: of `folder`, a copy of `original`, nothing unsynced is left, or only some sectors of it.
  void power_cut(const std::string& original, const std::string& folder, std::mt19937& random) {
    const auto copy_of = [&](const std::string& path) { return folder + path.substr(original.size()); };
    for (const auto& path : names_) std::filesystem::remove(copy_of(path));
    for (const auto& [path, size] : synced_) {
      const std::string copy = copy_of(path);
      if (!std::filesystem::exists(copy)) continue;
      if (random() % 3 == 0) {
        std::filesystem::resize_file(copy, size);
        continue;
      }
      const std::uint64_t end = std::filesystem::file_size(copy);
      auto file = File::open(copy, File::Mode::write);
      for (std::uint64_t at = size; at < end; at += 512) {
        if (random() % 2 == 0) continue;
        const std::vector<std::byte> zeros(std::min<std::uint64_t>(512, end - at));
        EXPECT_TRUE(file->write_at(at, zeros));
      }
    }
  }

 private:
  std::map<std::string, std::uint64_t> synced_;  ///< of files with unsynced bytes: how many are synced
  std::set<std::string> names_;                  ///< files whose folder was not synced since
};

/// What a camera would send: groups of pictures with bytes that nobody else has.
class TestCamera {
 public:
  explicit TestCamera(unsigned seed = 1) : random_(seed) {
    const auto file = tests::small_clip("h264_b_frames.mp4");
    video = tests::clip_of(file, media::Codec::h264).track;
    video.clock = 90'000;
    audio = media::g711_track(media::Codec::pcma);
  }
  media::Track video, audio;

  std::string bytes(std::size_t most = 300) {
    std::string text(1 + random_() % most, '\0');
    for (auto& c : text) c = static_cast<char>(random_());
    return text;
  }
  /// `count` pictures of 40 ms each; decode times go on from the group before.
  std::vector<media::Sample> group(std::size_t count = 25, bool key = true, std::size_t most = 300) {
    std::vector<media::Sample> samples;
    for (std::size_t at = 0; at < count; at++) {
      samples.push_back({.dts = dts_, .composition = 0, .duration = 3'600, .key = key && at == 0, .data = bytes(most)});
      dts_ += 3'600;
    }
    return samples;
  }
  std::vector<media::Sample> sound(std::int64_t from_ms, std::int64_t ms) {
    return {{.dts = from_ms * 8,
             .duration = static_cast<std::uint32_t>(ms * 8),
             .key = true,
             .data = bytes(static_cast<std::size_t>(ms * 8))}};
  }
  void restart() { dts_ = 0; }
  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
  std::int64_t dts_ = 0;
};

/// A recorder in a folder of its own, one stream, a clock that stands.
struct Bench {
  tests::TemporaryFolder place;
  std::string folder = place.file("footage");
  FakeClock clock;
  TestDisk disk;
  TestCamera camera;
  StreamId id{7, kMain};
  std::unique_ptr<Recorder> recorder = open();
  std::unique_ptr<Library> library = std::move(*Library::open(folder));
  Instant start = clock.now();

  std::unique_ptr<Recorder> open() {
    auto opened = Recorder::open(folder, clock, disk);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  void begin() {
    camera.restart();
    EXPECT_TRUE(recorder->begin(id, camera.video, clock.now()));
  }
  /// One fragment of a second, now; the clock goes on to its end.
  Result<> second(bool motion = false, bool key = true) {
    const auto samples = camera.group(25, key);
    const auto at = clock.now();
    clock.advance(std::chrono::seconds(1));
    return recorder->append(id, at, samples, motion);
  }
  void seconds(int count, bool motion = false) {
    for (int at = 0; at < count; at++) {
      const auto done = second(motion);
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  /// Everything is as after a kill -9 at this moment, in another folder.
  std::string killed(const std::string& name = "killed") {
    const std::string copy = place.file(name);
    std::filesystem::remove_all(copy);
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
    return copy;
  }
  std::vector<Span> spans() {
    auto found = library->spans(id, Instant{0}, Instant::from_ms(kFar));
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::vector<Span>();
  }
  static constexpr std::int64_t kFar = std::int64_t{1} << 42;
};

/// All pieces from [from, to), without init segments if not wanted.
inline std::vector<Piece> pieces(Library& library, StreamId id, Instant from = Instant{0},
                                 Instant to = Instant::from_ms(Bench::kFar), bool init = false) {
  std::vector<Piece> list;
  auto cursor = library.cursor(id, from, to);
  EXPECT_TRUE(cursor);
  while (true) {
    auto piece = (*cursor)->next();
    EXPECT_TRUE(piece) << piece.error().message;
    if (!piece || !*piece) return list;
    if (init || !(*piece)->init) list.push_back(std::move(**piece));
  }
}
inline std::vector<Piece> pieces(const std::string& folder, StreamId id) { return pieces(**Library::open(folder), id); }

/// Footage files below the folder, from it, in order.
inline std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".mp4") files.push_back(entry.path().string().substr(folder.size() + 1));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace qala::footage
