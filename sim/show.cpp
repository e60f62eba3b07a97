#include "sim/show.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time.h"

namespace qala::sim {

namespace {

std::string local_time(Seconds at) { return to_iso(Instant::from_seconds(at + kTownOffset)).substr(0, 19); }

}  // namespace

Result<std::string> show_device(const Options& options, const std::string& key, const Look& look) {
  const Town town = build_town(options.seed, options.things);
  TRY(const Frame frame, frame_of(options, town, 0));
  const std::int32_t index = town.find(key);
  if (index < 0) return fail(ErrorKind::not_found, "this town has no \"" + key + "\"");
  Life life(town, options.seed, options.faults, frame);
  const auto channels = channels_of(town.devices[static_cast<std::size_t>(index)].model);
  std::string out = "time";
  for (const Channel& channel : channels) out += fmt::format(",{}", channel.key);
  for (Seconds at = look.from; at <= look.until; at += look.every) {
    out += "\n" + local_time(at);
    const Reading reading = life.read(static_cast<std::uint32_t>(index), at);
    for (std::size_t c = 0; c < channels.size(); c++) {
      out += ',';
      if (!reading.silent) append_decimal(out, reading.mantissa[c], channels[c].decimals);
    }
  }
  return out + "\n";
}

Result<std::string> show_faults(const Options& options, const Look& look) {
  const Town town = build_town(options.seed, options.things);
  TRY(const Frame frame, frame_of(options, town, 0));
  const Faults faults(options.faults, frame.plot);
  std::string out;
  const auto write = [&](std::string_view what, std::string_view thing, Episode when) {
    JsonWriter json(out);
    json.object().field("what", what).field("thing", thing);
    json.field("from", 1000 * when.from).field("until", 1000 * when.until).end();
    out += '\n';
  };
  for (const Device& device : town.devices) {
    for (const Faults::Fate& fate : faults.fates(device, look.from, look.until))
      write(fate.what, device.key, fate.when);
  }
  if (frame.plot) {
    for (const Event& event : frame.plot->evening().events)
      write(word_of(event.what), event.place, {event.from, event.until});
  }
  return out;
}

}  // namespace qala::sim
