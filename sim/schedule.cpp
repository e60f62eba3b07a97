#include "sim/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/json_writer.h"
#include "sim/chance.h"

namespace qala::sim {

namespace {

void write_values(JsonWriter& json, const Device& device, const Reading& reading) {
  json.object();
  const auto channels = channels_of(device.model);
  for (std::size_t c = 0; c < channels.size(); c++)
    json.key(channels[c].key).decimal(reading.mantissa[c], channels[c].decimals);
  json.end();
}

void write_report(JsonWriter& json, const Town& town, const Report& report) {
  json.object().field("ts", report.time_ms).key("values");
  write_values(json, town.devices[report.device], report.reading);
  json.end();
}

}  // namespace

std::vector<Turn> turns(const Town& town, std::span<const std::uint32_t> devices, Seconds after, Seconds until,
                        Seconds at_least) {
  std::vector<Turn> out;
  for (const std::uint32_t d : devices) {
    const Device& device = town.devices[d];
    const Seconds own = device.interval_s;
    const Seconds every = own >= at_least ? own : (at_least + own - 1) / own * own;
    const Seconds phase =
        device.phase_s + own * static_cast<Seconds>(device.chance % static_cast<std::uint64_t>(every / own));
    Seconds at = (after - phase) / every * every + phase;
    while (at <= after) at += every;
    for (; at <= until; at += every) out.push_back({at, d});
  }
  std::sort(out.begin(), out.end(),
            [](const Turn& a, const Turn& b) { return a.at != b.at ? a.at < b.at : a.device < b.device; });
  return out;
}

void Reporter::report(std::span<const Turn> due, bool live, std::vector<Report>& out) {
  const Faults& faults = life_.faults();
  for (const Turn& turn : due) {
    const Device& device = town_.devices[turn.device];
    if (device.gateway >= 0) {
      const auto loss = faults.gateway_lost(town_.devices[static_cast<std::size_t>(device.gateway)], turn.at);
      if (loss && !loss->keeps) continue;
    }
    const double stamp = timeline_.stamp(static_cast<double>(turn.at));
    Report report{turn.device, turn.at, std::llround(1000 * stamp) + 1000 * faults.clock_error(device, turn.at),
                  life_.read(turn.device, turn.at)};
    if (report.reading.silent) continue;
    if (live && faults.boots_in_1970(device, turn.at)) report.time_ms = 1000 * (turn.at % 600);
    out.push_back(report);
  }
}

void append_line(std::string& out, const Town& town, const Report& report) {
  const Device& device = town.devices[report.device];
  out += "telemetry,thing=";
  out += device.key;
  char before = ' ';
  const auto channels = channels_of(device.model);
  for (std::size_t c = 0; c < channels.size(); c++) {
    out += before;
    before = ',';
    out += channels[c].key;
    out += '=';
    append_decimal(out, report.reading.mantissa[c], channels[c].decimals);
  }
  out += ' ';
  append_decimal(out, report.time_ms, 0);
  out += '\n';
}

std::string device_payload(const Town& town, std::span<const Report> reports) {
  std::string out;
  JsonWriter json(out);
  if (reports.size() == 1) {
    write_report(json, town, reports.front());
    return out;
  }
  json.array();
  for (const Report& report : reports) write_report(json, town, report);
  json.end();
  return out;
}

std::string gateway_payload(const Town& town, std::span<const Report> reports) {
  std::vector<Report> sorted(reports.begin(), reports.end());
  std::sort(sorted.begin(), sorted.end(), [](const Report& a, const Report& b) {
    return a.device != b.device ? a.device < b.device : a.time_ms < b.time_ms;
  });
  std::string out;
  JsonWriter json(out);
  json.object();
  for (std::size_t i = 0; i < sorted.size();) {
    const std::uint32_t device = sorted[i].device;
    json.key(town.devices[device].key).array();
    for (; i < sorted.size() && sorted[i].device == device; i++) write_report(json, town, sorted[i]);
    json.end();
  }
  json.end();
  return out;
}

}  // namespace qala::sim
