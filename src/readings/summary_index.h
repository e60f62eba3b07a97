#pragma once

#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "readings/view.h"

namespace qala::readings {

/// Day summaries of the files of a view over some days; what is asked of many datastreams is read once. Thread-safe.
class SummaryIndex {
 public:
  /// `many`: summaries of nearly every datastream will be asked for.
  SummaryIndex(const View& view, const Zone& zone, std::int32_t first_day, std::int32_t last_day, bool many);

  /// By ascending day. Nothing if the file's days are not those of our zone and rules, or cannot be read. `scratch`
  /// holds the answer unless it is shared; both are valid until its next use.
  std::optional<std::span<const DaySummary>> of(const StoredFile& file, DatastreamId datastream,
                                                std::vector<DaySummary>& scratch);

 private:
  struct OfFile {
    const StoredFile* file = nullptr;
    bool usable = false;
    std::once_flag once;
    std::vector<DaySummary> days;
    std::vector<std::uint32_t> starts;  ///< by datastream: where its days begin
  };
  void load(OfFile& of) const;

  const std::int32_t first_day_, last_day_;
  const bool many_;
  std::shared_ptr<const FileSet> files_;
  std::deque<OfFile> by_file_;  ///< as files_
};

}  // namespace qala::readings
