#include "readings/chunk_times.h"

#include "readings/codec.h"

// times := unit:u8 form                         unit 0..3: 1 ns, 1 us, 1 ms, 1 s; all numbers below count units
// form := 0x00 first:zigzag step:varint         a reading every `step`
//       | 0x01 column                           (docs/formats/column.md)

namespace qala::readings {

namespace {

bool is_regular(std::span<const std::int64_t> times) {
  if (times.size() < 2) return true;
  const std::int64_t step = wrap_sub(times[1], times[0]);
  for (std::size_t i = 2; i < times.size(); i++) {
    if (wrap_sub(times[i], times[i - 1]) != step) return false;
  }
  return step > 0;
}

bool decode_regular(Cursor& from, std::int64_t unit, std::span<std::int64_t> into) {
  std::int64_t first = 0;
  std::int64_t step = 0;
  const std::int64_t read_first = from.signed_varint();
  const std::uint64_t read_step = from.varint();
  if (from.bad() || read_step > INT64_MAX) return false;
  if (__builtin_mul_overflow(read_first, unit, &first)) return false;
  if (__builtin_mul_overflow(static_cast<std::int64_t>(read_step), unit, &step)) return false;
  if (into.size() > 1 && step == 0) return false;
  std::int64_t span = 0;
  std::int64_t last = 0;
  if (!into.empty() && __builtin_mul_overflow(step, static_cast<std::int64_t>(into.size() - 1), &span)) return false;
  if (__builtin_add_overflow(first, span, &last)) return false;
  for (std::size_t i = 0; i < into.size(); i++) into[i] = first + step * static_cast<std::int64_t>(i);
  return true;
}

bool ascends(std::span<const std::int64_t> times) {
  bool good = true;
  for (std::size_t i = 1; i < times.size(); i++) good &= times[i] > times[i - 1];
  return good;
}

}  // namespace

unsigned common_unit(std::span<const std::int64_t> times) {
  unsigned unit = 3;
  for (const std::int64_t t : times) {
    while (unit == 3 && t % kUnits[3] != 0) unit = 2;
    while (unit == 2 && t % kUnits[2] != 0) unit = 1;
    while (unit == 1 && t % kUnits[1] != 0) unit = 0;
    if (unit == 0) break;
  }
  return unit;
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
  put_byte(out, 1);
  std::vector<std::int64_t> counted(times.begin(), times.end());
  switch (unit) {  // constants, so that no division is made
    case 1: for (auto& t : counted) t /= kUnits[1]; break;
    case 2: for (auto& t : counted) t /= kUnits[2]; break;
    case 3: for (auto& t : counted) t /= kUnits[3]; break;
    default: break;
  }
  encode_numbers(counted, packing, out);
}

bool decode_times(Cursor& from, std::span<std::int64_t> into) {
  const unsigned unit = from.byte();
  const unsigned form = from.byte();
  if (from.bad() || unit > 3) return false;
  if (form == 0) return decode_regular(from, kUnits[unit], into);
  if (form != 1 || !decode_numbers(from, into)) return false;
  if (unit != 0) {
    for (std::int64_t& t : into) t = wrap_mul(t, kUnits[unit]);
  }
  return ascends(into);
}

}  // namespace qala::readings
