#include "readings/chunk.h"

#include <algorithm>

#include "base/assert.h"
#include "readings/chunk_ordinals.h"
#include "readings/chunk_times.h"
#include "readings/codec.h"
#include "readings/store.h"

// chunk := version:u8=1 kind:u8 columns:u8 scale:i8 rows:varint first_ordinal:varint times values optional*
// kind := value type (low 4 bits), packing (bit 4: small)
// values := column | (text, json:) column of lengths, text
// optional := in this order, each if its bit of `columns` is set: ordinal (1), flags (2), tombstone (4),
//             result_time (8), interval_end (16): column; parameters (32): column of lengths, text;
//             before all of them ordinal steps (64), then there is no column of ordinals
// See docs/formats/chunk.md.

namespace qala::readings {

namespace {

constexpr unsigned kVersion = 1;
constexpr std::size_t kTextLimit = 1u << 28;

enum Optional : unsigned {
  kOrdinal = 1,
  kFlags = 2,
  kTombstone = 4,
  kResultTime = 8,
  kIntervalEnd = 16,
  kParameters = 32,
  kSteps = 64
};

bool is_text(ValueType type) { return type == ValueType::text || type == ValueType::json; }

unsigned optional_of(const Columns& c) {
  const auto any = [](const auto& column) { return std::ranges::any_of(column, [](auto v) { return v != 0; }); };
  unsigned bits = 0;
  if (!ordinals_are_consecutive(c)) bits |= kOrdinal;
  if (any(c.flags)) bits |= kFlags;
  if (any(c.tombstone)) bits |= kTombstone;
  if (any(c.result_time)) bits |= kResultTime;
  if (any(c.interval_end)) bits |= kIntervalEnd;
  if (std::ranges::any_of(c.parameters, [](const TextRef& p) { return p.length != 0; })) bits |= kParameters;
  return bits;
}

template <class T>
void encode_as_numbers(const std::vector<T>& column, Packing packing, std::string& out) {
  std::vector<std::int64_t> wide(column.size());
  std::ranges::transform(column, wide.begin(), [](T v) { return static_cast<std::int64_t>(v); });
  encode_numbers(wide, packing, out);
}

template <class T>
bool decode_as_numbers(Cursor& from, std::size_t rows, std::vector<T>& into) {
  std::vector<std::int64_t> wide(rows);
  if (!decode_numbers(from, wide)) return false;
  into.resize(rows);
  std::ranges::transform(wide, into.begin(), [](std::int64_t v) { return static_cast<T>(v); });
  return true;
}

/// Lengths and the bytes, row after row.
template <class RefOf>
void encode_texts(const Columns& c, RefOf ref_of, Packing packing, std::string& out) {
  std::vector<std::int64_t> lengths(c.size());
  std::string text;
  for (std::size_t i = 0; i < c.size(); i++) {
    const TextRef ref = ref_of(i);
    QALA_ASSERT(ref.offset + ref.length <= c.text.size(), "a text lies in the columns' text");
    lengths[i] = ref.length;
    text.append(c.text, ref.offset, ref.length);
  }
  encode_numbers(lengths, packing, out);
  encode_text(text, packing, out);
}

template <class Put>
bool decode_texts(Cursor& from, std::size_t rows, std::string& text, Put put) {
  std::vector<std::int64_t> lengths(rows);
  std::string own;
  if (!decode_numbers(from, lengths) || !decode_text(from, kTextLimit, own)) return false;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < rows; i++) {
    if (lengths[i] < 0 || lengths[i] > 0xffffff) return false;
    put(i, TextRef{.offset = text.size() + offset, .length = static_cast<std::uint32_t>(lengths[i])});
    offset += static_cast<std::uint64_t>(lengths[i]);
  }
  if (offset != own.size()) return false;
  text += own;
  return true;
}

struct Head {
  unsigned columns = 0;
  std::size_t rows = 0;
};

Result<Head> decode_head(Cursor& from, std::size_t max_rows, Columns& into) {
  const unsigned version = from.byte();
  if (from.bad()) return fail(ErrorKind::corrupt, "chunk: empty");
  if (version != kVersion)
    return fail(ErrorKind::corrupt, "chunk: version " + std::to_string(version) + " is not known");
  const unsigned kind = from.byte();
  Head head;
  head.columns = from.byte();
  into.scale = static_cast<std::int8_t>(from.byte());
  const std::uint64_t rows = from.varint();
  into.first_ordinal = from.varint();
  if (from.bad() || (kind & 15) > 5 || kind > 31 || head.columns > 127 ||
      (head.columns & (kOrdinal | kSteps)) == (kOrdinal | kSteps))
    return fail(ErrorKind::corrupt, "chunk: bad head");
  if (rows > max_rows) return fail(ErrorKind::corrupt, "chunk: more rows than allowed");
  into.type = static_cast<ValueType>(kind & 15);
  head.rows = rows;
  return head;
}

bool decode_times_and_values(Cursor& from, std::size_t rows, Columns& into) {
  into.bits.resize(rows);
  static thread_local TimeColumn times;
  if (!times.open(from, rows) || !times.decode(into.time)) return false;
  if (!is_text(into.type)) return decode_numbers(from, into.bits);
  return decode_texts(from, rows, into.text, [&](std::size_t i, TextRef ref) { into.bits[i] = ref.bits(); });
}

bool decode_optional(Cursor& from, const Head& head, bool all, Columns& into) {
  const unsigned wanted = all ? head.columns : head.columns & ~unsigned{kOrdinal | kFlags};
  if (head.columns & kSteps &&
      !(all ? decode_ordinal_steps(from, head.rows, into) : skip_ordinal_steps(from, head.rows)))
    return false;
  std::vector<std::int64_t> skipped;
  if (head.columns & kOrdinal & ~wanted && !decode_as_numbers(from, head.rows, skipped)) return false;
  if (wanted & kOrdinal && !decode_as_numbers(from, head.rows, into.ordinal)) return false;
  if (head.columns & kFlags & ~wanted && !decode_as_numbers(from, head.rows, skipped)) return false;
  if (wanted & kFlags && !decode_as_numbers(from, head.rows, into.flags)) return false;
  if (head.columns & kTombstone && !decode_as_numbers(from, head.rows, into.tombstone)) return false;
  if (!all) return true;
  if (head.columns & kResultTime && !decode_as_numbers(from, head.rows, into.result_time)) return false;
  if (head.columns & kIntervalEnd && !decode_as_numbers(from, head.rows, into.interval_end)) return false;
  if (head.columns & kParameters) {
    into.parameters.resize(head.rows);
    if (!decode_texts(from, head.rows, into.text, [&](std::size_t i, TextRef ref) { into.parameters[i] = ref; }))
      return false;
  }
  return from.left() == 0;
}

Result<> decode(std::span<const std::byte> bytes, Columns& into, std::size_t max_rows, bool all) {
  into.clear();
  Cursor from(bytes);
  TRY(const Head head, decode_head(from, max_rows, into));
  if (!decode_times_and_values(from, head.rows, into))
    return fail(ErrorKind::corrupt, "chunk: times or values do not decode");
  if ((all || head.columns & kTombstone) && !decode_optional(from, head, all, into)) {
    return fail(ErrorKind::corrupt, "chunk: an optional column does not decode");
  }
  return {};
}

}  // namespace

