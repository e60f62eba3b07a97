#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "readings/segment.h"

namespace qala::readings {

/// A day summary as it is stored: exact whole numbers at `scale` (whole), doubles' bits (real), or the count alone
/// (counted: text and json, whose other figures read as NaN).
struct StoredSummary {
  enum class Kind : std::uint8_t { whole = 0, real = 1, counted = 2 };
  DatastreamId datastream;
  std::int32_t day = 0;
  Kind kind = Kind::whole;
  std::int8_t scale = 0;
  std::uint32_t count = 0;
  std::int64_t sum = 0, min = 0, max = 0, first = 0, last = 0;
};

DaySummary as_summary(const StoredSummary& stored);

/// Rows in (datastream, day) order. Pure functions; see docs/formats/segment.md.
void encode_summaries(std::span<const StoredSummary> rows, Packing packing, std::string& out);
/// Appends those within the days. False if the bytes are no such block.
bool decode_summaries(std::span<const std::byte> bytes, std::int32_t first_day, std::int32_t last_day,
                      std::vector<DaySummary>& into);

/// A day that is being added up; the real figures count once it holds numbers that are not whole.
struct OpenDay {
  StoredSummary row;
  __int128 sum = 0;
  double real_sum = 0, real_min = 0, real_max = 0, real_first = 0, real_last = 0;
};

/// Cuts columns into days of the town and adds them up, in the order given. Tombstones do not count.
class SummaryBuilder {
 public:
  explicit SummaryBuilder(const Zone& zone) : zone_(zone) {}
  void add(DatastreamId datastream, const Columns& columns);
  /// Finished rows so far; the day being added up stays until `all`.
  std::vector<StoredSummary>& rows(bool all);

 private:
  void begin(DatastreamId datastream, std::int32_t day);
  void close();
  void add_span(const Columns& columns, std::size_t begin, std::size_t end);
  void add_whole(const Columns& columns, std::size_t at);
  void add_real(double value);
  bool rescale(std::int8_t scale);
  void make_real();
  std::int64_t day_end(std::int32_t day);

  Zone zone_;
  std::optional<OpenDay> open_;
  std::vector<StoredSummary> rows_;
  std::unordered_map<std::int32_t, std::int64_t> day_ends_;
};

}  // namespace qala::readings
