#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "readings/view.h"

namespace qala::readings {

/// Looks single readings up in files, to recognise late duplicates while they come in. Keeps a few decoded chunks and
/// has a budget per commit: beyond it the answer is "unknown", and reading and merging recognise the duplicate.
class LookupCache {
 public:
  void start_commit() { decodes_left_ = kDecodesPerCommit; }
  /// The value that counts at that time, if the files have one and the budget allows to know. Valid until the next
  /// call.
  std::optional<Value> find(const FileSet& files, const Hidden& hidden, DatastreamId datastream, std::int64_t time);
  /// The last find() had to give up.
  bool gave_up() const { return gave_up_; }
  void clear() { chunks_.clear(); }

 private:
  static constexpr int kDecodesPerCommit = 8;
  static constexpr std::size_t kChunks = 16;
  struct Cached {
    std::weak_ptr<const StoredFile> file;
    std::uint64_t offset = 0;
    std::uint64_t used = 0;
    Columns columns;
  };
  const Columns* load(const std::shared_ptr<const StoredFile>& file, const ChunkEntry& chunk);

  std::vector<std::unique_ptr<Cached>> chunks_;
  std::uint64_t uses_ = 0;
  int decodes_left_ = 0;
  bool gave_up_ = false;
};

}  // namespace qala::readings
