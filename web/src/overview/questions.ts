/**
 * Which line stands for each field of the town, as a question to the server: one datastream where a place is meant (the
 * worst air, the coldest substation, the busiest road), all of a kind where the town is.
 */
import type { Alarm } from '../api/types';
import type { Layer } from '../lib/layers';
import { keyOf, streamsOf } from '../lib/streams';
import { alive } from '../lib/trust';
import { unitText } from '../lib/units';
import { labelOf, streamName } from '../lib/words';
import { t } from '../i18n/i18n.svelte';
import type { Place, Registry, Stream } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';

export interface Question {
  /** Names the question: another key, another line. */
  key: string;
  query: Record<string, string | number>;
  /** Multiplies what the server says; what it is then counted in. */
  scale: number;
  unit: string;
  decimals: number;
  fromZero: boolean;
  /** The one thing and datastream it is about, if it is about one. */
  thing: Place | null;
  stream: Stream | null;
}
export interface Scene {
  registry: Registry;
  worst: ReadonlyMap<number, Alarm>;
  peek: (id: number) => Reading | undefined;
  now: number;
  /** The counters of the town, the busiest of the last days first; empty: not known yet. */
  busiest: readonly number[];
  /** Only things of one zone or street. */
  within?: { zone: number } | { street: string };
}
const step = 10;

function single(layer: Layer, found: { thing: Place; stream: Stream }, decimals: number, fromZero: boolean): Question {
  const { thing, stream } = found;
  return {
    key: `${layer}-${stream.id}`, query: { datastreams: stream.id, combine: 'mean', minutes: step }, scale: 1,
    unit: stream.unit || stream.info?.unit || '', decimals, fromZero, thing, stream,
  };
}
interface Whole {
  kind: string;
  property: RegExp;
  combine: 'sum' | 'share' | 'count' | 'rate';
  above?: number;
  minutes?: number;
  unit: string;
  scale?: number;
  decimals?: number;
}
/** All things of a kind; the property is the first that such a thing has. */
function whole(layer: Layer, things: readonly Place[], wish: Whole, scene: Scene): Question | null {
  for (const thing of things) {
    if (thing.kind !== wish.kind) continue;
    const stream = streamsOf(thing).find((candidate) => candidate.info && wish.property.test(candidate.info.key));
    if (!stream?.info) continue;
    const { combine, above, minutes = step } = wish;
    const query = { kind: wish.kind, property: stream.info.key, combine, minutes, ...(above === undefined ? {} : { above }), ...scene.within };
    return {
      key: `${layer}-${Object.values(query).join()}`, query, scale: wish.scale ?? 1, unit: wish.unit, decimals: wish.decimals ?? 0,
      fromZero: combine !== 'share', thing: null, stream: null,
    };
  }
  return null;
}
interface Candidate {
  thing: Place;
  stream: Stream;
  /** NaN: it has not come, or the device has fallen silent. */
  value: number;
}
function candidates(things: readonly Place[], kind: string, property: RegExp, scene: Scene): Candidate[] {
  return things.flatMap((thing) => {
    if (thing.kind !== kind) return [];
    const stream = streamsOf(thing).find((one) => property.test(keyOf(one)));
    if (!stream) return [];
    const reading = scene.peek(stream.id);
    const speaks = alive(reading, scene.now, stream.interval_ms) && typeof reading.value === 'number';
    return [{ thing, stream, value: speaks ? Number(reading.value) : NaN }];
  });
}
/** The one with the most severe alarm on that very datastream, else the one that `better` prefers. */
function chosen(list: readonly Candidate[], scene: Scene, better: (a: number, b: number) => boolean): Candidate | null {
  const severity = (one: Candidate): number => {
    const alarm = scene.worst.get(one.thing.id);
    return alarm?.datastream === one.stream.id && alarm.severity < 4 ? alarm.severity : 9;
  };
  return list.reduce<Candidate | null>((best, one) => {
    if (!best || severity(one) < severity(best)) return one;
    return severity(one) === severity(best) && (better(one.value, best.value) || Number.isNaN(best.value)) ? one : best;
  }, null);
}

export function questionOf(layer: Layer, scene: Scene): Question | null {
  const things = scene.registry.things.filter((thing) => thing.layer === layer);
  if (layer === 'air') {
    const one = chosen(candidates(things, 'air_station', /^pm2_5$/, scene), scene, (a, b) => a > b);
    return one && single(layer, one, 0, true);
  }
  if (layer === 'heat') {
    const one = chosen(candidates(things, 'heat_substation', /^supply_temperature$/, scene), scene, (a, b) => a < b);
    return one && single(layer, one, 1, false);
  }
  if (layer === 'light') return whole(layer, things, { kind: 'lamp', property: /power|state/, combine: 'share', above: 0.5, unit: '%', decimals: 1 }, scene);
  if (layer === 'power') {
    // The unit of the figure above it; a town always has its megawatts.
    const watts = scene.within ? candidates(things, 'meter', /^power$/, scene).reduce((sum, { value }) => sum + (value || 0), 0) : Infinity;
    return whole(layer, things, { kind: 'meter', property: /^power$/, combine: 'sum', decimals: 1, ...(watts < 1e6 ? { unit: 'kW', scale: 1e-3 } : { unit: 'MW', scale: 1e-6 }) }, scene);
  }
  if (layer === 'water') {
    return (
      whole(layer, things, { kind: 'meter', property: /flow/, combine: 'sum', unit: 'm³/h' }, scene) ??
      whole(layer, things, { kind: 'meter', property: /volume/, combine: 'rate', minutes: 30, unit: 'm³/h' }, scene)
    );
  }
  if (layer === 'waste') return whole(layer, things, { kind: 'bin', property: /^fill_level$/, combine: 'count', above: 80, minutes: 30, unit: '' }, scene);
  if (layer === 'traffic') {
    const list = candidates(things, 'traffic_counter', /^vehicle_(flow|count)$/, scene);
    const speaking = new Map(list.filter(({ value }) => !Number.isNaN(value)).map((one) => [one.stream.id, one] as const));
    const busiest = scene.busiest.find((id) => speaking.has(id));
    const one = (busiest !== undefined && speaking.get(busiest)) || chosen(list, scene, (a, b) => a > b);
    return one && single(layer, one, 0, true);
  }
  return null;
}
/** What the line shows, in its corner: "ЖП-3 · Supply, °C". */
export function captionOf(layer: Layer, question: Question): string {
  const unit = unitText(question.unit);
  const what = question.thing && question.stream ? `${labelOf(question.thing)} · ${streamName(question.stream)}` : t(`overview.line.${layer as 'light'}`);
  return unit ? `${what}, ${unit}` : what;
}
