#pragma once

// For tests: a disk that counts, fails and forgets. Include after gtest.h.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "readings/log_disk.h"
#include "temporary_folder.h"

namespace qala::readings {

/// Writes go to real files, and are undone by power_cut() unless they were synced before.
class ForgetfulDisk final : public LogDisk {
 public:
  int syncs = 0;
  int writes = 0;
  ErrorKind write_error{};  ///< of the next failing write
  int fail_write_at = -1;   ///< how many writes from now: 0 is the next; half of it is written
  ErrorKind sync_error{};
  int fail_sync_at = -1;
  bool full = false;  ///< every write beyond the end of a file fails

  Result<> write(File& file, std::uint64_t offset, std::span<const std::byte> bytes) override {
    writes++;
    TRY(const auto size, file.size());
    remember(file, offset, bytes.size(), size);
    if (full && offset + bytes.size() > size) return fail(ErrorKind::full, "no space left on " + file.path());
    if (fail_write_at-- == 0) {
      TRY_VOID(file.write_at(offset, bytes.first(bytes.size() / 2)));
      return fail(write_error, "writing " + file.path());
    }
    return file.write_at(offset, bytes);
  }

  Result<> sync(File& file) override {
    syncs++;
    if (fail_sync_at-- == 0) return fail(sync_error, "syncing " + file.path());
    undo_.erase(file.path());
    return file.sync_data();
  }

  Result<> rename(const std::string& from, const std::string& to) override {
    if (auto node = undo_.extract(from)) {
      node.key() = to;
      undo_.insert(std::move(node));
    }
    return LogDisk::rename(from, to);
  }

  Result<> truncate(File& file, std::uint64_t size) override {
    TRY(const auto now, file.size());
    remember(file, size, now - size, now);
    return file.truncate(size);
  }

  /// The machine goes dark: what was not synced is as it was before.
  void power_cut() {
    for (auto& [path, steps] : undo_) {
      for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        auto file = File::open(path, File::Mode::write);
        if (!file) continue;
        (void)file->write_at(step->offset, step->before);
        (void)file->truncate(step->size);
      }
    }
    undo_.clear();
  }

 private:
  struct Step {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::vector<std::byte> before;
  };

  void remember(const File& file, std::uint64_t offset, std::size_t length, std::uint64_t size) {
    Step step{.offset = offset, .size = size, .before = {}};
    if (offset < size) step.before.resize(std::min<std::uint64_t>(length, size - offset));
    (void)file.read_at(offset, step.before);
    undo_[file.path()].push_back(std::move(step));
  }

  std::map<std::string, std::vector<Step>> undo_;
};

using tests::TemporaryFolder;

}  // namespace qala::readings
