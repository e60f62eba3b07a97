#pragma once

#include <span>
#include <vector>

#include "readings/bucket_sums.h"
#include "readings/series_reader.h"
#include "readings/summary_index.h"

namespace qala::readings {

/// The part of the window in which there is any reading.
Window data_window(const View& view, Window window);

/// Buckets of one datastream after another: from day summaries where they hold, else from the readings. One per thread.
class BucketReader {
 public:
  /// `summaries` null: none are used.
  BucketReader(const View& view, const CalendarGrid& grid, Window window, SummaryIndex* summaries)
      : view_(view),
        grid_(grid),
        window_(window),
        summaries_(summaries),
        rows_(view, SeriesReader::Need::values),
        sums_(grid) {}

  /// Valid until the next call.
  std::span<const Bucket> read(DatastreamId datastream);
  /// False if no mean of any bucket can be above the limit, as the highest readings of its days are not.
  bool may_exceed(DatastreamId datastream, double limit);

 private:
  bool find_summarised(DatastreamId datastream);
  bool add_parts(DatastreamId datastream, const StoredFile& file);
  void sort_parts();
  void mark_rows(std::int64_t first, std::int64_t last);
  std::size_t day_of(std::int64_t time) const;
  void read_rows(DatastreamId datastream, Window window);

  const View& view_;
  const CalendarGrid& grid_;
  const Window window_;
  SummaryIndex* summaries_;
  SeriesReader rows_;
  BucketSums sums_;
  std::vector<std::uint8_t> by_rows_;  ///< per day of the grid: has to be read row by row
  std::vector<DaySummary> parts_;  ///< of this datastream, later files later
};

}  // namespace qala::readings
