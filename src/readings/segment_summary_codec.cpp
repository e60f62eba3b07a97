#include <algorithm>

#include "readings/codec.h"
#include "readings/segment_summary.h"

// block := version:u8=1 rows:varint datastreams:column days:column kinds:column counts:column
//          firsts:column lasts:column lows:column highs:column sums:column
// kinds: kind | scale << 8. The figures are kept as what their neighbours do not tell:
//   first - last of the row before (of the same datastream), last - first, min(first, last) - min,
//   max - max(first, last), sum - count * (min + max) / 2. All wrap, so doubles' bits pass too.

namespace qala::readings {

namespace {

constexpr unsigned kVersion = 1;
constexpr std::size_t kMostRows = 1u << 20;
constexpr std::size_t kColumns = 9;

using Column = std::vector<std::int64_t>;
enum Which { kDatastream, kDay, kKind, kCount, kFirst, kLast, kLow, kHigh, kSum };

std::int64_t guess_sum(const StoredSummary& r) {
  if (r.kind != StoredSummary::Kind::whole) return 0;
  const std::int64_t middle = (r.min >> 1) + (r.max >> 1) + (r.min & r.max & 1);
  return wrap_mul(middle, r.count);
}

std::int64_t guess_first(const StoredSummary* before, const StoredSummary& r) {
  return before != nullptr && before->datastream == r.datastream ? before->last : 0;
}

bool restore(const std::vector<Column>& c, std::size_t i, const StoredSummary* before, StoredSummary& r) {
  if (c[kDatastream][i] < 0 || c[kDatastream][i] > kMaxEntityId || c[kDay][i] < INT32_MIN || c[kDay][i] > INT32_MAX)
    return false;
  if (c[kKind][i] < 0 || c[kKind][i] > 0xffff || (c[kKind][i] & 0xff) > 2 || c[kCount][i] < 1 ||
      c[kCount][i] > UINT32_MAX)
    return false;
  r.datastream = DatastreamId(static_cast<std::uint32_t>(c[kDatastream][i]));
  r.day = static_cast<std::int32_t>(c[kDay][i]);
  r.kind = static_cast<StoredSummary::Kind>(c[kKind][i] & 0xff);
  r.scale = static_cast<std::int8_t>(c[kKind][i] >> 8);
  r.count = static_cast<std::uint32_t>(c[kCount][i]);
  r.first = wrap_add(c[kFirst][i], guess_first(before, r));
  r.last = wrap_add(c[kLast][i], r.first);
  r.min = wrap_sub(std::min(r.first, r.last), c[kLow][i]);
  r.max = wrap_add(std::max(r.first, r.last), c[kHigh][i]);
  r.sum = wrap_add(c[kSum][i], guess_sum(r));
  return true;
}

}  // namespace

void encode_summaries(std::span<const StoredSummary> rows, Packing packing, std::string& out) {
  std::vector<Column> c(kColumns, Column(rows.size()));
  for (std::size_t i = 0; i < rows.size(); i++) {
    const StoredSummary& r = rows[i];
    c[kDatastream][i] = r.datastream.value;
    c[kDay][i] = r.day;
    c[kKind][i] = static_cast<std::int64_t>(r.kind) | static_cast<std::int64_t>(static_cast<std::uint8_t>(r.scale))
                                                          << 8;
    c[kCount][i] = r.count;
    c[kFirst][i] = wrap_sub(r.first, guess_first(i > 0 ? &rows[i - 1] : nullptr, r));
    c[kLast][i] = wrap_sub(r.last, r.first);
    c[kLow][i] = wrap_sub(std::min(r.first, r.last), r.min);
    c[kHigh][i] = wrap_sub(r.max, std::max(r.first, r.last));
    c[kSum][i] = wrap_sub(r.sum, guess_sum(r));
  }
  put_byte(out, kVersion);
  put_varint(out, rows.size());
  for (const Column& column : c) encode_numbers(column, packing, out);
}

bool decode_summaries(std::span<const std::byte> bytes, std::int32_t first_day, std::int32_t last_day,
                      std::vector<DaySummary>& into) {
  static thread_local std::vector<Column> c(kColumns);
  Cursor from(bytes);
  if (from.byte() != kVersion) return false;
  const std::uint64_t rows = from.varint();
  if (from.bad() || rows > kMostRows) return false;
  for (Column& column : c) {
    column.resize(rows);
    if (!decode_numbers(from, column)) return false;
  }
  if (from.left() != 0) return false;
  into.reserve(into.size() + rows);
  StoredSummary before;
  for (std::size_t i = 0; i < rows; i++) {
    StoredSummary row;
    if (!restore(c, i, i > 0 ? &before : nullptr, row)) return false;
    if (row.day >= first_day && row.day <= last_day) into.push_back(as_summary(row));
    before = row;
  }
  return true;
}

}  // namespace qala::readings
