#pragma once

#include <string>
#include <vector>

#include "readings/memory_table.h"
#include "readings/runs.h"

namespace qala::readings {

/// Values that a later one of the same time replaced are kept in files of their own (docs/formats/manifest.md):
/// file := { length:u32 crc32c:u32 row }*, `row` as in the log. A file takes rows until it has this many bytes.
constexpr std::uint64_t kSupersededFile = 1 << 20;
constexpr std::size_t kSupersededRows = 1 << 16;   ///< readings of one `row`, at most
constexpr std::size_t kSupersededText = 16 << 20;  ///< bytes of its texts, unless one alone has more

void keep_superseded(Batch& into, DatastreamId datastream, const Columns& columns, std::size_t row);
void keep_superseded(Batch& into, Observation row, std::string_view text);
void keep_superseded(Batch& into, const MemoryTable& table, const Superseded& superseded);
/// In as many frames as it takes; none for no rows.
void append_superseded(std::vector<std::byte>& file, const Batch& rows);
/// `corrupt` if any frame does not verify.
Result<> read_superseded(std::span<const std::byte> file, Batch& into);

/// What the store writes into a segment file's footer, for people who have lost the manifest.
std::string segment_meta(std::uint64_t generation, Month month);
/// Appends a slice's rows to a table with the ordinals they have.
void put_slice(MemoryTable& table, DatastreamId datastream, const Slice& slice);
/// Row `row` as an observation; text and json: `bits` still refers to the columns' text.
inline Observation observation_of(DatastreamId datastream, const Columns& columns, std::size_t row) {
  return {.datastream = datastream,
          .flags = columns.flags.empty() ? std::uint16_t{0} : columns.flags[row],
          .type = columns.type,
          .scale = columns.scale,
          .time = columns.time[row],
          .bits = columns.bits[row]};
}

}  // namespace qala::readings
