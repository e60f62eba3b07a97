#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "base/crc32c.h"
#include "readings/segment_layout.h"
#include "readings/segment_summary.h"

namespace qala::readings {

namespace {

constexpr std::size_t kWriteAt = 256u << 10;
/// Synced as it grows, so that finish() does not make a commit on another thread wait for the whole file.
constexpr std::size_t kSyncAt = 1u << 20;
constexpr std::size_t kBlockRows = 1024;

}  // namespace

struct SegmentWriter::Impl {
  Impl(std::string path_in, File file_in, Packing packing_in, const Zone& zone)
      : path(std::move(path_in)), file(std::move(file_in)), packing(packing_in), summaries(zone) {
    footer.zone_name = zone.name();
    footer.zone_rules = Zone::rules_version();
  }
  ~Impl() {
    if (!finished) ::unlink(file.path().c_str());
  }

  Result<> add(DatastreamId datastream, const Columns& columns);
  Result<> finish(std::string_view meta);
  Result<> write_out();
  void close_part(std::size_t start);
  void put_summary_blocks();

  std::string path;
  File file;
  Packing packing;
  SummaryBuilder summaries;
  std::vector<ChunkEntry> entries;
  SegmentFooter footer;
  std::string buffer{kSegmentHead};
  std::uint64_t written = 0;  ///< bytes of the file before `buffer`
  std::uint64_t synced = 0;
  bool finished = false;
};

Result<> SegmentWriter::Impl::add(DatastreamId datastream, const Columns& columns) {
  if (columns.size() == 0) return {};
  ChunkEntry entry{.datastream = datastream,
                   .first_time = columns.time.front(),
                   .last_time = columns.time.back(),
                   .count = static_cast<std::uint32_t>(columns.size())};
  if (!entries.empty()) {
    const ChunkEntry& before = entries.back();
    if (datastream < before.datastream || (datastream == before.datastream && entry.first_time <= before.last_time)) {
      return fail(ErrorKind::invalid, file.path() + ": chunks must come in order of datastream and time");
    }
  }
  const std::size_t start = buffer.size();
  encode_chunk(columns, packing, buffer);
  entry.offset = written + start;
  entry.length = static_cast<std::uint32_t>(buffer.size() - start);
  put_fixed(buffer, chunk_crc(datastream, bytes_of(std::string_view(buffer).substr(start))));
  entries.push_back(entry);
  summaries.add(datastream, columns);
  if (buffer.size() >= kWriteAt) return write_out();
  return {};
}

Result<> SegmentWriter::Impl::write_out() {
  TRY_VOID(file.write_at(written, bytes_of(buffer)));
  written += buffer.size();
  buffer.clear();
  if (written - synced < kSyncAt) return {};
  synced = written;
  return file.sync_data();
}

void SegmentWriter::Impl::close_part(std::size_t start) {
  put_fixed(buffer, crc32c(bytes_of(std::string_view(buffer).substr(start))));
}

/// Blocks of about kBlockRows rows; a datastream's days are never cut in two.
void SegmentWriter::Impl::put_summary_blocks() {
  const auto& rows = summaries.rows(true);
  for (std::size_t at = 0; at < rows.size();) {
    std::size_t end = std::min(rows.size(), at + kBlockRows);
    while (end < rows.size() && rows[end].datastream == rows[end - 1].datastream) end++;
    const auto part = std::span(rows).subspan(at, end - at);
    SummaryBlock block{.first = part.front().datastream,
                       .last = part.back().datastream,
                       .first_day = part[0].day,
                       .last_day = part[0].day};
    for (const StoredSummary& row : part) {
      block.first_day = std::min(block.first_day, row.day);
      block.last_day = std::max(block.last_day, row.day);
    }
    const std::size_t start = buffer.size();
    encode_summaries(part, packing, buffer);
    block.length = static_cast<std::uint32_t>(buffer.size() - start);
    close_part(start);
    footer.blocks.push_back(block);
    at = end;
  }
}

Result<> SegmentWriter::Impl::finish(std::string_view meta) {
  footer.meta = meta;
  footer.chunks = entries.size();
  footer.chunk_bytes = written + buffer.size() - kSegmentHead.size();
  put_summary_blocks();
  std::size_t start = buffer.size();
  put_index(entries, packing, buffer);
  footer.index_length = buffer.size() - start;
  close_part(start);
  start = buffer.size();
  put_footer(footer, buffer);
  const auto length = static_cast<std::uint32_t>(buffer.size() - start);
  const std::uint32_t crc = crc32c(bytes_of(std::string_view(buffer).substr(start)));
  put_fixed(buffer, length);
  put_fixed(buffer, crc);
  buffer.append(kSegmentTail);
  TRY_VOID(write_out());
  TRY_VOID(file.sync_data());
  if (std::rename(file.path().c_str(), path.c_str()) != 0) return from_errno(errno, "renaming " + file.path());
  finished = true;
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

Result<SegmentWriter> SegmentWriter::create(const std::string& path, Packing packing, const Zone& zone) {
  TRY(File file, File::open(path + ".new", File::Mode::create));
  TRY_VOID(file.truncate(0));
  return SegmentWriter(std::make_unique<Impl>(path, std::move(file), packing, zone));
}

SegmentWriter::SegmentWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SegmentWriter::SegmentWriter(SegmentWriter&&) noexcept = default;
SegmentWriter& SegmentWriter::operator=(SegmentWriter&&) noexcept = default;
SegmentWriter::~SegmentWriter() = default;

Result<> SegmentWriter::add(DatastreamId datastream, const Columns& columns) { return impl_->add(datastream, columns); }
Result<> SegmentWriter::finish(std::string_view meta) { return impl_->finish(meta); }

}  // namespace qala::readings
