/** The eight fields of the town: layers of the map (Shift+1..8) and cells of the indicator band. */
import type { Thing } from '../api/types';

export const layers = ['air', 'heat', 'light', 'power', 'water', 'waste', 'traffic', 'devices'] as const;
export type Layer = (typeof layers)[number];

const byKind: Record<string, Layer> = {
  air_station: 'air', weather_station: 'air', lamp: 'light', feeder: 'light', heat_substation: 'heat', pump: 'heat',
  bin: 'waste', traffic_counter: 'traffic', vehicle: 'traffic', bus_stop: 'traffic',
};

/** Kind decides; a meter belongs to what it measures. */
export function layerOf(thing: Thing): Layer {
  const known = byKind[thing.kind];
  if (known) return known;
  if (thing.kind !== 'meter') return 'devices';
  const keys = thing.datastreams.map((stream) => stream.key).join(' ');
  if (/water|^volume$/.test(keys)) return 'water';
  if (/heat|supply|return/.test(keys)) return 'heat';
  if (/power|energy|voltage|current|kwh/.test(keys)) return 'power';
  if (/flow|volume/.test(keys)) return 'water';
  return 'devices';
}
