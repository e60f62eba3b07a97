#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "readings/segment.h"
#include "readings/varint.h"

namespace qala::readings {

// segment := "QALASEG1" (chunk crc:u32)* (summary-block crc:u32)* index crc:u32 footer trailer
// trailer := length of footer:u32 crc of footer:u32 "QALASEGE"
// The checksum of a chunk begins with its datastream, so that a chunk read for another one is noticed.
// See docs/formats/segment.md.

constexpr std::string_view kSegmentHead = "QALASEG1";
constexpr std::string_view kSegmentTail = "QALASEGE";
constexpr std::size_t kTrailer = 16;
constexpr std::size_t kCrc = 4;

/// Where a block of day summaries lies and what it covers; blocks follow each other in the file.
struct SummaryBlock {
  DatastreamId first;
  DatastreamId last;
  std::int32_t first_day = 0;
  std::int32_t last_day = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

struct SegmentFooter {
  std::uint64_t chunks = 0;
  std::uint64_t chunk_bytes = 0;  ///< of all chunks with their checksums
  std::uint64_t index_length = 0;
  std::vector<SummaryBlock> blocks;
  std::string zone_name;
  std::string zone_rules;
  std::string meta;
};

void put_footer(const SegmentFooter& footer, std::string& out);
bool parse_footer(std::span<const std::byte> bytes, SegmentFooter& into);

void put_index(std::span<const ChunkEntry> entries, Packing packing, std::string& out);
/// `into.size()` entries; false unless they are in order and fill `footer.chunk_bytes` exactly.
bool parse_index(std::span<const std::byte> bytes, const SegmentFooter& footer, std::vector<ChunkEntry>& into);

std::uint32_t chunk_crc(DatastreamId datastream, std::span<const std::byte> chunk);

}  // namespace qala::readings
