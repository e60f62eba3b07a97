#include "readings/memory_table.h"

#include <algorithm>
#include <span>

namespace qala::readings {

std::int64_t MemoryTable::keep_text(std::string_view text) {
  const TextRef ref{.offset = text_.size(), .length = static_cast<std::uint32_t>(text.size())};
  text_ += text;
  return ref.bits();
}

/// Blocks start small, so that a datastream with one reading is cheap, and end at 1 KB.
void MemoryTable::add_block(Series& series, std::uint16_t flags) {
  const std::size_t budget = (series.count == 0 ? 256 : 1024) - sizeof(Block);
  const bool wide = series.flags_vary;
  const std::size_t row = sizeof(Row) + (wide ? sizeof(std::uint16_t) : 0);
  if (series.tail != nullptr) series.tail->count = series.used;
  auto* block = reinterpret_cast<Block*>(arena_.take(budget + sizeof(Block)));
  block->before = series.tail;
  block->count = 0;
  block->capacity = static_cast<std::uint32_t>(budget / row);
  block->flags = flags;
  block->wide = wide;
  series.tail = block;
  series.rows = block->rows();
  series.used = 0;
  series.capacity = block->capacity;
  series.flags = flags;
  series.wide = wide;
}

/// The row's bits in the series' scale; the series is rescaled if that makes them fit. Integers among decimals are
/// decimals without decimals.
std::optional<std::int64_t> MemoryTable::fitted(Series& series, const Observation& row) {
  const auto exact = [](ValueType type) { return type == ValueType::decimal || type == ValueType::integer; };
  if (row.type != series.type && (!exact(row.type) || !exact(series.type))) return std::nullopt;
  if (!exact(row.type)) return row.bits;
  const std::int8_t scale = row.type == ValueType::decimal ? row.scale : std::int8_t{0};
  if (scale > series.scale && !rescale(series, scale)) return std::nullopt;
  if (row.type == ValueType::decimal) series.type = ValueType::decimal;
  return rescaled(row.bits, scale, series.scale);
}

bool MemoryTable::rescale(Series& series, std::int8_t scale) {
  for (const Block* block = series.tail; block != nullptr; block = block->before) {
    for (std::uint32_t i = 0; i < count_of(series, *block); i++) {
      if (!rescaled(block->rows()[i].bits, series.scale, scale)) return false;
    }
  }
  for (Block* block = series.tail; block != nullptr; block = block->before) {
    for (std::uint32_t i = 0; i < count_of(series, *block); i++) {
      block->rows()[i].bits = *rescaled(block->rows()[i].bits, series.scale, scale);
    }
  }
  series.scale = scale;
  return true;
}

bool MemoryTable::append_slowly(Series& series, const Observation& row, std::string_view text, std::uint64_t ordinal) {
  if (series.count == 0) {
    series.type = row.type;
    series.scale = row.type == ValueType::decimal ? row.scale : std::int8_t{0};
    series.first_ordinal = ordinal;
    series.first_time = row.time;
  }
  auto bits = fitted(series, row);
  if (!bits) return false;
  if (has_text(row.type)) bits = keep_text(text);
  if (series.used == series.capacity) {
    add_block(series, row.flags);
  } else if (!series.wide && series.flags != row.flags) {
    series.flags_vary = true;
    add_block(series, row.flags);
  }
  put(series, row, *bits);
  return true;
}

void MemoryTable::skip_ordinals(DatastreamId datastream, std::uint64_t count) {
  const std::uint32_t row = plain_count(datastream);
  if (row == 0) return;  // the first row brings its ordinal
  auto& jumps = jumps_[datastream.value];
  const std::uint64_t before = jumps.empty() ? 0 : jumps.back().skipped;
  jumps.push_back({.row = row, .skipped = before + count});
  jump_count_++;
}

void MemoryTable::insert_odd(const Observation& row, std::string_view text, std::uint64_t ordinal, const Extra* extra,
                             std::string_view parameters) {
  reserve_ids(row.datastream.value + 1);
  OddRow odd{.time = row.time,
             .bits = has_text(row.type) ? keep_text(text) : row.bits,
             .ordinal = ordinal,
             .extra = 0,
             .flags = row.flags,
             .type = row.type,
             .scale = row.scale};
  if (extra != nullptr) {
    extras_.push_back({.result_time = extra->result_time,
                       .interval_end = extra->interval_end,
                       .parameters = TextRef::from_bits(keep_text(parameters))});
    odd.extra = static_cast<std::uint32_t>(extras_.size());
  }
  const auto [there, fresh] = odd_[row.datastream.value].insert(odd);
  if (!fresh) {
    superseded_.push_back({.row = {.datastream = row.datastream,
                                   .flags = there->flags,
                                   .type = there->type,
                                   .scale = there->scale,
                                   .time = there->time,
                                   .bits = there->bits},
                           .ordinal = there->ordinal});
    *there = odd;
  } else {
    rows_++;
    odd_rows_++;
  }
  last_time_ = std::max(last_time_, row.time);
  first_time_ = std::min(first_time_, row.time);
}

std::optional<Value> MemoryTable::find(DatastreamId datastream, std::int64_t time) const {
  if (const OddRows* odd = odd_of(datastream)) {
    if (const OddRow* row = odd->find(time)) {
      return Value{row->type, row->scale, row->bits, has_text(row->type) ? text_of(row->bits) : std::string_view()};
    }
  }
  if (datastream.value >= series_.size()) return std::nullopt;
  const Series& series = series_[datastream.value];
  for (const Block* block = series.tail; block != nullptr; block = block->before) {
    const std::span rows(block->rows(), count_of(series, *block));
    if (rows.empty() || rows.front().time > time) continue;
    const auto at = std::ranges::lower_bound(rows, time, {}, &Row::time);
    if (at == rows.end() || at->time != time) return std::nullopt;
    const std::int64_t bits = at->bits;
    return Value{series.type, series.scale, bits, has_text(series.type) ? text_of(bits) : std::string_view()};
  }
  return std::nullopt;
}

std::optional<std::pair<std::int64_t, std::int64_t>> MemoryTable::extent(DatastreamId datastream) const {
  std::optional<std::pair<std::int64_t, std::int64_t>> out;
  if (datastream.value < series_.size() && series_[datastream.value].count != 0) {
    const Series& series = series_[datastream.value];
    out.emplace(series.first_time, series.rows[series.used - 1].time);
  }
  if (const OddRows* odd = odd_of(datastream)) {
    if (!out) return std::pair(odd->first_time(), odd->last_time());
    out->first = std::min(out->first, odd->first_time());
    out->second = std::max(out->second, odd->last_time());
  }
  return out;
}

const std::vector<const MemoryTable::Block*>& MemoryTable::blocks_of(const Series& series) {
  static thread_local std::vector<const Block*> blocks;
  blocks.clear();
  for (const Block* block = series.tail; block != nullptr; block = block->before) {
    if (count_of(series, *block) != 0) blocks.push_back(block);
  }
  std::ranges::reverse(blocks);
  return blocks;
}

void MemoryTable::copy_plain(DatastreamId datastream, Window window, bool values_only, Columns& into) const {
  if (plain_count(datastream) == 0) return;
  const Series& series = series_[datastream.value];
  into.type = series.type;
  into.scale = series.scale;
  std::size_t row = 0, first_row = 0;  // numbers in the series
  bool any_flags = false;
  for (const Block* block : blocks_of(series)) {
    const std::span rows(block->rows(), count_of(series, *block));
    const auto index_of = [&](std::int64_t time) {
      return static_cast<std::size_t>(std::ranges::lower_bound(rows, time, {}, &Row::time) - rows.begin());
    };
    const std::size_t begin = index_of(window.from), end = index_of(window.to);
    if (begin < end) {
      const std::size_t at = into.time.size();
      if (at == 0) first_row = row + begin;
      into.time.resize(at + (end - begin));
      into.bits.resize(at + (end - begin));
      for (std::size_t i = begin; i < end; i++) {
        into.time[at + i - begin] = rows[i].time;
        into.bits[at + i - begin] = rows[i].bits;
      }
      if (!values_only) {
        if (block->wide) {
          into.flags.insert(into.flags.end(), block->row_flags() + begin, block->row_flags() + end);
        } else {
          into.flags.insert(into.flags.end(), end - begin, block->flags);
        }
        any_flags = any_flags || block->wide || block->flags != 0;
      }
    }
    row += rows.size();
    if (rows.front().time >= window.to) break;
  }
  if (!values_only) copy_ordinals(datastream, first_row, into);
  if (!any_flags) into.flags.clear();
  if (!has_text(series.type)) return;
  for (std::int64_t& bits : into.bits) {
    const std::string_view text = text_of(bits);
    bits = TextRef{.offset = into.text.size(), .length = static_cast<std::uint32_t>(text.size())}.bits();
    into.text += text;
  }
}

/// Ordinals of the rows in `into`, the first of which is row `first_row` of the series.
void MemoryTable::copy_ordinals(DatastreamId datastream, std::size_t first_row, Columns& into) const {
  into.first_ordinal = series_[datastream.value].first_ordinal + first_row;
  const auto at = jumps_.find(datastream.value);
  if (at == jumps_.end()) return;
  const auto& jumps = at->second;
  auto next = std::ranges::upper_bound(jumps, first_row, {}, &Jump::row);
  std::uint64_t skipped = next == jumps.begin() ? 0 : std::prev(next)->skipped;
  const std::uint64_t start = into.first_ordinal;
  into.first_ordinal += skipped;
  if (next == jumps.end() || next->row >= first_row + into.size()) return;
  into.ordinal.resize(into.size());
  for (std::size_t i = 0; i < into.size(); i++) {
    for (; next != jumps.end() && next->row <= first_row + i; ++next) skipped = next->skipped;
    into.ordinal[i] = start + i + skipped;
  }
}

namespace {
/// A column that few rows have: made with zeros for the rows before the first that has one.
template <class T>
void push_sparse(std::vector<T>& column, std::size_t row, const T& value, bool present) {
  if (present && column.empty()) column.resize(row);
  if (present || !column.empty()) column.push_back(value);
}
}  // namespace

void MemoryTable::push_odd(const OddRow& row, Columns& into) const {
  const std::size_t at = into.time.size();
  into.time.push_back(row.time);
  into.ordinal.push_back(row.ordinal);
  push_sparse<std::uint16_t>(into.flags, at, row.flags, row.flags != 0);
  const auto keep = [&](std::string_view text) {
    const TextRef ref{.offset = into.text.size(), .length = static_cast<std::uint32_t>(text.size())};
    into.text += text;
    return ref;
  };
  into.bits.push_back(has_text(row.type) ? keep(text_of(row.bits)).bits() : row.bits);
  const ExtraColumns extra = row.extra != 0 ? extras_[row.extra - 1] : ExtraColumns{};
  push_sparse(into.result_time, at, extra.result_time, extra.result_time != 0);
  push_sparse(into.interval_end, at, extra.interval_end, extra.interval_end != 0);
  const bool parameters = extra.parameters.length != 0;
  const TextRef ref = parameters ? keep(text_of(extra.parameters.bits())) : TextRef{};
  push_sparse(into.parameters, at, ref, parameters);
}

std::uint64_t MemoryTable::bytes() const {
  return arena_.bytes() + jump_count_ * sizeof(Jump) + series_.capacity() * sizeof(Series) + odd_rows_ * 48 +
         text_.capacity() + extras_.capacity() * sizeof(ExtraColumns) + superseded_.capacity() * sizeof(Superseded);
}

std::set<Month> MemoryTable::months() const {
  std::set<Month> months;
  Month known = std::numeric_limits<Month>::min();
  std::int64_t from = 0, to = 0;  // the month last seen
  const auto see = [&](std::int64_t time) {
    if (known != std::numeric_limits<Month>::min() && time >= from && time < to) return;
    known = month_of(time);
    from = month_start(known);
    to = month_start(known + 1);
    months.insert(known);
  };
  for (const Series& series : series_) {
    for (const Block* block = series.tail; block != nullptr; block = block->before) {
      const std::span rows(block->rows(), count_of(series, *block));
      for (auto at = rows.begin(); at != rows.end();) {
        see(at->time);
        at = std::ranges::lower_bound(at, rows.end(), to, {}, &Row::time);
      }
    }
  }
  for (const auto& [id, odd] : odd_) {
    odd.each(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
             [&](const OddRow& row) { see(row.time); });
  }
  return months;
}

void MemoryTable::forget(DatastreamId datastream) {
  const auto wipe = [this](std::int64_t bits) {
    const auto ref = TextRef::from_bits(bits);
    std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(ref.offset), ref.length, '\0');
  };
  if (datastream.value < series_.size()) {
    Series& series = series_[datastream.value];
    for (Block* block = series.tail; block != nullptr; block = block->before) {
      const std::span rows(block->rows(), count_of(series, *block));
      for (Row& row : rows) {
        if (has_text(series.type)) wipe(row.bits);
        row = {};
      }
    }
    rows_ -= series.count;
    series = Series{};
    jumps_.erase(datastream.value);
  }
  if (const auto at = odd_.find(datastream.value); at != odd_.end()) {
    at->second.each(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                    [&](const OddRow& row) {
                      if (has_text(row.type)) wipe(row.bits);
                      if (row.extra != 0) wipe(extras_[row.extra - 1].parameters.bits());
                    });
    rows_ -= at->second.size();
    odd_rows_ -= at->second.size();
    odd_.erase(at);
  }
  for (auto& gone : superseded_) {
    if (gone.row.datastream == datastream && has_text(gone.row.type)) wipe(gone.row.bits);
  }
  std::erase_if(superseded_, [&](const Superseded& s) { return s.row.datastream == datastream; });
}

}  // namespace qala::readings