void Columns::clear() {
  type = ValueType::decimal;
  scale = 0;
  first_ordinal = 0;
  time.clear();
  bits.clear();
  ordinal.clear();
  flags.clear();
  tombstone.clear();
  result_time.clear();
  interval_end.clear();
  parameters.clear();
  text.clear();
}

void encode_chunk(const Columns& c, Packing packing, std::string& out) {
  const auto fits = [&](const auto& column) { return column.empty() || column.size() == c.size(); };
  QALA_ASSERT(c.bits.size() == c.size() && fits(c.ordinal) && fits(c.flags) && fits(c.tombstone) &&
                  fits(c.result_time) && fits(c.interval_end) && fits(c.parameters),
              "all columns have one entry a reading");
  unsigned optional = optional_of(c);
  std::string steps;
  if ((optional & kOrdinal) != 0 && encode_ordinal_steps(c, steps)) optional ^= kOrdinal | kSteps;
  put_byte(out, kVersion);
  put_byte(out, static_cast<unsigned>(c.type) | (packing == Packing::small ? 16 : 0));
  put_byte(out, optional);
  put_byte(out, static_cast<std::uint8_t>(c.scale));
  put_varint(out, c.size());
  put_varint(out, c.ordinal.empty() ? c.first_ordinal : c.ordinal[0]);
  encode_times(c.time, packing, out);
  if (is_text(c.type)) {
    encode_texts(c, [&](std::size_t i) { return TextRef::from_bits(c.bits[i]); }, packing, out);
  } else {
    encode_numbers(c.bits, packing, out);
  }
  out += steps;
  if (optional & kOrdinal) encode_as_numbers(c.ordinal, packing, out);
  if (optional & kFlags) encode_as_numbers(c.flags, packing, out);
  if (optional & kTombstone) encode_as_numbers(c.tombstone, packing, out);
  if (optional & kResultTime) encode_numbers(c.result_time, packing, out);
  if (optional & kIntervalEnd) encode_numbers(c.interval_end, packing, out);
  if (optional & kParameters) encode_texts(c, [&](std::size_t i) { return c.parameters[i]; }, packing, out);
}

