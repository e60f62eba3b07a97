#include "modbus/value.h"

#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace qala::modbus {

namespace {

/// The bytes of the registers as one big-endian number.
std::uint64_t assemble(std::span<const std::uint16_t> words, Order order) {
  const bool last_first = order == Order::cdab || order == Order::dcba;
  const bool swapped = order == Order::badc || order == Order::dcba;
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < words.size(); i++) {
    std::uint16_t word = words[last_first ? words.size() - 1 - i : i];
    if (swapped) word = static_cast<std::uint16_t>(word << 8 | word >> 8);
    out = out << 16 | word;
  }
  return out;
}

Value real_value(double value) {
  if (!std::isfinite(value)) return {.fate = Fate::not_a_number};
  return {.number = {readings::ValueType::real, 0, std::bit_cast<std::int64_t>(value)}, .real = value};
}

template <class Float>
Value float_value(Float value, const Register& one) {
  if (!std::isfinite(value)) return {.fate = Fate::not_a_number};
  const bool as_it_is = one.scale.mantissa == 1 && one.scale.scale == 0 && one.offset.mantissa == 0;
  const double scale = readings::as_number(readings::ValueType::decimal, one.scale.scale, one.scale.mantissa);
  const double offset = readings::as_number(readings::ValueType::decimal, one.offset.scale, one.offset.mantissa);
  if (!as_it_is) return real_value(static_cast<double>(value) * scale + offset);
  return {.number = *ingest::number_of(value), .real = static_cast<double>(value)};
}

/// mantissa × 10^-scale + offset exactly, if it has at most 18 digits.
Value whole_value(__int128 raw, const Register& one) {
  constexpr __int128 kMost = 999'999'999'999'999'999;
  __int128 value = raw * one.scale.mantissa;
  __int128 offset = one.offset.mantissa;
  int scale = one.scale.scale;
  const auto fits = [](__int128 number) { return number >= -kMost && number <= kMost; };
  bool exact = fits(value);
  for (; exact && scale < one.offset.scale; scale++) value *= 10, exact = fits(value);
  for (int at = one.offset.scale; exact && at < scale; at++) offset *= 10, exact = fits(offset);
  value += offset;
  if (!exact || !fits(value) || scale < 0) {
    const double factor = readings::as_number(readings::ValueType::decimal, one.scale.scale, one.scale.mantissa);
    const double added = readings::as_number(readings::ValueType::decimal, one.offset.scale, one.offset.mantissa);
    return real_value(static_cast<double>(raw) * factor + added);
  }
  const auto mantissa = static_cast<std::int64_t>(value);
  const auto digits = static_cast<std::int8_t>(scale);
  return {.number = {readings::ValueType::decimal, digits, mantissa},
          .real = readings::as_number(readings::ValueType::decimal, digits, mantissa)};
}

}  // namespace

Value value_of(const Register& one, std::span<const std::uint16_t> words) {
  if (one.type == Type::bit) {
    const bool on = reads_bits(one.function) ? words[0] != 0 : (words[0] >> one.bit & 1) != 0;
    Value out = whole_value(on ? 1 : 0, one);
    return out;
  }
  const std::uint64_t bits = assemble(words, one.order);
  __int128 raw = 0;
  Value out;
  switch (one.type) {
    case Type::int16: raw = static_cast<std::int16_t>(bits); break;
    case Type::uint16: raw = static_cast<std::uint16_t>(bits); break;
    case Type::int32: raw = static_cast<std::int32_t>(bits); break;
    case Type::uint32: raw = static_cast<std::uint32_t>(bits); break;
    case Type::int64: raw = static_cast<std::int64_t>(bits); break;
    case Type::uint64: raw = bits; break;
    case Type::float32: out = float_value(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), one); break;
    case Type::float64: out = float_value(std::bit_cast<double>(bits), one); break;
    case Type::bit: break;
  }
  const bool floating = one.type == Type::float32 || one.type == Type::float64;
  if (!floating && one.absent && raw == *one.absent) return {.fate = Fate::absent};
  if (!floating) out = whole_value(raw, one);
  if (out.fate != Fate::fine) return out;
  if ((one.min && out.real < *one.min) || (one.max && out.real > *one.max)) out.fate = Fate::out_of_range;
  return out;
}

std::string raw_of(std::span<const std::uint16_t> words) {
  std::string out;
  for (const auto word : words) out += fmt::format("{}0x{:04x}", out.empty() ? "" : " ", word);
  return out;
}

}  // namespace qala::modbus
