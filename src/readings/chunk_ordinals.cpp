#include "readings/chunk_ordinals.h"

#include <algorithm>
#include <span>

#include "readings/chunk.h"
#include "readings/places.h"

// steps := step:varint count:varint (rows*2+odd:varint jump:signed)*count

namespace qala::readings {

namespace {

struct Exception {
  std::size_t row = 0;
  std::uint64_t ordinal = 0;
};

bool is_odd(std::uint64_t ordinal) { return ordinal >= kOddOrdinal; }

/// Where the ordinals of both kinds stand, from row to row.
class Expected {
 public:
  Expected(std::uint64_t first, std::span<const std::int64_t> times, std::int64_t step) : times_(times), step_(step) {
    take(first);
  }
  /// Of a row that is no exception: the kind of the row before, and as much further as its time.
  std::uint64_t next(std::size_t row) const {
    const auto apart = static_cast<std::uint64_t>(times_[row]) - static_cast<std::uint64_t>(times_[row - 1]);
    return next_of(odd_) + (step_ == 0 ? 0 : steps_between(apart, step_) - 1);
  }
  std::uint64_t next_of(bool odd) const { return last_[odd ? 1 : 0] + 1; }
  void take(std::uint64_t ordinal) {
    odd_ = is_odd(ordinal);
    last_[odd_ ? 1 : 0] = ordinal;
  }

 private:
  std::span<const std::int64_t> times_;
  std::int64_t step_;
  bool odd_ = false;
  std::uint64_t last_[2] = {0, kOddOrdinal};
};

std::vector<Exception> exceptions_of(const Columns& c, std::int64_t step) {
  std::vector<Exception> out;
  Expected expected(c.ordinal[0], c.time, step);
  for (std::size_t i = 1; i < c.size(); i++) {
    if (c.ordinal[i] != expected.next(i)) out.push_back({i, c.ordinal[i]});
    expected.take(c.ordinal[i]);
  }
  return out;
}

/// The distance that half of the readings keep.
std::int64_t usual_step(std::span<const std::int64_t> times) {
  std::vector<std::uint64_t> apart;
  for (std::size_t i = 1; i < times.size() && i < 64; i++) {
    apart.push_back(static_cast<std::uint64_t>(times[i]) - static_cast<std::uint64_t>(times[i - 1]));
  }
  if (apart.empty()) return 0;
  const auto middle = apart.begin() + static_cast<std::ptrdiff_t>(apart.size() / 2);
  std::ranges::nth_element(apart, middle);
  return *middle < static_cast<std::uint64_t>(INT64_MAX) ? static_cast<std::int64_t>(*middle) : 0;
}

void put_exceptions(const Columns& c, std::int64_t step, std::span<const Exception> exceptions, std::string& out) {
  put_varint(out, static_cast<std::uint64_t>(step));
  put_varint(out, exceptions.size());
  Expected expected(c.ordinal[0], c.time, step);
  std::size_t row = 1;
  for (const Exception& exception : exceptions) {
    for (std::size_t i = row; i < exception.row; i++) expected.take(c.ordinal[i]);
    const bool odd = is_odd(exception.ordinal);
    put_varint(out, (exception.row - row) * 2 + (odd ? 1 : 0));
    put_signed(out, static_cast<std::int64_t>(exception.ordinal - expected.next_of(odd)));
    expected.take(exception.ordinal);
    row = exception.row + 1;
  }
}

}  // namespace

bool ordinals_are_consecutive(const Columns& columns) {
  for (std::size_t i = 0; i < columns.ordinal.size(); i++) {
    if (columns.ordinal[i] != columns.ordinal[0] + i) return false;
  }
  return true;
}

bool encode_ordinal_steps(const Columns& c, std::string& out) {
  std::int64_t step = usual_step(c.time);
  auto exceptions = exceptions_of(c, step);
  if (auto by_rows = exceptions_of(c, 0); by_rows.size() <= exceptions.size()) {
    step = 0;
    exceptions = std::move(by_rows);
  }
  if (exceptions.size() > c.size() / 4) return false;
  put_exceptions(c, step, exceptions, out);
  return true;
}

bool skip_ordinal_steps(Cursor& from, std::size_t rows) {
  from.varint();
  const std::uint64_t count = from.varint();
  if (from.bad() || count > rows) return false;
  for (std::uint64_t i = 0; i < count && !from.bad(); i++) {
    from.varint();
    from.signed_varint();
  }
  return !from.bad();
}

bool decode_ordinal_steps(Cursor& from, std::size_t rows, Columns& into) {
  const std::uint64_t step = from.varint();
  const std::uint64_t count = from.varint();
  if (from.bad() || count >= std::max<std::size_t>(rows, 1) || step > static_cast<std::uint64_t>(INT64_MAX))
    return false;
  into.ordinal.assign(rows, into.first_ordinal);
  Expected expected(into.first_ordinal, into.time, static_cast<std::int64_t>(step));
  std::size_t row = 1;
  const auto take = [&](std::uint64_t ordinal) {
    into.ordinal[row++] = ordinal;
    expected.take(ordinal);
  };
  const auto take_until = [&](std::size_t end) {
    while (row < end) take(expected.next(row));
  };
  for (std::uint64_t i = 0; i < count; i++) {
    const std::uint64_t head = from.varint();
    const auto jump = static_cast<std::uint64_t>(from.signed_varint());
    if (from.bad() || head / 2 >= rows - row) return false;
    take_until(row + head / 2);
    const std::uint64_t ordinal = expected.next_of((head & 1) != 0) + jump;
    if (is_odd(ordinal) != ((head & 1) != 0)) return false;
    take(ordinal);
  }
  take_until(rows);
  return true;
}

}  // namespace qala::readings
