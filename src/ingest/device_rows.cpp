#include "ingest/device_rows.h"

namespace qala::ingest {

DeviceRows::DeviceRows(const SeriesIndex& index, Submission& into, Instant now)
    : reader_(index), seed_(index.seed()), into_(into), now_(now) {}

Result<> DeviceRows::device(std::string_view json, std::string_view device) {
  return parse_device_telemetry(
      json, [&](const TelemetryValue& value) { add(value, device); },
      [&](std::string_view reason, std::string message) { into_.reject(0, reason, std::move(message)); });
}

Result<> DeviceRows::named(std::string_view json, std::string_view thing) {
  named_ = true;
  return device(json, thing);
}

Result<> DeviceRows::gateway(std::string_view json) {
  return parse_gateway_telemetry(
      json, [&](const TelemetryValue& value) { add(value, value.device); },
      [&](std::string_view reason, std::string message) { into_.reject(0, reason, std::move(message)); });
}

void DeviceRows::add(const TelemetryValue& value, std::string_view device) {
  const Source& source = into_.source;
  const bool own = !source.gateway && !source.provisioning && !named_;
  SeriesHash hash;
  if (own) {
    hash = device_series(source.thing, value.key, seed_);
  } else {
    // Names are known per gateway and apart for provisioning and for bridges, so that none can speak for another's
    // devices.
    const std::uint64_t scope = source.gateway ? source.thing.value : named_ ? 0xfffffffeULL : 0xffffffffULL;
    hash = combine(hash_bytes(device, seed_ ^ (scope << 20)), value.key);
  }
  DatastreamId datastream = reader_.find(hash);
  if (!datastream) datastream = unknown(hash, own ? std::string_view() : device, value.key);
  readings::Observation row{.datastream = datastream,
                            .flags = value.time_ns ? std::uint16_t{0} : readings::flag::server_time,
                            .type = value.type,
                            .scale = value.scale,
                            .time = value.time_ns.value_or(now_.ns),
                            .bits = value.bits};
  if (row.type >= readings::ValueType::text) {
    row.bits = readings::TextRef{into_.batch.text.size(), static_cast<std::uint32_t>(value.text.size())}.bits();
    into_.batch.text += value.text;
  }
  into_.batch.rows.push_back(row);
}

DatastreamId DeviceRows::unknown(SeriesHash hash, std::string_view device, std::string_view key) {
  any_unknown_ = true;
  const auto [found, fresh] = names_.try_emplace(hash.slot, static_cast<std::uint32_t>(into_.names.size()));
  if (fresh) {
    into_.names.push_back({.hash = hash,
                           .thing = device.empty() ? into_.source.thing : ThingId(),
                           .thing_key = std::string(device),
                           .key = std::string(key)});
  }
  return DatastreamId(kUnknownSeries | found->second);
}

}  // namespace qala::ingest
