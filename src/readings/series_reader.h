#pragma once

#include <memory>
#include <string>
#include <vector>

#include "readings/view.h"

namespace qala::readings {

/// Where rows of one datastream come from: a chunk of a file or a memory table.
struct Source {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::uint64_t priority = 0;
  const StoredFile* file = nullptr;  ///< null: a memory table
  const ChunkEntry* chunk = nullptr;
  const MemoryTable* table = nullptr;
};

/// Reads one datastream after another from a View, merged. Keeps its buffers: make one per query and thread.
class SeriesReader {
 public:
  enum class Need { times, values, all };  ///< time only, with the value, or every column
  enum class Order { oldest_first, newest_first };

  SeriesReader(const View& view, Need need) : view_(view), need_(need) {}

  /// Calls `visit(span of slices)` for groups of rows of [from, to): within a group in ascending time, groups in the
  /// order asked. `visit` returns false to stop. What cannot be read is skipped and named in `damaged`.
  template <class Visit>
  void visit(DatastreamId datastream, Window window, Order order, std::vector<std::string>* damaged, Visit visit);

  /// Told of rows that are left out because a later one has their time.
  void on_dropped(Dropped dropped) { dropped_ = std::move(dropped); }
  /// The sources that overlap the window by ascending first time. Valid until the next call.
  const std::vector<Source>& sources(DatastreamId datastream, Window window);
  /// The part of the window that is not expired.
  Window clipped(DatastreamId datastream, Window window) const;

 private:
  void add_file_sources(DatastreamId datastream, Window window);
  void add_table(const MemoryTable* table, DatastreamId datastream, Window window, std::uint64_t priority);
  /// Loads sources [begin, end) and merges them into slices_.
  void load(DatastreamId datastream, Window window, std::size_t begin, std::size_t end,
            std::vector<std::string>* damaged);
  void load_chunk(const Source& source, Window window, std::vector<std::string>* damaged);
  void load_table(DatastreamId datastream, const Source& source, Window window);
  void leave_out_erased(DatastreamId datastream);
  Columns& next_columns();

  const View& view_;
  const Need need_;
  std::vector<Source> sources_;
  std::vector<std::unique_ptr<Columns>> columns_;
  std::size_t columns_used_ = 0;
  std::vector<Run> runs_;
  std::vector<Slice> slices_;
  Dropped dropped_;
};

/// Ends of the groups of overlapping sources: each group can be read apart from the others.
std::vector<std::size_t> group_ends(const std::vector<Source>& sources);

template <class Visit>
void SeriesReader::visit(DatastreamId datastream, Window window, Order order, std::vector<std::string>* damaged,
                         Visit visit) {
  window = clipped(datastream, window);
  if (window.from >= window.to || sources(datastream, window).empty()) return;
  const auto ends = group_ends(sources_);
  for (std::size_t n = 0; n < ends.size(); n++) {
    const std::size_t group = order == Order::oldest_first ? n : ends.size() - 1 - n;
    load(datastream, window, group == 0 ? 0 : ends[group - 1], ends[group], damaged);
    if (!slices_.empty() && !visit(std::span<const Slice>(slices_))) return;
  }
}

}  // namespace qala::readings
