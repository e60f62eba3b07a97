#include "ingest/number.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace qala::ingest {

namespace {

bool parse_real(std::string_view text, Number& out) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return false;
  out = {readings::ValueType::real, 0, std::bit_cast<std::int64_t>(value)};
  return true;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Float>
std::optional<Number> shortest(Float value) {
  if (!std::isfinite(value)) return std::nullopt;
  std::array<char, 64> text{};
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  Number out;
  if (ec == std::errc() && parse_number({text.data(), end}, out)) return out;
  return Number{readings::ValueType::real, 0, std::bit_cast<std::int64_t>(static_cast<double>(value))};
}

}  // namespace

bool parse_number(std::string_view text, Number& out) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  at += negative;
  if (at == end || !is_digit(*at)) return false;
  const char* const first = at;
  std::uint64_t mantissa = 0;
  for (; at != end && is_digit(*at); at++) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
  std::ptrdiff_t digits = at - first;
  int scale = 0;
  if (at != end && *at == '.') {
    const char* const point = ++at;
    for (; at != end && is_digit(*at); at++) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
    scale = static_cast<int>(at - point);
    if (scale == 0) return false;
    digits += scale;
  }
  if (at != end && *at != 'e' && *at != 'E') return false;
  if (at != end || digits > 18) return parse_real(text, out);
  const auto value = static_cast<std::int64_t>(mantissa);
  out = {readings::ValueType::decimal, static_cast<std::int8_t>(scale), negative ? -value : value};
  return true;
}

std::optional<Number> number_of(double value) { return shortest(value); }
std::optional<Number> number_of(float value) { return shortest(value); }

}  // namespace qala::ingest
