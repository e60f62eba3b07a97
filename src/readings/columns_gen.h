#pragma once

// For tests: makers and comparers of columns. Include after gtest.h.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <rapidcheck.h>

#include "base/time.h"
#include "readings/chunk.h"

namespace qala::readings {

/// Whole numbers of every size, small ones most often.
inline rc::Gen<std::int64_t> gen_number() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-300, 300), rc::gen::arbitrary<std::int64_t>(),
                        rc::gen::element<std::int64_t>(INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX),
                        rc::gen::map(rc::gen::inRange<std::int64_t>(-40, 40), [](std::int64_t v) { return v * 10; }));
}

/// Strictly ascending: regular, regular with gaps, jittered, or anything.
inline std::vector<std::int64_t> draw_times(std::size_t n) {
  std::vector<std::int64_t> times;
  const auto kind = *rc::gen::inRange(0, 4);
  if (kind == 3) {
    const auto drawn = *rc::gen::container<std::set<std::int64_t>>(n, gen_number());
    return {drawn.begin(), drawn.end()};
  }
  const auto unit = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000, Instant::kSecond, Instant::kMinute);
  std::int64_t grid = *rc::gen::inRange<std::int64_t>(-5'000, 5'000);
  for (std::size_t i = 0; i < n; i++) {
    grid += kind == 1 ? 10 * *rc::gen::element(1, 1, 1, 1, 3, 50) : 10;
    times.push_back((grid + (kind == 2 ? *rc::gen::inRange(-4, 5) : 0)) * unit);
  }
  return times;
}

template <class T, class G>
void draw_optional(std::vector<T>& column, std::size_t n, const G& gen) {
  if (*rc::gen::inRange(0, 3) == 0) column = *rc::gen::container<std::vector<T>>(n, gen);
}

inline void draw_values(Columns& c, std::size_t n) {
  if (c.type == ValueType::text || c.type == ValueType::json) {
    for (std::size_t i = 0; i < n; i++) {
      const auto text = *rc::gen::arbitrary<std::string>();
      c.bits.push_back(TextRef{.offset = c.text.size(), .length = static_cast<std::uint32_t>(text.size())}.bits());
      c.text += text;
    }
  } else if (c.type == ValueType::boolean) {
    c.bits = *rc::gen::container<std::vector<std::int64_t>>(n, rc::gen::inRange<std::int64_t>(0, 2));
  } else {
    c.bits = *rc::gen::container<std::vector<std::int64_t>>(n, gen_number());
  }
}

/// Ordinals that mostly go up by one: with gaps, and with odd ones among them.
inline std::vector<std::uint64_t> draw_steps(std::size_t n, std::uint64_t first) {
  std::vector<std::uint64_t> ordinals;
  std::uint64_t plain = first, odd = (1ull << 40) + *rc::gen::inRange<std::uint64_t>(0, 1000);
  for (std::size_t i = 0; i < n; i++) {
    const auto kind = *rc::gen::inRange(0, 12);
    if (kind == 0) plain += *rc::gen::inRange<std::uint64_t>(1, 20);
    ordinals.push_back(kind == 1 ? odd++ : plain++);
  }
  return ordinals;
}

inline rc::Gen<Columns> gen_columns() {
  return rc::gen::exec([] {
    Columns c;
    c.type = static_cast<ValueType>(*rc::gen::inRange(0, 6));
    c.scale = *rc::gen::arbitrary<std::int8_t>();
    c.time = draw_times(*rc::gen::oneOf(rc::gen::inRange<std::size_t>(1, 20), rc::gen::inRange<std::size_t>(50, 400)));
    const std::size_t n = c.time.size();
    draw_values(c, n);
    c.first_ordinal = *rc::gen::arbitrary<std::uint32_t>();
    draw_optional(c.ordinal, n, rc::gen::arbitrary<std::uint64_t>());
    if (c.ordinal.empty() && *rc::gen::arbitrary<bool>()) c.ordinal = draw_steps(n, c.first_ordinal);
    draw_optional(c.flags, n, rc::gen::arbitrary<std::uint16_t>());
    draw_optional(c.tombstone, n, rc::gen::inRange<std::uint8_t>(0, 2));
    draw_optional(c.result_time, n, gen_number());
    draw_optional(c.interval_end, n, gen_number());
    if (*rc::gen::inRange(0, 3) == 0) {
      for (std::size_t i = 0; i < n; i++) {
        const auto text = *rc::gen::arbitrary<std::string>();
        c.parameters.push_back({.offset = c.text.size(), .length = static_cast<std::uint32_t>(text.size())});
        c.text += text;
      }
    }
    return c;
  });
}

/// A column that says nothing may come back as no column.
template <class T>
void expect_same_optional(const std::vector<T>& wanted, const std::vector<T>& got) {
  if (got.empty() && std::ranges::all_of(wanted, [](T v) { return v == T{}; })) return;
  RC_ASSERT(got == wanted);
}

inline void expect_same_texts(const Columns& wanted, const Columns& got) {
  const auto text = [](const Columns& c, TextRef ref) {
    return std::string_view(c.text).substr(ref.offset, ref.length);
  };
  for (std::size_t i = 0; i < wanted.size(); i++) {
    if (wanted.type == ValueType::text || wanted.type == ValueType::json) {
      RC_ASSERT(text(got, TextRef::from_bits(got.bits[i])) == text(wanted, TextRef::from_bits(wanted.bits[i])));
    } else {
      RC_ASSERT(got.bits[i] == wanted.bits[i]);
    }
    if (!got.parameters.empty()) RC_ASSERT(text(got, got.parameters[i]) == text(wanted, wanted.parameters[i]));
    if (got.parameters.empty() && !wanted.parameters.empty()) RC_ASSERT(wanted.parameters[i].length == 0u);
  }
}

inline void expect_same(const Columns& wanted, const Columns& got) {
  RC_ASSERT(got.type == wanted.type);
  RC_ASSERT(got.scale == wanted.scale);
  RC_ASSERT(got.time == wanted.time);
  RC_ASSERT(got.bits.size() == wanted.bits.size());
  for (std::size_t i = 0; i < wanted.size(); i++) {
    const auto ordinal = [&](const Columns& c) { return c.ordinal.empty() ? c.first_ordinal + i : c.ordinal[i]; };
    RC_ASSERT(ordinal(got) == ordinal(wanted));
  }
  expect_same_optional(wanted.flags, got.flags);
  expect_same_optional(wanted.tombstone, got.tombstone);
  expect_same_optional(wanted.result_time, got.result_time);
  expect_same_optional(wanted.interval_end, got.interval_end);
  expect_same_texts(wanted, got);
}

}  // namespace qala::readings
