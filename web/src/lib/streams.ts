/** Which of a thing's datastreams speaks for it, by kind: the first that it has. */
import type { Place, Stream } from '../stores/town.svelte';
import { town } from '../stores/town.svelte';

const preferred: Record<string, RegExp[]> = {
  air_station: [/^pm2_5$/, /^pm25$/, /^pm10$/],
  heat_substation: [/supply_temperature/, /supply/, /temp/],
  lamp: [/power/, /state/, /current/],
  feeder: [/current/, /power/, /voltage/],
  bin: [/fill_level/],
  traffic_counter: [/vehicle/, /flow|count/],
  weather_station: [/temp/, /wind/],
  meter: [/power|flow|rate/, /energy|volume|total/],
  bus_stop: [/temp/],
  vehicle: [/speed/],
  bench: [/wifi|usage/],
  camera: [/bitrate/],
  gateway: [/connected/, /rssi/],
  pump: [/current|power|flow/],
};

export function streamsOf(thing: Place): Stream[] {
  return thing.datastreams.map((stream) => town.registry.streams.get(stream.id)).filter((stream) => stream !== undefined);
}
export function keyOf(stream: Stream): string {
  return stream.info?.key ?? stream.key;
}
export function mainStream(thing: Place): Stream | null {
  const all = streamsOf(thing);
  for (const wanted of preferred[thing.kind] ?? []) {
    const found = all.find((stream) => wanted.test(keyOf(stream)));
    if (found) return found;
  }
  return all[0] ?? null;
}
