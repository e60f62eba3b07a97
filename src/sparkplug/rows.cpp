#include "sparkplug/rows.h"

#include <bit>
#include <optional>

#include "base/utf8.h"
#include "ingest/number.h"

namespace qala::sparkplug {

using ingest::Number;
using readings::Observation;
using readings::ValueType;

namespace {

constexpr std::size_t kMostText = 16 * 1024;
constexpr std::uint64_t kMostMs = 9'000'000'000'000;

/// The bits of a number in the width that its type has: a negative Int8 comes as 255 or as 4294967295.
std::int64_t with_sign(std::uint64_t bits, DataType type) {
  switch (type) {
    case DataType::int8: return static_cast<std::int8_t>(bits);
    case DataType::int16: return static_cast<std::int16_t>(bits);
    case DataType::int32: return static_cast<std::int32_t>(bits);
    case DataType::uint8: return static_cast<std::uint8_t>(bits);
    case DataType::uint16: return static_cast<std::uint16_t>(bits);
    case DataType::uint32: return static_cast<std::uint32_t>(bits);
    default: return static_cast<std::int64_t>(bits);
  }
}

Observation row_of(ValueType type, std::int64_t bits, std::int8_t scale = 0) {
  return {.datastream = {}, .type = type, .scale = scale, .bits = bits};
}

Observation real(double value) { return row_of(ValueType::real, std::bit_cast<std::int64_t>(value)); }

bool floating(const std::optional<Number>& number, Observation& row) {
  if (number) row = row_of(number->type, number->bits, number->scale);
  return number.has_value();
}

bool whole(std::uint64_t bits, DataType type, Observation& row) {
  if (type == DataType::boolean) {
    row = row_of(ValueType::boolean, bits != 0);
    return true;
  }
  if (type == DataType::float32 || type == DataType::float64 || type >= DataType::text) return false;
  constexpr std::int64_t kDigits = 999'999'999'999'999'999;  // a decimal has 18
  const std::int64_t number = with_sign(bits, type);
  const bool huge = type == DataType::uint64 && number < 0;
  if (huge || number > kDigits || number < -kDigits)
    row = real(huge ? static_cast<double>(bits) : static_cast<double>(number));
  else row = row_of(ValueType::decimal, number);
  return true;
}

}  // namespace

Taken Rows::add(const std::string& key, const Metric& metric, std::uint32_t datatype,
                std::optional<std::uint64_t> payload_ms) {
  if (metric.null) return Taken::none;
  if (datatype > static_cast<std::uint32_t>(DataType::uuid)) return Taken::kind;
  const auto type = static_cast<DataType>(datatype);
  Observation row;
  std::string_view text;
  if (const auto* bits = std::get_if<std::uint64_t>(&metric.value)) {
    // A time is a text to people, and no number that anybody would average.
    if (type == DataType::date_time) {
      if (*bits > kMostMs) return Taken::kind;
      const auto said = to_iso(Instant::from_ms(static_cast<std::int64_t>(*bits)));
      Metric as_text = metric;
      as_text.value = said;
      return add(key, as_text, static_cast<std::uint32_t>(DataType::text), payload_ms);
    }
    if (!whole(*bits, type, row)) return Taken::kind;
  } else if (const auto* on = std::get_if<bool>(&metric.value)) {
    row = row_of(ValueType::boolean, *on);
  } else if (const auto* single = std::get_if<float>(&metric.value)) {
    if (!floating(ingest::number_of(*single), row)) return Taken::kind;
  } else if (const auto* number = std::get_if<double>(&metric.value)) {
    if (!floating(ingest::number_of(*number), row)) return Taken::kind;
  } else if (const auto* said = std::get_if<std::string>(&metric.value)) {
    if (said->size() > kMostText || !utf8::is_valid(*said)) return Taken::kind;
    row.type = ValueType::text;
    text = *said;
  } else {
    return datatype > static_cast<std::uint32_t>(DataType::unknown) ? Taken::none : Taken::kind;
  }
  const auto at = metric.timestamp_ms ? metric.timestamp_ms : payload_ms;
  const bool timed = at && *at > 0 && *at < kMostMs;
  row.time = timed ? Instant::from_ms(static_cast<std::int64_t>(*at)).ns : now_.ns;
  row.flags = timed ? std::uint16_t{0} : readings::flag::server_time;
  put(key, row, text);
  return Taken::fine;
}

void Rows::add_flag(const std::string& key, bool on) {
  Observation row = row_of(ValueType::boolean, on);
  row.flags = readings::flag::server_time;
  row.time = now_.ns;
  put(key, row, {});
}

void Rows::put(const std::string& key, Observation row, std::string_view text) {
  constexpr std::uint64_t kScope = 0x73704276'312e3000ULL;  // apart from what devices and gateways are called
  const auto hash = ingest::combine(ingest::hash_bytes(thing_, seed_ ^ kScope), key);
  row.datastream = reader_.find(hash);
  if (!row.datastream) {
    const auto [found, fresh] = names_.try_emplace(key, static_cast<std::uint32_t>(into_.names.size()));
    if (fresh) into_.names.push_back({.hash = hash, .thing = {}, .thing_key = thing_, .key = key});
    row.datastream = DatastreamId(ingest::kUnknownSeries | found->second);
  }
  if (row.type == ValueType::text) {
    row.bits = readings::TextRef{into_.batch.text.size(), static_cast<std::uint32_t>(text.size())}.bits();
    into_.batch.text += text;
  }
  into_.batch.rows.push_back(row);
}

}  // namespace qala::sparkplug
