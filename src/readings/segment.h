#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/zone.h"
#include "readings/chunk.h"
#include "readings/store.h"

namespace qala::readings {

/// One chunk of a segment file, from its index.
struct ChunkEntry {
  DatastreamId datastream;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  std::uint32_t count = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

/// Summary of one datastream on one calendar day of the town's zone: exact for decimals and integers.
struct DaySummary {
  DatastreamId datastream;
  std::int32_t day = 0;  ///< local calendar day, days since 1970-01-01
  std::uint32_t count = 0;
  double sum = 0, min = 0, max = 0, first = 0, last = 0;
};

/// Writes an immutable segment file: chunks in (datastream, time) order, index, day summaries, footer, each with
/// CRC32C. Nothing is visible before finish(), which syncs and renames. See docs/formats/segment.md.
class SegmentWriter {
 public:
  static Result<SegmentWriter> create(const std::string& path, Packing packing, const Zone& zone);
  SegmentWriter(SegmentWriter&&) noexcept;
  SegmentWriter& operator=(SegmentWriter&&) noexcept;
  ~SegmentWriter();
  /// In ascending (datastream, time); one datastream may come in several calls.
  Result<> add(DatastreamId datastream, const Columns& columns);
  /// `meta`: opaque bytes of the store (log sequence, generation), kept in the footer.
  Result<> finish(std::string_view meta);

 private:
  struct Impl;
  explicit SegmentWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// An open segment file. Index in memory, chunks read with pread; any number of threads.
class SegmentReader {
 public:
  /// `corrupt` (naming file and offset) if footer or index cannot be trusted.
  static Result<std::shared_ptr<const SegmentReader>> open(const std::string& path);
  virtual ~SegmentReader() = default;
  virtual const std::string& path() const = 0;
  virtual std::string_view meta() const = 0;
  /// Ascending (datastream, first_time).
  virtual std::span<const ChunkEntry> entries() const = 0;
  virtual std::span<const ChunkEntry> entries_of(DatastreamId datastream) const = 0;
  virtual std::uint64_t file_size() const = 0;
  /// Reads, verifies the checksum, decodes. `values_only`: time and bits only.
  virtual Result<> read(const ChunkEntry& entry, Columns& into, bool values_only) const = 0;
  /// Only the readings with from <= time < to, as decode_window() or, without `values`, decode_times(): what a query
  /// over a day of a month needs.
  virtual Result<> read_window(const ChunkEntry& entry, Window window, bool values, Columns& into) const = 0;
  /// Zone and rules version that the day summaries were made with; the days are only usable if both are the same.
  virtual std::string_view zone_name() const = 0;
  virtual std::string_view zone_rules() const = 0;
  struct DatastreamRange {
    DatastreamId first;
    DatastreamId last;
  };
  /// Appends the summaries of [first_day, last_day], in (datastream, day) order, of the datastream and those stored
  /// beside it, which are decoded along with it. Returns which these are.
  virtual Result<DatastreamRange> summaries_near(DatastreamId datastream, std::int32_t first_day, std::int32_t last_day,
                                                 std::vector<DaySummary>& into) const = 0;
  /// Verifies every byte of the file.
  virtual void check(const std::function<void(const Damage&)>& found) const = 0;
};

}  // namespace qala::readings
