#include "readings/chunk_times.h"

#include <algorithm>
#include <limits>
#include <optional>

// times := unit:u8 form                         unit 0..3: 1 ns, 1 us, 1 ms, 1 s; all numbers below count units
// form := 0x00 first:zigzag step:varint         a reading every `step`
//       | 0x01 column                           (docs/formats/column.md)
//       | 0x02 first:zigzag step:varint reach:varint gaps:varint (row:varint skipped:varint)* column
// The last: readings near the places of a grid; the column holds how far each is from its place. A gap says before
// which row (counted from the gap before) how many places were skipped.

namespace qala::readings {

namespace {

struct Grid {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::vector<std::int64_t> offsets;
  std::vector<std::pair<std::size_t, std::int64_t>> gaps;  ///< row, places skipped
};

constexpr std::size_t kMostGaps = 256;
/// Places skipped by one gap, at most: all gaps together stay far below 2^63.
constexpr std::int64_t kMostSkipped = std::int64_t{1} << 48;

bool is_regular(std::span<const std::int64_t> times) {
  if (times.size() < 2) return true;
  const std::int64_t step = wrap_sub(times[1], times[0]);
  for (std::size_t i = 2; i < times.size(); i++) {
    if (wrap_sub(times[i], times[i - 1]) != step) return false;
  }
  return step > 0;
}

/// The times on a grid of `step`, if they lie on one without too many gaps.
std::optional<Grid> on_grid(std::span<const std::int64_t> times, std::int64_t step) {
  Grid grid{.first = times[0], .step = step, .offsets = std::vector<std::int64_t>(times.size()), .gaps = {}};
  std::int64_t place = times[0];
  for (std::size_t i = 1; i < times.size(); i++) {
    const std::int64_t away = times[i] - place;  // no overflow: encode_grid() checks the whole span
    const std::int64_t steps = std::max<std::int64_t>(1, (away + step / 2) / step);
    if (steps > 1) {
      if (grid.gaps.size() == kMostGaps || steps > kMostSkipped) return std::nullopt;
      grid.gaps.emplace_back(i, steps - 1);
    }
    place += steps * step;
    grid.offsets[i] = times[i] - place;
  }
  return grid;
}

std::uint64_t spread(const Grid& grid) {
  const auto [low, high] = std::ranges::minmax(grid.offsets);
  return static_cast<std::uint64_t>(high - low);
}

/// The best of some likely steps: the median one, as it is and rounded to seconds and minutes.
std::optional<Grid> find_grid(std::span<const std::int64_t> times, std::int64_t unit) {
  // The places may lie half a step beyond the times; they must not be beyond what a time can be.
  const std::int64_t farthest = (std::int64_t{1} << 62) / unit;
  if (times.size() < 3 || wrap_sub(times.back(), times.front()) <= 0) return std::nullopt;
  if (times.front() < -farthest || times.back() > farthest) return std::nullopt;
  std::vector<std::int64_t> steps(times.size() - 1);
  for (std::size_t i = 1; i < times.size(); i++) steps[i - 1] = times[i] - times[i - 1];
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::ranges::nth_element(steps, middle);
  std::optional<Grid> best;
  for (const std::int64_t round : {std::int64_t{1}, kUnits[3] / unit, 10 * kUnits[3] / unit, 60 * kUnits[3] / unit}) {
    const std::int64_t step = (*middle + round / 2) / round * round;
    if (step <= 0) continue;
    auto grid = on_grid(times, step);
    if (grid && (!best || spread(*grid) < spread(*best))) best = std::move(grid);
  }
  return best;
}

void put_grid(const Grid& grid, std::string& out) {
  const auto [low, high] = std::ranges::minmax(grid.offsets);
  put_byte(out, 2);
  put_signed(out, grid.first);
  put_varint(out, static_cast<std::uint64_t>(grid.step));
  put_varint(out, static_cast<std::uint64_t>(std::max(-low, high)));
  put_varint(out, grid.gaps.size());
  std::size_t before = 0;
  for (const auto& [row, skipped] : grid.gaps) {
    put_varint(out, row - before);
    put_varint(out, static_cast<std::uint64_t>(skipped));
    before = row;
  }
  encode_numbers(grid.offsets, Packing::small, out);
}

std::int64_t floor_div(std::int64_t t, std::int64_t unit) { return t / unit - (t % unit < 0 ? 1 : 0); }

bool ascends(std::span<const std::int64_t> times) {
  bool good = true;
  for (std::size_t i = 1; i < times.size(); i++) good &= times[i] > times[i - 1];
  return good;
}

}  // namespace

unsigned common_unit(std::span<const std::int64_t> times) {
  unsigned unit = 3;
  for (const std::int64_t t : times) {
    if (unit == 3 && t % kUnits[3] != 0) unit = 2;
    if (unit == 2 && t % kUnits[2] != 0) unit = 1;
    if (unit == 1 && t % kUnits[1] != 0) unit = 0;
    if (unit == 0) break;
  }
  return unit;
}

void divide_by_unit(std::span<std::int64_t> times, unsigned unit) {
  switch (unit) {  // by constants, so that no division is made
    case 1:
      for (auto& t : times) t /= kUnits[1];
      break;
    case 2:
      for (auto& t : times) t /= kUnits[2];
      break;
    case 3:
      for (auto& t : times) t /= kUnits[3];
      break;
    default: break;
  }
}

void encode_times(std::span<const std::int64_t> times, Packing packing, std::string& out) {
  const unsigned unit = common_unit(times);
  put_byte(out, unit);
  if (is_regular(times)) {
    put_byte(out, 0);
    put_signed(out, times.empty() ? 0 : times[0] / kUnits[unit]);
    put_varint(out, times.size() < 2 ? 0 : static_cast<std::uint64_t>(wrap_sub(times[1], times[0]) / kUnits[unit]));
    return;
  }
  std::vector<std::int64_t> counted(times.begin(), times.end());
  divide_by_unit(counted, unit);
  const std::size_t start = out.size();
  put_byte(out, 1);
  encode_numbers(counted, packing, out);
  if (packing == Packing::fast) return;
  const auto grid = find_grid(counted, kUnits[unit]);
  if (!grid) return;
  std::string other;
  put_grid(*grid, other);
  if (other.size() < out.size() - start) out.replace(start, std::string::npos, other);
}

bool TimeColumn::open(Cursor& from, std::size_t rows) {
  rows_ = rows;
  const unsigned unit = from.byte();
  const unsigned form = from.byte();
  if (from.bad() || unit > 3 || form > 2) return false;
  unit_ = kUnits[unit];
  form_ = static_cast<Form>(form);
  gaps_.assign(1, {});
  reach_ = 0;
  if (form_ == Form::column) return column_.open(from, rows);
  const std::int64_t first = from.signed_varint();
  const std::uint64_t step = from.varint();
  // Bounded so that nothing below overflows: the last place is first + step * (rows + places skipped).
  if (from.bad() || step > INT64_MAX || (rows > 1 && step == 0)) return false;
  first_ = first;
  step_ = static_cast<std::int64_t>(step);
  if (form_ == Form::grid && !open_grid(from)) return false;
  const std::int64_t places = static_cast<std::int64_t>(rows == 0 ? 0 : rows - 1) + gaps_.back().shift;
  // The span of the times may be more than 63 bits, no time is.
  const __int128 last = static_cast<__int128>(step_) * places + first_;
  std::int64_t time = 0;
  if (last != static_cast<std::int64_t>(last)) return false;
  if (__builtin_mul_overflow(static_cast<std::int64_t>(last), unit_, &time) ||
      __builtin_mul_overflow(first_, unit_, &time))
    return false;
  return form_ == Form::regular || column_.open(from, rows);
}

bool TimeColumn::open_grid(Cursor& from) {
  const std::uint64_t reach = from.varint();
  const std::uint64_t count = from.varint();
  if (from.bad() || reach > INT64_MAX / 2 || count > kMostGaps) return false;
  reach_ = static_cast<std::int64_t>(reach);
  for (std::uint64_t i = 0; i < count; i++) {
    const std::uint64_t rows = from.varint();
    const std::uint64_t skipped = from.varint();
    if (from.bad() || rows == 0 || rows > rows_ || skipped > static_cast<std::uint64_t>(kMostSkipped)) return false;
    gaps_.push_back({gaps_.back().row + rows, gaps_.back().shift + static_cast<std::int64_t>(skipped)});
    if (gaps_.back().row >= rows_) return false;
  }
  return true;
}

/// The first row whose place on the grid is `place` or later.
std::size_t TimeColumn::first_row_at(std::int64_t place) const {
  for (std::size_t i = 0; i < gaps_.size(); i++) {
    const std::size_t end = i + 1 < gaps_.size() ? gaps_[i + 1].row : rows_;
    const std::int64_t row = place - gaps_[i].shift;
    if (row <= static_cast<std::int64_t>(gaps_[i].row)) return gaps_[i].row;
    if (row < static_cast<std::int64_t>(end)) return static_cast<std::size_t>(row);
  }
  return rows_;
}

/// How many places of the grid lie before `time`, from the first one on.
std::int64_t TimeColumn::places_until(std::int64_t time) const {
  if (step_ == 0) return time > first_ ? 1 : 0;
  __int128 away = static_cast<__int128>(time) - first_;
  if (away <= 0) return 0;
  away = (away + step_ - 1) / step_;
  return away > INT64_MAX / 2 ? INT64_MAX / 2 : static_cast<std::int64_t>(away);
}

bool TimeColumn::decode_rows(std::size_t begin, std::size_t end, std::vector<std::int64_t>& into) {
  into.resize(end - begin);
  if (form_ != Form::regular && !column_.decode(begin, end, into)) return false;
  if (form_ == Form::column) {
    if (unit_ != 1) {
      for (std::int64_t& t : into) t = wrap_mul(t, unit_);
    }
    return ascends(into);
  }
  std::size_t gap = 0;
  for (std::size_t i = begin; i < end;) {
    while (gap + 1 < gaps_.size() && gaps_[gap + 1].row <= i) gap++;
    const std::size_t until = std::min(end, gap + 1 < gaps_.size() ? gaps_[gap + 1].row : rows_);
    const std::int64_t start = wrap_add(first_, wrap_mul(gaps_[gap].shift, step_));
    for (; i < until; i++) {
      const std::int64_t place = wrap_add(start, wrap_mul(static_cast<std::int64_t>(i), step_));
      into[i - begin] = wrap_mul(form_ == Form::grid ? wrap_add(place, into[i - begin]) : place, unit_);
    }
  }
  return form_ == Form::regular || ascends(into);
}

bool TimeColumn::decode(std::vector<std::int64_t>& into) { return decode_rows(0, rows_, into); }

bool TimeColumn::decode_window(std::int64_t from, std::int64_t to, std::size_t& begin,
                               std::vector<std::int64_t>& into) {
  std::size_t end = rows_;
  begin = 0;
  if (form_ != Form::column) {
    using Limits = std::numeric_limits<std::int64_t>;
    const std::int64_t first = std::max(floor_div(from, unit_), Limits::min() + reach_) - reach_;
    const std::int64_t last = std::min(floor_div(to, unit_), Limits::max() - reach_ - 2);
    begin = first_row_at(places_until(first));
    end = std::max(begin, first_row_at(places_until(last + reach_ + 2)));
  }
  if (!decode_rows(begin, end, into)) return false;
  const auto low = std::ranges::lower_bound(into, from);
  const auto high = std::ranges::lower_bound(low, into.end(), to);
  begin += static_cast<std::size_t>(low - into.begin());
  into.erase(high, into.end());
  into.erase(into.begin(), low);
  return true;
}

}  // namespace qala::readings