Result<> decode_chunk(std::span<const std::byte> bytes, Columns& into, std::size_t max_rows) {
  return decode(bytes, into, max_rows, true);
}

Result<> decode_values(std::span<const std::byte> bytes, Columns& into, std::size_t max_rows) {
  return decode(bytes, into, max_rows, false);
}

namespace {

template <class T>
void keep_rows(std::vector<T>& column, std::size_t begin, std::size_t rows) {
  if (column.empty()) return;
  column.erase(column.begin() + static_cast<std::ptrdiff_t>(begin + rows), column.end());
  column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(begin));
}

/// Everything but the optional columns; `begin` is the row of the first reading in the window.
bool decode_part(Cursor& from, std::size_t rows, Window window, bool with_values, std::size_t& begin, Columns& into) {
  static thread_local TimeColumn times;
  static thread_local NumberColumn values;
  if (!times.open(from, rows) || !times.decode_window(window.from, window.to, begin, into.time)) return false;
  into.bits.resize(into.size());
  if (!with_values) return true;
  if (is_text(into.type)) {
    std::vector<std::int64_t> all(rows);
    if (!decode_texts(from, rows, into.text, [&](std::size_t i, TextRef ref) { all[i] = ref.bits(); })) return false;
    keep_rows(all, begin, into.size());
    into.bits = std::move(all);
    return true;
  }
  return values.open(from, rows) && (into.size() == 0 || values.decode(begin, begin + into.size(), into.bits));
}

Result<> decode_some(std::span<const std::byte> bytes, Window window, Columns& into, bool with_values,
                     std::size_t max_rows) {
  into.clear();
  Cursor cursor(bytes);
  TRY(const Head head, decode_head(cursor, max_rows, into));
  std::size_t begin = 0;
  // Tombstones come behind the values.
  with_values = with_values || (head.columns & kTombstone) != 0;
  if (!decode_part(cursor, head.rows, window, with_values, begin, into)) {
    return fail(ErrorKind::corrupt, "chunk: times or values do not decode");
  }
  const std::size_t rows = into.size();
  if (head.columns & kTombstone && !decode_optional(cursor, head, false, into)) {
    return fail(ErrorKind::corrupt, "chunk: an optional column does not decode");
  }
  keep_rows(into.tombstone, begin, rows);
  into.first_ordinal += begin;
  return {};
}

}  // namespace

Result<> decode_window(std::span<const std::byte> bytes, std::int64_t from, std::int64_t to, Columns& into,
                       std::size_t max_rows) {
  return decode_some(bytes, {.from = from, .to = to}, into, true, max_rows);
}

Result<> decode_times(std::span<const std::byte> bytes, std::int64_t from, std::int64_t to, Columns& into,
                      std::size_t max_rows) {
  return decode_some(bytes, {.from = from, .to = to}, into, false, max_rows);
}

}  // namespace qala::readings
