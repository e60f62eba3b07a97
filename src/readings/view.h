#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "readings/manifest.h"
#include "readings/memory_table.h"
#include "readings/runs.h"
#include "readings/segment.h"

namespace qala::readings {

/// A file of the manifest, open. `reader` is null if it cannot be trusted; `damage` says why.
struct StoredFile {
  FileEntry entry;
  std::shared_ptr<const SegmentReader> reader;
  std::string damage;
};
/// By month, then generation.
using FileSet = std::vector<std::shared_ptr<const StoredFile>>;

/// What is hidden though its bytes may still be there.
struct Hidden {
  std::map<std::uint32_t, std::set<std::int64_t>> erased;
  std::map<std::uint32_t, std::int64_t> expired_before;
  std::map<std::uint32_t, Erasing> erasing;

  const std::set<std::int64_t>* erased_of(DatastreamId datastream) const {
    const auto at = erased.find(datastream.value);
    return at == erased.end() ? nullptr : &at->second;
  }
  std::int64_t expired(DatastreamId datastream) const {
    const auto at = expired_before.find(datastream.value);
    return at == expired_before.end() ? std::numeric_limits<std::int64_t>::min() : at->second;
  }
  /// Files up to this generation hold nothing of the datastream that counts.
  std::uint64_t gone_generation(DatastreamId datastream) const {
    const auto at = erasing.find(datastream.value);
    return at == erasing.end() ? 0 : at->second.generation;
  }
};

/// Everything a query sees, taken at one moment under the memory lock. The tables hold what is not yet in `files`, but
/// `tail`, which repeats what files have from `tail_from` on. `active` may grow meanwhile: read it under `lock`.
struct View {
  std::shared_mutex* lock = nullptr;
  std::shared_ptr<const FileSet> files;
  std::shared_ptr<const Hidden> hidden;
  std::shared_ptr<const MemoryTable> tail, frozen, active;
  std::int64_t tail_from = std::numeric_limits<std::int64_t>::max();
};

}  // namespace qala::readings
