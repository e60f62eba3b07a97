#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "readings/runs.h"
#include "readings/store.h"
#include "readings/superseded.h"
#include "readings/values.h"

namespace qala::readings {

/// Fills a Range row by row until the limit.
class RangeFiller {
 public:
  RangeFiller(Range& out, DatastreamId datastream, std::size_t limit, std::vector<std::uint64_t>* ordinals)
      : out_(out), datastream_(datastream), limit_(limit), ordinals_(ordinals) {}

  /// False: the limit is reached and there is more.
  bool add(const Slice& slice, bool newest_first) {
    const std::size_t n = slice.end - slice.begin;
    for (std::size_t k = 0; k < n; k++) {
      if (out_.batch.rows.size() == limit_) {
        out_.more = true;
        return false;
      }
      push(*slice.columns, newest_first ? slice.end - 1 - k : slice.begin + k, slice.corrected);
    }
    return true;
  }

  /// One row, whatever the limit.
  void push(const Columns& columns, std::size_t i, bool corrected) {
    Batch& batch = out_.batch;
    Observation row = observation_of(datastream_, columns, i);
    if (corrected) row.flags |= flag::corrected;
    if (has_text(row.type)) row.bits = keep(text_of(columns, row.bits)).bits();
    Extra extra;
    extra.row = static_cast<std::uint32_t>(batch.rows.size());
    if (!columns.result_time.empty()) extra.result_time = columns.result_time[i];
    if (!columns.interval_end.empty()) extra.interval_end = columns.interval_end[i];
    if (!columns.parameters.empty()) {
      const TextRef ref = columns.parameters[i];
      if (ref.length != 0) extra.parameters = keep(std::string_view(columns.text).substr(ref.offset, ref.length));
    }
    if (extra.result_time != 0 || extra.interval_end != 0 || extra.parameters.length != 0)
      batch.extras.push_back(extra);
    batch.rows.push_back(row);
    if (ordinals_ != nullptr) ordinals_->push_back(ordinal_of(columns, i));
  }

 private:
  TextRef keep(std::string_view text) {
    const TextRef ref{.offset = out_.batch.text.size(), .length = static_cast<std::uint32_t>(text.size())};
    out_.batch.text += text;
    return ref;
  }

  Range& out_;
  DatastreamId datastream_;
  std::size_t limit_;
  std::vector<std::uint64_t>* ordinals_;
};

}  // namespace qala::readings
