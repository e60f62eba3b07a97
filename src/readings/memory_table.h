#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "readings/chunk.h"
#include "readings/months.h"
#include "readings/observation.h"
#include "readings/odd_rows.h"
#include "readings/slab.h"
#include "readings/store.h"
#include "readings/values.h"

namespace qala::readings {

/// A reading that a later one of the same time replaced.
struct Superseded {
  Observation row;  ///< text and json: TextRef into the table's text
  std::uint64_t ordinal = 0;
};

/// Readings in memory by datastream: plain rows (in time order, one type, <= 16.3 bytes) in blocks, odd rows in a tree.
/// Written by one thread; the owner's lock keeps readers out meanwhile. Once it is handed on as const it never changes.
class MemoryTable {
 public:
  explicit MemoryTable(std::shared_ptr<SlabPool> pool) : arena_(std::move(pool)) {}

  /// A reading whose time is after every other of its datastream; `ordinal` is next_ordinal(), if there is one. False:
  /// it does not fit the plain columns, take insert_odd. `text`: the bytes of a text or json value.
  bool append(const Observation& row, std::string_view text, std::uint64_t ordinal) {
    Series& series = series_of(row.datastream);
    if (series.used < series.capacity && row.type == series.type && row.scale == series.scale &&
        row.flags == series.flags && !series.wide && !has_text(row.type)) [[likely]] {
      put(series, row, row.bits);
      return true;
    }
    return append_slowly(series, row, text, ordinal);
  }
  /// The next plain row's ordinal is `count` further than it would be.
  void skip_ordinals(DatastreamId datastream, std::uint64_t count);
  /// Brings what append() will touch nearer; in two steps, some rows ahead.
  void prefetch_series(DatastreamId datastream) const {
    if (datastream.value < series_.size()) __builtin_prefetch(&series_[datastream.value], 1);
  }
  void prefetch_row(DatastreamId datastream) const {
    if (datastream.value < series_.size())
      __builtin_prefetch(series_[datastream.value].rows + series_[datastream.value].used, 1);
  }
  /// A reading of any time, type and with any columns. One of the same time is replaced (and kept as superseded).
  void insert_odd(const Observation& row, std::string_view text, std::uint64_t ordinal, const Extra* extra,
                  std::string_view parameters);

  /// The value at that time. Odd rows win over plain ones.
  std::optional<Value> find(DatastreamId datastream, std::int64_t time) const;
  bool has(DatastreamId datastream) const { return plain_count(datastream) != 0 || odd_of(datastream) != nullptr; }
  /// First and last time of the datastream; nothing if it has no row here.
  std::optional<std::pair<std::int64_t, std::int64_t>> extent(DatastreamId datastream) const;
  /// Number of plain rows; exact for the whole table when there are no odd ones.
  std::uint32_t plain_count(DatastreamId datastream) const {
    return datastream.value < series_.size() ? series_[datastream.value].count : 0;
  }
  /// The ordinal that the next plain row must have, if there is one already.
  std::optional<std::uint64_t> next_ordinal(DatastreamId datastream) const {
    if (plain_count(datastream) == 0) return std::nullopt;
    return series_[datastream.value].first_ordinal + series_[datastream.value].count + skipped(datastream);
  }
  bool has_odd(DatastreamId datastream) const { return odd_of(datastream) != nullptr; }

  /// Plain rows of [from, to) as columns appended to an empty `into`. `values_only`: time and bits.
  void copy_plain(DatastreamId datastream, Window window, bool values_only, Columns& into) const;
  /// Odd rows of [from, to): `next(type, scale)` gives the columns for each run of one type and scale.
  template <class Next>
  void copy_odd(DatastreamId datastream, Window window, Next next) const;

  /// Every datastream up to here may have rows.
  std::uint32_t end_id() const { return static_cast<std::uint32_t>(series_.size()); }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const;
  std::int64_t first_time() const { return first_time_; }
  std::int64_t last_time() const { return last_time_; }
  /// The months that any row lies in.
  std::set<Month> months() const;
  const std::vector<Superseded>& superseded() const { return superseded_; }
  std::string_view text_of(std::int64_t bits) const {
    const auto ref = TextRef::from_bits(bits);
    return std::string_view(text_).substr(ref.offset, ref.length);
  }
  /// Removes every trace of a datastream: rows overwritten with zeros, texts too.
  void forget(DatastreamId datastream);
  void reserve_ids(std::uint32_t end) {
    if (series_.size() < end) series_.resize(end);
  }

