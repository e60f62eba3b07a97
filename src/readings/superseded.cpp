#include "readings/superseded.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "readings/log.h"
#include "readings/varint.h"

namespace qala::readings {

void keep_superseded(Batch& into, Observation row, std::string_view text) {
  if (has_text(row.type)) {
    row.bits = TextRef{.offset = into.text.size(), .length = static_cast<std::uint32_t>(text.size())}.bits();
    into.text += text;
  }
  into.rows.push_back(row);
}

void keep_superseded(Batch& into, DatastreamId datastream, const Columns& columns, std::size_t row) {
  const Observation observation = observation_of(datastream, columns, row);
  keep_superseded(into, observation, has_text(columns.type) ? text_of(columns, observation.bits) : std::string_view());
}

void keep_superseded(Batch& into, const MemoryTable& table, const Superseded& superseded) {
  keep_superseded(into, superseded.row,
                  has_text(superseded.row.type) ? table.text_of(superseded.row.bits) : std::string_view());
}

namespace {
void append_frame(std::vector<std::byte>& file, const Batch& rows) {
  std::string row;
  const Batch* const batches[] = {&rows};
  encode_row(batches, {}, row);
  std::string head;
  put_fixed(head, static_cast<std::uint32_t>(row.size()));
  put_fixed(head, crc32c(bytes_of(row)));
  for (const std::string_view part : {std::string_view(head), std::string_view(row)}) {
    const auto bytes = bytes_of(part);
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
}
}  // namespace

void append_superseded(std::vector<std::byte>& file, const Batch& rows) {
  Batch piece;
  for (const Observation& row : rows.rows) {
    const std::string_view text = has_text(row.type) ? rows.text_of(row.bits) : std::string_view();
    const bool fits = piece.rows.size() < kSupersededRows && piece.text.size() + text.size() <= kSupersededText;
    if (!fits && !piece.rows.empty()) {
      append_frame(file, piece);
      piece.clear();
    }
    keep_superseded(piece, row, text);
  }
  if (!piece.rows.empty()) append_frame(file, piece);
}

Result<> read_superseded(std::span<const std::byte> file, Batch& into) {
  Cursor in(file);
  Batch rows;
  std::string attachment;
  while (in.left() != 0) {
    const auto length = in.fixed<std::uint32_t>();
    const auto checksum = in.fixed<std::uint32_t>();
    const auto row = in.take(length);
    if (in.bad() || crc32c(row) != checksum) {
      return fail(ErrorKind::corrupt, fmt::format("damaged before byte {}", file.size() - in.left()));
    }
    rows.clear();
    TRY_VOID(decode_row(row, rows, attachment));
    for (const Observation& one : rows.rows) {
      keep_superseded(into, one, has_text(one.type) ? rows.text_of(one.bits) : std::string_view());
    }
  }
  return {};
}

std::string segment_meta(std::uint64_t generation, Month month) {
  return fmt::format("generation={} month={}", generation, month_name(month));
}

void put_slice(MemoryTable& table, DatastreamId datastream, const Slice& slice) {
  const Columns& columns = *slice.columns;
  for (std::size_t i = slice.begin; i < slice.end; i++) {
    Observation row = observation_of(datastream, columns, i);
    if (slice.corrected) row.flags |= flag::corrected;
    const std::string_view text = has_text(row.type) ? text_of(columns, row.bits) : std::string_view();
    Extra extra;
    if (!columns.result_time.empty()) extra.result_time = columns.result_time[i];
    if (!columns.interval_end.empty()) extra.interval_end = columns.interval_end[i];
    std::string_view parameters;
    if (!columns.parameters.empty()) {
      const TextRef ref = columns.parameters[i];
      parameters = std::string_view(columns.text).substr(ref.offset, ref.length);
    }
    const bool has_extra = extra.result_time != 0 || extra.interval_end != 0 || !parameters.empty();
    const std::uint64_t ordinal = ordinal_of(columns, i);
    const std::uint64_t next = table.next_ordinal(datastream).value_or(ordinal);
    const bool ascends = ordinal >= next && ordinal < kOddOrdinal;
    if (!has_extra && ascends) {
      if (ordinal != next) table.skip_ordinals(datastream, ordinal - next);
      if (table.append(row, text, ordinal)) continue;
    }
    table.insert_odd(row, text, ordinal, has_extra ? &extra : nullptr, parameters);
  }
}

}  // namespace qala::readings
