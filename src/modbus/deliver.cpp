#include "modbus/deliver.h"

#include <fmt/format.h>

#include "base/log.h"

namespace qala::modbus {

namespace {

constexpr auto kTransport = ingest::Transport::gateway;  // what Qala fetches counts with what gateways bring

registry::Datastream datastream_for(const registry::Registry::View& view, const Register& one) {
  registry::Datastream stream;
  stream.key = one.key;
  stream.name = one.name.empty() ? one.key : one.name;
  stream.interval_ms = one.at_least_s * 1000;
  const auto* property = one.property.empty() ? registry::guess_property(view, one.key) : view.property(one.property);
  if (!property && !one.property.empty())
    log::warn("a modbus map names an observed property that is not known here",
              {{"property", one.property}, {"register", one.key}});
  // In another unit it is not that property: its limits and rules would judge it wrongly.
  const bool same = property && (one.unit.empty() || one.unit == property->unit);
  if (same) stream.property = property->id;
  else stream.unit = one.unit;
  return stream;
}

}  // namespace

void Deliver::polled(const DeviceSetup& device, Instant at, std::span<const Polled> values) {
  readings::Batch batch;
  if (rows(device, at, values, batch)) return submit(device, std::move(batch));
  writer_.post(
      [this, &device, at, kept = Values(values.begin(), values.end())] {
        if (const auto made = make_missing(device); !made) {
          probe_.reject("name", kept.size(), device.name + ": " + made.error().message, clock_.now());
          log::warn("a modbus device's thing or datastreams cannot be made",
                    {{"device", device.name}, {"why", made.error().message}});
        }
        readings::Batch rest;
        rows(device, at, kept, rest);
        submit(device, std::move(rest));
      },
      "modbus");
}

void Deliver::refused(const DeviceSetup& device, const Register& what, const Value& value, Instant at) {
  const bool range = value.fate == Fate::out_of_range;
  const auto said = range ? fmt::format("{}", value.real) : std::string("not a number");
  probe_.reject(range ? "impossible" : "nan", 1,
                fmt::format("{}: {} at {}: {}", device.name, what.key, what.number, said), at);
}

bool Deliver::rows(const DeviceSetup& device, Instant at, std::span<const Polled> values, readings::Batch& into) const {
  bool all = true;
  into.clear();
  registry_.read([&](const registry::Registry::View& view) {
    const auto* thing = view.thing(device.thing);
    for (const auto& [what, value] : values) {
      const auto* stream = thing ? view.datastream(thing->id, what->key) : nullptr;
      if (!stream) {
        all = false;
        continue;
      }
      into.rows.push_back({.datastream = stream->id,
                           .type = value.number.type,
                           .scale = value.number.scale,
                           .time = at.ns,
                           .bits = value.number.bits});
    }
  });
  return all;
}

Result<> Deliver::make_missing(const DeviceSetup& device) {
  std::vector<registry::Thing> things;
  std::vector<registry::Datastream> streams;
  registry_.read([&](const registry::Registry::View& view) {
    const auto* known = view.thing(device.thing);
    if (!known) {
      registry::Thing thing;
      thing.key = device.thing;
      thing.name = device.name;
      thing.kind = registry::kind_from(device.map->kind).value_or(registry::Kind::other);
      things.push_back(std::move(thing));
    }
    for (const auto& one : device.map->registers) {
      if (known && view.datastream(known->id, one.key)) continue;
      auto stream = datastream_for(view, one);
      stream.thing = known ? known->id : registry::nth_new<ThingId>(0);
      streams.push_back(std::move(stream));
    }
  });
  if (things.empty() && streams.empty()) return {};
  return registry_.put_many(things, streams, {"system", "modbus " + device.name});
}

void Deliver::submit(const DeviceSetup& device, readings::Batch batch) {
  if (batch.rows.empty()) return;
  ingest::Submission submission;
  submission.source = {.transport = kTransport, .name = "modbus " + device.name, .thing = {}};
  submission.batch = std::move(batch);
  submission.done = [](const auto&) {};  // what is not stored is counted there
  intake_.submit(std::move(submission));
}

}  // namespace qala::modbus