 private:
  struct Row {
    std::int64_t time;
    std::int64_t bits;
  };
  struct Block {
    Block* before;
    std::uint32_t count;  ///< of the last block of a series: Series::used
    std::uint32_t capacity;
    std::uint16_t flags;  ///< of every row, if narrow
    bool wide;  ///< a flags column follows the rows
    Row* rows() { return reinterpret_cast<Row*>(this + 1); }
    const Row* rows() const { return reinterpret_cast<const Row*>(this + 1); }
    std::uint16_t* row_flags() { return reinterpret_cast<std::uint16_t*>(rows() + capacity); }
    const std::uint16_t* row_flags() const { return reinterpret_cast<const std::uint16_t*>(rows() + capacity); }
  };
  /// One cache line or less: what the fast path of append() needs is here, not in the block.
  struct Series {
    Row* rows = nullptr;  ///< of the last block
    std::uint32_t used = 0;  ///< rows in the last block
    std::uint32_t capacity = 0;
    std::uint16_t flags = 0;  ///< of the last block
    bool wide = false;
    ValueType type = ValueType::decimal;
    std::int8_t scale = 0;
    bool flags_vary = false;
    std::uint32_t count = 0;
    Block* tail = nullptr;
    std::uint64_t first_ordinal = 0;
    std::int64_t first_time = 0;
  };
  /// From plain row `row` on, ordinals are `skipped` further than rows.
  struct Jump {
    std::uint32_t row;
    std::uint64_t skipped;
  };
  struct ExtraColumns {
    std::int64_t result_time = 0;
    std::int64_t interval_end = 0;
    TextRef parameters;
  };

  Series& series_of(DatastreamId datastream) {
    if (datastream.value >= series_.size()) series_.resize(datastream.value + 1);
    return series_[datastream.value];
  }
  std::uint64_t skipped(DatastreamId datastream) const {
    if (jumps_.empty()) return 0;
    const auto at = jumps_.find(datastream.value);
    return at == jumps_.end() ? 0 : at->second.back().skipped;
  }
  void copy_ordinals(DatastreamId datastream, std::size_t first_row, Columns& into) const;
  const OddRows* odd_of(DatastreamId datastream) const {
    if (odd_.empty()) return nullptr;
    const auto at = odd_.find(datastream.value);
    return at == odd_.end() ? nullptr : &at->second;
  }
  void put(Series& series, const Observation& row, std::int64_t bits) {
    series.rows[series.used] = {row.time, bits};
    if (series.wide) series.tail->row_flags()[series.used] = row.flags;
    series.used++;
    series.count++;
    rows_++;
    if (row.time > last_time_) last_time_ = row.time;
    if (row.time < first_time_) first_time_ = row.time;
  }
  static std::uint32_t count_of(const Series& series, const Block& block) {
    return &block == series.tail ? series.used : block.count;
  }
  bool append_slowly(Series& series, const Observation& row, std::string_view text, std::uint64_t ordinal);
  std::optional<std::int64_t> fitted(Series& series, const Observation& row);
  static bool rescale(Series& series, std::int8_t scale);
  void add_block(Series& series, std::uint16_t flags);
  std::int64_t keep_text(std::string_view text);
  /// Blocks oldest first, in a vector of the thread.
  static const std::vector<const Block*>& blocks_of(const Series& series);
  void push_odd(const OddRow& row, Columns& into) const;

  Arena arena_;
  std::vector<Series> series_;
  std::unordered_map<std::uint32_t, OddRows> odd_;
  std::unordered_map<std::uint32_t, std::vector<Jump>> jumps_;  ///< ascending, of datastreams that have any
  std::size_t jump_count_ = 0;
  std::vector<ExtraColumns> extras_;
  std::vector<Superseded> superseded_;
  std::string text_;
  std::uint64_t rows_ = 0, odd_rows_ = 0;
  std::int64_t first_time_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_time_ = std::numeric_limits<std::int64_t>::min();
};

template <class Next>
void MemoryTable::copy_odd(DatastreamId datastream, Window window, Next next) const {
  const OddRows* odd = odd_of(datastream);
  if (odd == nullptr) return;
  Columns* into = nullptr;
  odd->each(window.from, window.to, [&](const OddRow& row) {
    if (into == nullptr || into->type != row.type || into->scale != row.scale) into = &next(row.type, row.scale);
    push_odd(row, *into);
  });
}

}  // namespace qala::readings
