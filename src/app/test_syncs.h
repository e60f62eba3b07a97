#pragma once

// For tests of what a power cut leaves. backup_keeper_test.cpp replaces fsync and fdatasync of the program by ones that
// tell of it here.

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace qala::app::test {

/// Files and folders that were synced, by the names they had then.
class Syncs {
 public:
  void heard(int fd) {
    std::error_code ec;
    std::string path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ec).string();
    if (path.ends_with(".new")) path.resize(path.size() - 4);  // it is renamed at once
    const std::lock_guard lock(mutex_);
    synced_.insert(std::move(path));
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    synced_.clear();
  }
  /// What of a folder was not synced, without further names of files that lie elsewhere. `was`: what the folder was
  /// called when it was made, if it was renamed.
  std::vector<std::string> missing(const std::string& folder, const std::string& was = {}) {
    const std::string root = std::filesystem::canonical(folder).string();
    std::vector<std::string> out;
    const std::lock_guard lock(mutex_);
    const auto look = [&](const std::string& path) {
      const std::string then = was.empty() ? path : was + path.substr(root.size());
      if (!synced_.contains(then)) out.push_back(path);
    };
    look(root);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (made_by_a_reader(entry.path().string())) continue;
      if (entry.is_directory() || (entry.is_regular_file() && entry.hard_link_count() == 1))
        look(entry.path().string());
    }
    return out;
  }
  bool contains(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return synced_.contains(path);
  }

 private:
  /// SQLite's, with nothing in it that is not in the database.
  static bool made_by_a_reader(const std::string& path) { return path.ends_with("-wal") || path.ends_with("-shm"); }

  std::mutex mutex_;
  std::set<std::string> synced_;
};
inline Syncs syncs;

}  // namespace qala::app::test
