#include "sparkplug/payload.h"

#include <memory>

#include "payload.pb-c.h"

namespace qala::sparkplug {

namespace {

using WirePayload = Qala__Sparkplug__Wire__Payload;
using WireMetric = Qala__Sparkplug__Wire__Metric;

struct Free {
  void operator()(WirePayload* payload) const { qala__sparkplug__wire__payload__free_unpacked(payload, nullptr); }
};

Metric metric_of(const WireMetric& wire) {
  Metric out;
  if (wire.name) out.name = wire.name;
  if (wire.has_alias) out.alias = wire.alias;
  if (wire.has_timestamp) out.timestamp_ms = wire.timestamp;
  if (wire.has_datatype) out.datatype = wire.datatype;
  out.historical = wire.has_is_historical && wire.is_historical;
  out.null = wire.has_is_null && wire.is_null;
  switch (wire.value_case) {
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_INT_VALUE: out.value = std::uint64_t{wire.int_value}; break;
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_LONG_VALUE: out.value = std::uint64_t{wire.long_value}; break;
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_FLOAT_VALUE: out.value = wire.float_value; break;
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_DOUBLE_VALUE: out.value = wire.double_value; break;
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_BOOLEAN_VALUE: out.value = wire.boolean_value != 0; break;
    case QALA__SPARKPLUG__WIRE__METRIC__VALUE_STRING_VALUE: out.value = std::string(wire.string_value); break;
    default: break;
  }
  return out;
}

}  // namespace

Result<Payload> parse_payload(std::string_view bytes) {
  const std::unique_ptr<WirePayload, Free> wire(qala__sparkplug__wire__payload__unpack(
      nullptr, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data())));
  if (!wire) return fail(ErrorKind::invalid, "this is not a Sparkplug B payload");
  Payload out;
  if (wire->has_timestamp) out.timestamp_ms = wire->timestamp;
  if (wire->has_seq) out.seq = wire->seq;
  out.compressed = wire->uuid && std::string_view(wire->uuid) == "SPBV1.0_COMPRESSED";
  out.too_many = wire->n_metrics > kMostMetrics;
  if (out.too_many) return out;
  out.metrics.reserve(wire->n_metrics);
  for (std::size_t i = 0; i < wire->n_metrics; i++) out.metrics.push_back(metric_of(*wire->metrics[i]));
  return out;
}

std::string rebirth_command(std::int64_t now_ms) {
  std::string name = "Node Control/Rebirth";
  WireMetric metric = QALA__SPARKPLUG__WIRE__METRIC__INIT;
  metric.name = name.data();
  metric.has_timestamp = metric.has_datatype = 1;
  metric.timestamp = static_cast<std::uint64_t>(now_ms);
  metric.datatype = static_cast<std::uint32_t>(DataType::boolean);
  metric.value_case = QALA__SPARKPLUG__WIRE__METRIC__VALUE_BOOLEAN_VALUE;
  metric.boolean_value = 1;
  WireMetric* metrics[] = {&metric};
  WirePayload payload = QALA__SPARKPLUG__WIRE__PAYLOAD__INIT;
  payload.has_timestamp = 1;
  payload.timestamp = metric.timestamp;
  payload.n_metrics = 1;
  payload.metrics = metrics;
  std::string out(qala__sparkplug__wire__payload__get_packed_size(&payload), '\0');
  qala__sparkplug__wire__payload__pack(&payload, reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

}  // namespace qala::sparkplug
