#pragma once

#include "readings/segment.h"
#include "readings/series_reader.h"

namespace qala::readings {

/// Where a merge writes: pieces of columns to the file, replaced values aside. One per merge.
class MergeOutput {
 public:
  explicit MergeOutput(SegmentWriter& writer);

  /// A reader of the inputs for the next datastream, until finish_series(); keeps its buffers from call to call.
  SeriesReader& reader(const View& view, DatastreamId datastream);
  Result<> add(std::span<const Slice> slices);
  Result<> finish_series() { return assembler_.flush(); }

  std::uint64_t rows() const { return rows_; }
  /// Replaced values, as a file of them has them, and how many. Once, at the end.
  std::span<const std::byte> superseded();
  std::uint64_t superseded_rows() const { return superseded_rows_; }

 private:
  void keep(const Columns& columns, std::size_t row);
  SegmentWriter& writer_;
  DatastreamId datastream_;
  std::optional<View> view_;
  std::optional<SeriesReader> reader_;
  Assembler assembler_;
  Batch piece_;  ///< replaced values not in superseded_ yet
  std::vector<std::byte> superseded_;
  std::uint64_t superseded_rows_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace qala::readings
