#include "readings/segment_layout.h"

#include "base/crc32c.h"
#include "readings/codec.h"

// footer := version:u8=1 chunks:varint chunk_bytes:varint index_length:varint blocks:varint block* zone:str rules:str
//           meta:str                                                          str := size:varint bytes
// block := first:varint(delta to the last one before) streams:varint(last-first) first_day:zigzag days:varint
//          length:varint
// index := datastreams:column first_times:column durations:column counts:column lengths:column

namespace qala::readings {

namespace {

constexpr unsigned kVersion = 1;
constexpr std::uint64_t kMostChunks = 1u << 24;

void put_string(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

std::string take_string(Cursor& from) { return std::string(text_of(from.take(from.varint()))); }

template <class Get>
void put_column(std::span<const ChunkEntry> entries, Packing packing, std::string& out, Get get) {
  std::vector<std::int64_t> column(entries.size());
  for (std::size_t i = 0; i < entries.size(); i++) column[i] = get(entries[i]);
  encode_numbers(column, packing, out);
}

bool parse_block(Cursor& from, std::uint64_t& datastream, std::uint64_t& offset, SummaryBlock& into) {
  const std::uint64_t first = datastream + from.varint();
  const std::uint64_t last = first + from.varint();
  const std::int64_t day = from.signed_varint();
  const std::uint64_t days = from.varint();
  const std::uint64_t length = from.varint();
  if (from.bad() || first < datastream || last < first || last > kMaxEntityId || length > UINT32_MAX) return false;
  if (day < INT32_MIN || day > INT32_MAX || days > INT32_MAX || day + static_cast<std::int64_t>(days) > INT32_MAX)
    return false;
  into = {.first = DatastreamId(static_cast<std::uint32_t>(first)),
          .last = DatastreamId(static_cast<std::uint32_t>(last)),
          .first_day = static_cast<std::int32_t>(day),
          .last_day = static_cast<std::int32_t>(day + static_cast<std::int64_t>(days)),
          .offset = offset,
          .length = static_cast<std::uint32_t>(length)};
  datastream = last;
  offset += length + kCrc;
  return true;
}

bool in_order(const ChunkEntry& a, const ChunkEntry& b) {
  return a.datastream < b.datastream || (a.datastream == b.datastream && a.last_time < b.first_time);
}

}  // namespace

void put_footer(const SegmentFooter& footer, std::string& out) {
  put_byte(out, kVersion);
  put_varint(out, footer.chunks);
  put_varint(out, footer.chunk_bytes);
  put_varint(out, footer.index_length);
  put_varint(out, footer.blocks.size());
  std::uint32_t before = 0;
  for (const SummaryBlock& block : footer.blocks) {
    put_varint(out, block.first.value - before);
    put_varint(out, block.last.value - block.first.value);
    put_signed(out, block.first_day);
    put_varint(out, static_cast<std::uint64_t>(block.last_day - block.first_day));
    put_varint(out, block.length);
    before = block.last.value;
  }
  put_string(out, footer.zone_name);
  put_string(out, footer.zone_rules);
  put_string(out, footer.meta);
}

bool parse_footer(std::span<const std::byte> bytes, SegmentFooter& into) {
  Cursor from(bytes);
  if (from.byte() != kVersion) return false;
  into.chunks = from.varint();
  into.chunk_bytes = from.varint();
  into.index_length = from.varint();
  const std::uint64_t blocks = from.varint();
  if (from.bad() || into.chunks > kMostChunks || blocks > from.left()) return false;
  if (into.chunk_bytes > INT64_MAX || into.index_length > INT64_MAX) return false;
  std::uint64_t datastream = 0;
  std::uint64_t offset = kSegmentHead.size() + into.chunk_bytes;
  into.blocks.resize(blocks);
  for (SummaryBlock& block : into.blocks) {
    if (!parse_block(from, datastream, offset, block)) return false;
  }
  into.zone_name = take_string(from);
  into.zone_rules = take_string(from);
  into.meta = take_string(from);
  return !from.bad() && from.left() == 0;
}

void put_index(std::span<const ChunkEntry> entries, Packing packing, std::string& out) {
  put_column(entries, packing, out, [](const ChunkEntry& e) { return static_cast<std::int64_t>(e.datastream.value); });
  put_column(entries, packing, out, [](const ChunkEntry& e) { return e.first_time; });
  put_column(entries, packing, out, [](const ChunkEntry& e) { return wrap_sub(e.last_time, e.first_time); });
  put_column(entries, packing, out, [](const ChunkEntry& e) { return static_cast<std::int64_t>(e.count); });
  put_column(entries, packing, out, [](const ChunkEntry& e) { return static_cast<std::int64_t>(e.length); });
}

bool parse_index(std::span<const std::byte> bytes, const SegmentFooter& footer, std::vector<ChunkEntry>& into) {
  const std::size_t n = footer.chunks;
  Cursor from(bytes);
  std::vector<std::int64_t> datastream(n), first(n), duration(n), count(n), length(n);
  for (auto* column : {&datastream, &first, &duration, &count, &length}) {
    if (!decode_numbers(from, *column)) return false;
  }
  if (from.left() != 0) return false;
  into.resize(n);
  std::uint64_t offset = kSegmentHead.size();
  for (std::size_t i = 0; i < n; i++) {
    if (datastream[i] < 0 || datastream[i] > kMaxEntityId || duration[i] < 0) return false;
    if (count[i] < 1 || count[i] > UINT32_MAX || length[i] < 0 || length[i] > UINT32_MAX) return false;
    into[i] = {.datastream = DatastreamId(static_cast<std::uint32_t>(datastream[i])),
               .first_time = first[i],
               .last_time = wrap_add(first[i], duration[i]),
               .count = static_cast<std::uint32_t>(count[i]),
               .offset = offset,
               .length = static_cast<std::uint32_t>(length[i])};
    if (into[i].last_time < first[i] || (i > 0 && !in_order(into[i - 1], into[i]))) return false;
    offset += into[i].length + kCrc;
  }
  return offset == kSegmentHead.size() + footer.chunk_bytes;
}

std::uint32_t chunk_crc(DatastreamId datastream, std::span<const std::byte> chunk) {
  std::string seed;
  put_fixed(seed, datastream.value);
  return crc32c(chunk, crc32c(bytes_of(seed)));
}

}  // namespace qala::readings
