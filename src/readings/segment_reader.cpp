#include <algorithm>
#include <limits>

#include "base/crc32c.h"
#include "readings/segment_layout.h"
#include "readings/segment_summary.h"

namespace qala::readings {

namespace {

std::uint32_t stored_crc(std::span<const std::byte> part) { return Cursor(part.last(kCrc)).fixed<std::uint32_t>(); }

class DiskSegment final : public SegmentReader {
 public:
  DiskSegment(File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  Result<> load();
  const std::string& path() const override { return file_.path(); }
  std::string_view meta() const override { return footer_.meta; }
  std::span<const ChunkEntry> entries() const override { return entries_; }
  std::span<const ChunkEntry> entries_of(DatastreamId datastream) const override;
  std::uint64_t file_size() const override { return size_; }
  Result<> read(const ChunkEntry& entry, Columns& into, bool values_only) const override;
  Result<> read_window(const ChunkEntry& entry, Window window, bool values, Columns& into) const override;
  std::string_view zone_name() const override { return footer_.zone_name; }
  std::string_view zone_rules() const override { return footer_.zone_rules; }
  Result<DatastreamRange> summaries_near(DatastreamId datastream, std::int32_t first_day, std::int32_t last_day,
                                         std::vector<DaySummary>& into) const override;
  void check(const std::function<void(const Damage&)>& found) const override;

 private:
  Result<> load_footer(std::uint64_t& footer_at);
  Error damaged(std::string_view what, std::uint64_t offset) const {
    return fail(ErrorKind::corrupt, path() + ": " + std::string(what) + " at byte " + std::to_string(offset));
  }
  /// `part`: its bytes with the checksum behind them, valid until the thread's next call.
  Result<std::span<const std::byte>> read_part(std::uint64_t offset, std::uint64_t length) const;
  Result<std::span<const std::byte>> read_chunk(const ChunkEntry& entry) const;
  Result<> read_block(const SummaryBlock& block, std::int32_t first_day, std::int32_t last_day,
                      std::vector<DaySummary>& into) const;

  File file_;
  std::uint64_t size_;
  SegmentFooter footer_;
  std::vector<ChunkEntry> entries_;
};

Result<std::span<const std::byte>> DiskSegment::read_part(std::uint64_t offset, std::uint64_t length) const {
  static thread_local std::vector<std::byte> buffer;
  if (buffer.size() < length + kCrc) buffer.resize(length + kCrc);
  const auto part = std::span(buffer).first(length + kCrc);
  TRY_VOID(file_.read_at(offset, part));
  return std::span<const std::byte>(part);
}

Result<> DiskSegment::load_footer(std::uint64_t& footer_at) {
  if (size_ < kSegmentHead.size() + kTrailer) return damaged("too short for a segment file", 0);
  std::vector<std::byte> bytes(kTrailer);
  TRY_VOID(file_.read_at(size_ - kTrailer, bytes));
  Cursor trailer(bytes);
  const auto length = trailer.fixed<std::uint32_t>();
  const auto crc = trailer.fixed<std::uint32_t>();
  if (text_of(trailer.rest()) != kSegmentTail) return damaged("no trailer", size_ - kTrailer);
  if (length > size_ - kTrailer - kSegmentHead.size()) return damaged("impossible footer", size_ - kTrailer);
  footer_at = size_ - kTrailer - length;
  bytes.resize(length);
  TRY_VOID(file_.read_at(footer_at, bytes));
  if (crc32c(bytes) != crc || !parse_footer(bytes, footer_)) return damaged("damaged footer", footer_at);
  return {};
}

Result<> DiskSegment::load() {
  std::uint64_t footer_at = 0;
  TRY_VOID(load_footer(footer_at));
  std::vector<std::byte> head(kSegmentHead.size());
  TRY_VOID(file_.read_at(0, head));
  if (text_of(head) != kSegmentHead) return damaged("no segment file", 0);
  const std::uint64_t index_end = footer_.index_length + kCrc;
  std::uint64_t index_at = kSegmentHead.size() + footer_.chunk_bytes;
  for (const SummaryBlock& block : footer_.blocks) index_at += block.length + kCrc;
  if (index_at > footer_at || footer_at - index_at != index_end) return damaged("parts that do not add up", footer_at);
  TRY(const auto part, read_part(index_at, footer_.index_length));
  const auto index = part.first(footer_.index_length);
  // An entry takes a fraction of a byte at best, but never less than a thousandth.
  if (footer_.chunks > (index.size() + 1) * 4096) return damaged("impossible index", index_at);
  if (crc32c(index) != stored_crc(part) || !parse_index(index, footer_, entries_))
    return damaged("damaged index", index_at);
  return {};
}

std::span<const ChunkEntry> DiskSegment::entries_of(DatastreamId datastream) const {
  const auto range = std::ranges::equal_range(entries_, datastream, {}, &ChunkEntry::datastream);
  return {range.begin(), range.end()};
}

Result<std::span<const std::byte>> DiskSegment::read_chunk(const ChunkEntry& entry) const {
  TRY(const auto part, read_part(entry.offset, entry.length));
  const auto chunk = part.first(entry.length);
  if (chunk_crc(entry.datastream, chunk) != stored_crc(part)) return damaged("damaged chunk", entry.offset);
  return chunk;
}

Result<> DiskSegment::read_window(const ChunkEntry& entry, Window window, bool values, Columns& into) const {
  TRY(const auto chunk, read_chunk(entry));
  const auto decode = values ? decode_window : decode_times;
  return decode(chunk, window.from, window.to, into, entry.count).context(path());
}

Result<> DiskSegment::read(const ChunkEntry& entry, Columns& into, bool values_only) const {
  TRY(const auto chunk, read_chunk(entry));
  TRY_VOID(
      (values_only ? decode_values(chunk, into, entry.count) : decode_chunk(chunk, into, entry.count)).context(path()));
  if (into.size() != entry.count || into.time.front() != entry.first_time || into.time.back() != entry.last_time) {
    return damaged("a chunk that is not what the index says", entry.offset);
  }
  return {};
}

Result<> DiskSegment::read_block(const SummaryBlock& block, std::int32_t first_day, std::int32_t last_day,
                                 std::vector<DaySummary>& into) const {
  TRY(const auto part, read_part(block.offset, block.length));
  const auto bytes = part.first(block.length);
  if (crc32c(bytes) != stored_crc(part) || !decode_summaries(bytes, first_day, last_day, into)) {
    return damaged("damaged day summaries", block.offset);
  }
  return {};
}

Result<SegmentReader::DatastreamRange> DiskSegment::summaries_near(DatastreamId datastream, std::int32_t first_day,
                                                                   std::int32_t last_day,
                                                                   std::vector<DaySummary>& into) const {
  // Blocks are in order, and a datastream's days are in one of them.
  const auto block = std::ranges::lower_bound(footer_.blocks, datastream, {}, &SummaryBlock::last);
  if (block == footer_.blocks.end() || block->first > datastream) return DatastreamRange{datastream, datastream};
  if (block->last_day >= first_day && block->first_day <= last_day) {
    TRY_VOID(read_block(*block, first_day, last_day, into));
  }
  return DatastreamRange{block->first, block->last};
}

void DiskSegment::check(const std::function<void(const Damage&)>& found) const {
  Columns columns;
  for (const ChunkEntry& entry : entries_) {
    const auto done = read(entry, columns, false);
    if (done) continue;
    found({.file = path(),
           .offset = entry.offset,
           .datastream = entry.datastream,
           .window = {.from = entry.first_time, .to = entry.last_time + 1},
           .what = done.error().message});
  }
  std::vector<DaySummary> rows;
  for (const SummaryBlock& block : footer_.blocks) {
    rows.clear();
    const auto done =
        read_block(block, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), rows);
    if (!done)
      found({.file = path(), .offset = block.offset, .datastream = {}, .window = {}, .what = done.error().message});
  }
}

}  // namespace

Result<std::shared_ptr<const SegmentReader>> SegmentReader::open(const std::string& path) {
  TRY(File file, File::open(path, File::Mode::read));
  TRY(const std::uint64_t size, file.size());
  auto segment = std::make_shared<DiskSegment>(std::move(file), size);
  TRY_VOID(segment->load());
  return std::shared_ptr<const SegmentReader>(std::move(segment));
}

}  // namespace qala::readings
