#include <algorithm>

#include "base/assert.h"
#include "readings/chunk_times.h"
#include "readings/codec.h"
#include "readings/log.h"

// row := version:u8=1 rows:varint datastreams:column unit:u8 times:column values:column flags:column kinds:column
//        texts extras attachment:(size:varint bytes)
// kinds: type | scale << 8 of each reading; values: as held, for text and json the length of the text
// texts := text (all of them, reading after reading)      extras := count:varint (0: nothing follows)
//          rows:column result_times:column interval_ends:column parameter_lengths:column parameters:text
// See docs/formats/log.md.

namespace qala::readings {

namespace {

constexpr unsigned kVersion = 1;

bool is_text(ValueType type) { return type == ValueType::text || type == ValueType::json; }

/// The columns of all batches, one after the other. Kept between calls: the writer thread encodes a row a commit.
struct Gathered {
  std::vector<std::int64_t> datastream, time, value, flags, kind;
  std::vector<std::int64_t> extra_row, result_time, interval_end, parameter_length;
  std::string text, parameters;

  void clear() {
    for (auto* column :
         {&datastream, &time, &value, &flags, &kind, &extra_row, &result_time, &interval_end, &parameter_length}) {
      column->clear();
    }
    text.clear();
    parameters.clear();
  }
  void resize(std::size_t n) {
    for (auto* column : {&datastream, &time, &value, &flags, &kind}) column->resize(n);
  }
  void add(const Batch& batch, std::size_t at);
};

void Gathered::add(const Batch& batch, std::size_t at) {
  for (const Extra& extra : batch.extras) {
    extra_row.push_back(static_cast<std::int64_t>(at + extra.row));
    result_time.push_back(extra.result_time);
    interval_end.push_back(extra.interval_end);
    parameter_length.push_back(extra.parameters.length);
    parameters.append(batch.text, extra.parameters.offset, extra.parameters.length);
  }
  for (const Observation& row : batch.rows) {
    datastream[at] = row.datastream.value;
    time[at] = row.time;
    value[at] = row.bits;
    flags[at] = row.flags;
    kind[at] = static_cast<std::int64_t>(row.type) | static_cast<std::int64_t>(static_cast<std::uint8_t>(row.scale))
                                                         << 8;
    if (is_text(row.type)) {
      const TextRef ref = TextRef::from_bits(row.bits);
      QALA_ASSERT(ref.offset + ref.length <= batch.text.size(), "a text lies in its batch");
      value[at] = ref.length;
      text.append(batch.text, ref.offset, ref.length);
    }
    at++;
  }
}

void encode_extras(const Gathered& g, std::string& out) {
  put_varint(out, g.extra_row.size());
  if (g.extra_row.empty()) return;
  encode_numbers(g.extra_row, Packing::fast, out);
  encode_numbers(g.result_time, Packing::fast, out);
  encode_numbers(g.interval_end, Packing::fast, out);
  encode_numbers(g.parameter_length, Packing::fast, out);
  encode_text(g.parameters, Packing::fast, out);
}

bool decode_extras(Cursor& from, Batch& into) {
  const std::uint64_t count = from.varint();
  if (count > into.rows.size()) return false;
  if (count == 0) return true;
  std::vector<std::int64_t> rows(count), results(count), ends(count), lengths(count);
  std::string parameters;
  if (!decode_numbers(from, rows) || !decode_numbers(from, results) || !decode_numbers(from, ends)) return false;
  if (!decode_numbers(from, lengths) || !decode_text(from, kMostRowText, parameters)) return false;
  std::uint64_t offset = 0;
  std::int64_t before = -1;
  for (std::size_t i = 0; i < count; i++) {
    if (rows[i] <= before || rows[i] >= static_cast<std::int64_t>(into.rows.size())) return false;
    if (lengths[i] < 0 || lengths[i] > 0xffffff) return false;
    before = rows[i];
    const auto length = static_cast<std::uint32_t>(lengths[i]);
    const TextRef ref{.offset = length == 0 ? 0 : into.text.size() + offset, .length = length};
    offset += length;
    into.extras.push_back({.row = static_cast<std::uint32_t>(rows[i]),
                           .result_time = results[i],
                           .interval_end = ends[i],
                           .parameters = ref});
  }
  if (offset != parameters.size()) return false;
  into.text += parameters;
  return true;
}

/// Makes the rows out of their columns; false if a column holds what no row can.
bool assemble(const Gathered& g, std::int64_t unit, Batch& into) {
  std::uint64_t offset = 0;
  bool good = true;
  for (std::size_t i = 0; i < into.rows.size(); i++) {
    Observation& row = into.rows[i];
    good &= g.datastream[i] >= 0 && g.datastream[i] <= kMaxEntityId && g.flags[i] >= 0 && g.flags[i] <= 0xffff;
    good &= (g.kind[i] & 0xff) <= 5 && g.kind[i] >= 0 && g.kind[i] <= 0xffff;
    row.datastream = DatastreamId(static_cast<std::uint32_t>(g.datastream[i]));
    row.flags = static_cast<std::uint16_t>(g.flags[i]);
    row.type = static_cast<ValueType>(g.kind[i] & 0xff);
    row.scale = static_cast<std::int8_t>(g.kind[i] >> 8);
    row.time = wrap_mul(g.time[i], unit);
    row.bits = g.value[i];
    if (is_text(row.type)) {
      if (g.value[i] < 0 || g.value[i] > 0xffffff) return false;
      const auto length = static_cast<std::uint32_t>(g.value[i]);
      row.bits = TextRef{.offset = offset, .length = length}.bits();
      offset += length;
    }
  }
  return good && offset == into.text.size();
}

bool decode_columns(Cursor& from, std::size_t rows, Gathered& g, Batch& into) {
  g.resize(rows);
  if (!decode_numbers(from, g.datastream)) return false;
  const unsigned unit = from.byte();
  if (unit > 3 || !decode_numbers(from, g.time) || !decode_numbers(from, g.value)) return false;
  if (!decode_numbers(from, g.flags) || !decode_numbers(from, g.kind)) return false;
  if (!decode_text(from, kMostRowText, into.text)) return false;
  into.rows.resize(rows);
  return assemble(g, kUnits[unit], into);
}

}  // namespace

void encode_row(std::span<const Batch* const> batches, std::string_view attachment, std::string& out) {
  static thread_local Gathered g;
  g.clear();
  std::size_t rows = 0;
  for (const Batch* batch : batches) rows += batch->rows.size();
  g.resize(rows);
  std::size_t at = 0;
  for (const Batch* batch : batches) {
    g.add(*batch, at);
    at += batch->rows.size();
  }
  const unsigned unit = common_unit(g.time);
  divide_by_unit(g.time, unit);
  put_byte(out, kVersion);
  put_varint(out, rows);
  encode_numbers(g.datastream, Packing::fast, out);
  put_byte(out, unit);
  encode_numbers(g.time, Packing::fast, out);
  encode_numbers(g.value, Packing::fast, out);
  encode_numbers(g.flags, Packing::fast, out);
  encode_numbers(g.kind, Packing::fast, out);
  encode_text(g.text, Packing::fast, out);
  encode_extras(g, out);
  put_varint(out, attachment.size());
  out.append(attachment);
}

Result<> decode_row(std::span<const std::byte> bytes, Batch& into, std::string& attachment) {
  static thread_local Gathered g;
  into.clear();
  attachment.clear();
  Cursor from(bytes);
  const unsigned version = from.byte();
  if (version != kVersion)
    return fail(ErrorKind::corrupt, "log row: version " + std::to_string(version) + " is not known");
  const std::uint64_t rows = from.varint();
  if (rows > kMostRowReadings) return fail(ErrorKind::corrupt, "log row: more readings than allowed");
  if (!decode_columns(from, rows, g, into)) return fail(ErrorKind::corrupt, "log row: a column does not decode");
  if (!decode_extras(from, into)) return fail(ErrorKind::corrupt, "log row: the extra columns do not decode");
  attachment = text_of(from.take(from.varint()));
  if (from.bad() || from.left() != 0) return fail(ErrorKind::corrupt, "log row: wrong length");
  return {};
}

}  // namespace qala::readings
