#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "readings/view.h"

namespace qala::readings {

/// Day summaries of the files of a view over some days. They are stored block by block, a few datastreams each: a block
/// is read when one of its datastreams is asked for, once. Of one query and thread.
class SummaryIndex {
 public:
  SummaryIndex(const View& view, const Zone& zone, std::int32_t first_day, std::int32_t last_day);

  /// By ascending day; valid as long as the index. Nothing if the file's days are not those of our zone and rules, or
  /// cannot be read.
  std::optional<std::span<const DaySummary>> of(const StoredFile& file, DatastreamId datastream);

 private:
  struct Block {
    DatastreamId last;
    std::vector<DaySummary> days;  ///< by datastream and day
  };
  struct OfFile {
    const StoredFile* file = nullptr;
    bool usable = false;
    std::map<DatastreamId, Block> blocks{};  ///< by first datastream
  };
  const Block* block_of(OfFile& of, DatastreamId datastream) const;

  const std::int32_t first_day_, last_day_;
  const std::shared_ptr<const FileSet> files_;
  std::deque<OfFile> by_file_;  ///< as files_
};

}  // namespace qala::readings
