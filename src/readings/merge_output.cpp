#include "readings/merge_output.h"

#include "readings/superseded.h"

namespace qala::readings {

namespace {
constexpr std::size_t kChunkRows = 65'536;  ///< a month at one reading a minute is one chunk
}

MergeOutput::MergeOutput(SegmentWriter& writer)
    : writer_(writer), assembler_(kChunkRows, [this](const Columns& columns) -> Result<> {
        rows_ += columns.size();
        return writer_.add(datastream_, columns);
      }) {}

SeriesReader& MergeOutput::reader(const View& view, DatastreamId datastream) {
  view_ = view;
  datastream_ = datastream;
  if (reader_) return *reader_;
  reader_.emplace(*view_, SeriesReader::Need::all);
  reader_->on_dropped([this](const Columns& columns, std::size_t row, bool duplicate) {
    if (!duplicate) keep(columns, row);
  });
  return *reader_;
}

/// Encoded as they come: a month may have millions.
void MergeOutput::keep(const Columns& columns, std::size_t row) {
  keep_superseded(piece_, datastream_, columns, row);
  superseded_rows_++;
  if (piece_.rows.size() < kSupersededRows && piece_.text.size() < kSupersededText) return;
  append_superseded(superseded_, piece_);
  piece_.clear();
}

std::span<const std::byte> MergeOutput::superseded() {
  append_superseded(superseded_, piece_);
  piece_.clear();
  return superseded_;
}

Result<> MergeOutput::add(std::span<const Slice> slices) {
  for (const Slice& slice : slices) TRY_VOID(assembler_.add(slice));
  return {};
}

}  // namespace qala::readings
