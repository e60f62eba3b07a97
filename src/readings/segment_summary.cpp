#include "readings/segment_summary.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/assert.h"

namespace qala::readings {

namespace {

StoredSummary::Kind kind_of(ValueType type) {
  switch (type) {
    case ValueType::text:
    case ValueType::json: return StoredSummary::Kind::counted;
    case ValueType::real: return StoredSummary::Kind::real;
    case ValueType::decimal:
    case ValueType::integer:
    case ValueType::boolean: break;
  }
  return StoredSummary::Kind::whole;
}

std::int8_t scale_of(const Columns& columns) {
  return columns.type == ValueType::decimal ? columns.scale : std::int8_t{0};
}

double number(std::int8_t scale, std::int64_t mantissa) { return as_number(ValueType::decimal, scale, mantissa); }

std::int64_t bits_of(double value) { return std::bit_cast<std::int64_t>(value); }

}  // namespace

DaySummary as_summary(const StoredSummary& s) {
  DaySummary out{.datastream = s.datastream, .day = s.day, .count = s.count};
  const auto fill = [&](auto convert) {
    out.sum = convert(s.sum);
    out.min = convert(s.min);
    out.max = convert(s.max);
    out.first = convert(s.first);
    out.last = convert(s.last);
  };
  switch (s.kind) {
    case StoredSummary::Kind::whole: fill([&](std::int64_t v) { return number(s.scale, v); }); break;
    case StoredSummary::Kind::real: fill([](std::int64_t v) { return std::bit_cast<double>(v); }); break;
    case StoredSummary::Kind::counted:
      fill([](std::int64_t) { return std::numeric_limits<double>::quiet_NaN(); });
      break;
  }
  return out;
}

void SummaryBuilder::add(DatastreamId datastream, const Columns& columns) {
  if (open_ && open_->row.datastream != datastream) close();
  std::size_t at = 0;
  while (at < columns.size()) {
    if (!open_ || columns.time[at] >= day_end(open_->row.day)) {
      close();
      begin(datastream, zone_.local_day({columns.time[at]}));
    }
    const auto end = std::lower_bound(columns.time.begin() + static_cast<std::ptrdiff_t>(at), columns.time.end(),
                                      day_end(open_->row.day));
    const auto until = static_cast<std::size_t>(end - columns.time.begin());
    QALA_ASSERT(until > at, "a day ends after the instants in it");
    add_span(columns, at, until);
    at = until;
  }
}

std::vector<StoredSummary>& SummaryBuilder::rows(bool all) {
  if (all) close();
  return rows_;
}

std::int64_t SummaryBuilder::day_end(std::int32_t day) {
  const auto [at, fresh] = day_ends_.try_emplace(day, 0);
  if (fresh) at->second = zone_.day_start(day + 1).ns;
  return at->second;
}

void SummaryBuilder::begin(DatastreamId datastream, std::int32_t day) {
  open_.emplace();
  open_->row.datastream = datastream;
  open_->row.day = day;
}

void SummaryBuilder::close() {
  if (!open_) return;
  OpenDay& day = *open_;
  const bool fits =
      day.sum >= std::numeric_limits<std::int64_t>::min() && day.sum <= std::numeric_limits<std::int64_t>::max();
  if (day.row.kind == StoredSummary::Kind::whole && !fits) make_real();
  if (day.row.kind == StoredSummary::Kind::whole) day.row.sum = static_cast<std::int64_t>(day.sum);
  if (day.row.kind == StoredSummary::Kind::real) {
    day.row.scale = 0;
    day.row.sum = bits_of(day.real_sum);
    day.row.min = bits_of(day.real_min);
    day.row.max = bits_of(day.real_max);
    day.row.first = bits_of(day.real_first);
    day.row.last = bits_of(day.real_last);
  }
  if (day.row.kind == StoredSummary::Kind::counted) {
    day.row = {.datastream = day.row.datastream, .day = day.row.day, .kind = day.row.kind, .count = day.row.count};
  }
  if (day.row.count > 0) rows_.push_back(day.row);
  open_.reset();
}

void SummaryBuilder::add_span(const Columns& columns, std::size_t begin, std::size_t end) {
  using Kind = StoredSummary::Kind;
  const Kind kind = kind_of(columns.type);
  StoredSummary& row = open_->row;
  if (row.count == 0) {
    row.kind = kind;
    row.scale = scale_of(columns);
  }
  if (kind == Kind::counted) row.kind = Kind::counted;
  if (kind == Kind::real && row.kind == Kind::whole) make_real();
  if (row.kind == Kind::whole && !rescale(scale_of(columns))) make_real();
  for (std::size_t i = begin; i < end; i++) {
    if (!columns.tombstone.empty() && columns.tombstone[i] != 0) continue;
    if (row.kind == Kind::whole) {
      add_whole(columns, i);
    } else if (row.kind == Kind::real) {
      add_real(as_number(columns.type, columns.scale, columns.bits[i]));
    }
    if (row.kind == Kind::counted) row.count++;
  }
}

void SummaryBuilder::add_whole(const Columns& columns, std::size_t at) {
  StoredSummary& row = open_->row;
  std::int64_t value = columns.bits[at];
  for (int scale = scale_of(columns); scale < row.scale; scale++) {
    if (__builtin_mul_overflow(value, 10, &value)) {
      make_real();
      return add_real(as_number(columns.type, columns.scale, columns.bits[at]));
    }
  }
  if (row.count == 0) row.min = row.max = row.first = value;
  row.min = std::min(row.min, value);
  row.max = std::max(row.max, value);
  row.last = value;
  open_->sum += value;
  row.count++;
}

void SummaryBuilder::add_real(double value) {
  OpenDay& day = *open_;
  if (day.row.count == 0) {
    day.real_sum = 0;
    day.real_min = day.real_max = day.real_first = value;
  }
  if (value < day.real_min) day.real_min = value;
  if (value > day.real_max) day.real_max = value;
  day.real_sum += value;
  day.real_last = value;
  day.row.count++;
}

/// Brings the open day to at least `scale`; false if its numbers would not fit.
bool SummaryBuilder::rescale(std::int8_t scale) {
  StoredSummary& row = open_->row;
  for (; row.scale < scale; row.scale++) {
    StoredSummary wider = row;
    bool fits = open_->sum < (__int128{1} << 120) && open_->sum > -(__int128{1} << 120);
    for (std::int64_t* figure : {&wider.min, &wider.max, &wider.first, &wider.last}) {
      fits &= !__builtin_mul_overflow(*figure, 10, figure);
    }
    if (!fits) return false;
    open_->sum *= 10;
    row.min = wider.min;
    row.max = wider.max;
    row.first = wider.first;
    row.last = wider.last;
  }
  return true;
}

void SummaryBuilder::make_real() {
  OpenDay& day = *open_;
  const StoredSummary& row = day.row;
  day.real_sum = static_cast<double>(day.sum) * number(row.scale, 1);
  if (row.scale > 0) day.real_sum = static_cast<double>(day.sum) / number(static_cast<std::int8_t>(-row.scale), 1);
  day.real_min = number(row.scale, row.min);
  day.real_max = number(row.scale, row.max);
  day.real_first = number(row.scale, row.first);
  day.real_last = number(row.scale, row.last);
  day.row.kind = StoredSummary::Kind::real;
}

}  // namespace qala::readings
