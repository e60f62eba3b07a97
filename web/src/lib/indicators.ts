/**
 * The eight figures of the band, worked out from what the town's devices say now. Nothing is made up: a field without
 * devices has no figure, one without a known needed range has no range.
 */
import type { Alarm, Severity } from '../api/types';
import { limitsFor } from '../graph/limits';
import { num, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import type { Place, Stream } from '../stores/town.svelte';
import { town } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';
import { type Layer, layers } from './layers';
import { keyOf, mainStream, streamsOf } from './streams';
import { alive } from './trust';
import { unitText } from './units';
import { labelOf } from './words';

export interface Indicator {
  layer: Layer;
  value: string;
  of: string;
  unit: string;
  note: string;
  /** Where the pointer stands and which part is the needed range, 0 to 1; null: not known. */
  position: number | null;
  range: [number, number] | null;
  severity: Severity | null;
  waiting: boolean;
}
export interface Scene {
  now: number;
  offline: boolean;
  worst: Map<number, Alarm>;
  peek: (id: number) => Reading | undefined;
  /** Town's water consumption in m³/h, from the meters' last full hour; null if not known. */
  waterFlow: number | null;
}
type Figure = Pick<Indicator, 'value'> & Partial<Indicator>;
interface Sample {
  thing: Place;
  stream: Stream;
  value: number;
}

const clamp = (x: number): number => Math.max(0.02, Math.min(0.98, x));

/** Fresh numbers of one property over some things. */
function samples(things: readonly Place[], key: RegExp, scene: Scene): Sample[] {
  const found: Sample[] = [];
  for (const thing of things) {
    const stream = streamsOf(thing).find((candidate) => key.test(keyOf(candidate)));
    const reading = stream && scene.peek(stream.id);
    if (!stream || typeof reading?.value !== 'number') continue;
    if (alive(reading, scene.now, stream.interval_ms)) found.push({ thing, stream, value: reading.value });
  }
  return found;
}
function limitOf({ thing, stream }: Sample, comparison: '>' | '<'): number | null {
  return limitsFor(thing, stream).find(({ above }) => above === (comparison === '>'))?.value ?? null;
}
const top = (list: readonly Sample[]): Sample | undefined => list.reduce<Sample | undefined>((best, one) => (!best || one.value > best.value ? one : best), undefined);
const low = (list: readonly Sample[]): Sample | undefined => list.reduce<Sample | undefined>((best, one) => (!best || one.value < best.value ? one : best), undefined);
const sum = (list: readonly Sample[]): number => list.reduce((total, one) => total + one.value, 0);
const placeOf = (thing: Place): string => town.zoneName(thing.zone) || thing.key;

function air(things: readonly Place[], scene: Scene): Figure | null {
  const list = samples(things, /^pm2_5$/, scene);
  const worst = top(list);
  if (!worst) return null;
  const limit = limitOf(worst, '>');
  const most = limit ? Math.max(limit * 1.4, worst.value * 1.1) : null;
  return {
    value: num(worst.value, 0),
    unit: unitText('µg/m³'),
    note: t('band.air', { place: placeOf(worst.thing), mean: num(sum(list) / list.length, 0) }),
    ...(limit && most ? { position: worst.value / most, range: [0, limit / most] } : {}),
  };
}
function heat(things: readonly Place[], scene: Scene): Figure | null {
  const stations = things.filter((thing) => thing.kind === 'heat_substation');
  if (stations.length === 0) return null;
  const fine = stations.filter((thing) => scene.worst.get(thing.id)?.condition !== 'active');
  const coldest = low(samples(stations, /^supply_temperature$/, scene));
  const need = coldest ? limitOf(coldest, '<') : null;
  const note = coldest ? t('band.heat', { key: labelOf(coldest.thing), value: num(coldest.value, 1) + nbsp + '°C' }) : '';
  const figure = { value: num(fine.length), of: num(stations.length), note };
  if (!coldest || need === null) return figure;
  const from = need - 40;
  const to = need + 35;
  return { ...figure, position: (coldest.value - from) / (to - from), range: [(need - from) / (to - from), 1] };
}
function light(things: readonly Place[], scene: Scene): Figure | null {
  const lamps = things.filter((thing) => thing.kind === 'lamp');
  if (lamps.length === 0) return null;
  let lit = 0;
  let known = 0;
  for (const lamp of lamps) {
    const stream = mainStream(lamp);
    const reading = scene.peek(stream?.id ?? -1);
    const speaks = alive(reading, scene.now, stream?.interval_ms);
    // Of a silent one nobody knows, unless an alarm says that it is dark: a street that went out is not left out.
    if (speaks || scene.worst.has(lamp.id) || scene.worst.has(lamp.parent ?? -1)) known += 1;
    if (speaks && Number(reading.value) > 0.5) lit += 1;
  }
  if (known === 0) return null;
  const share = lit / known;
  const feeders = things.map((thing) => scene.worst.get(thing.id)).filter((alarm) => alarm?.condition === 'active' && alarm.covers > 1);
  const worst = feeders.sort((a, b) => a!.severity - b!.severity)[0];
  const feeder = worst && town.registry.byId.get(worst.thing);
  const note = feeder ? t('band.feeder', { key: labelOf(feeder), n: worst.covers }) : share < 0.05 ? t('band.day') : t('band.dark', { n: known - lit });
  return { value: num(lit), of: num(known), note, position: share, range: share < 0.05 ? null : [0.95, 1] };
}
function power(things: readonly Place[], scene: Scene): Figure | null {
  const here = new Set(things.map((thing) => thing.id));
  const list = samples(things.filter((thing) => !here.has(thing.parent ?? -1)), /^power$/, scene);
  if (list.length === 0) return null;
  const watts = sum(list);
  const mega = watts >= 1e6;
  return { value: num(watts / (mega ? 1e6 : 1e3), 1), unit: unitText(mega ? 'MW' : 'kW'), note: t('band.meters', { n: list.length }) };
}
function water(things: readonly Place[], scene: Scene): Figure | null {
  const flows = samples(things, /flow/, scene);
  const flow = flows.length ? sum(flows) : scene.waterFlow;
  if (flow === null) return null;
  const note = flows.length ? t('band.meters', { n: flows.length }) : t('band.lastHour', { n: things.length });
  return { value: num(flow, flow < 10 ? 1 : 0), unit: unitText('m³/h'), note };
}
function waste(things: readonly Place[], scene: Scene): Figure | null {
  const list = samples(things, /^fill_level$/, scene);
  if (list.length === 0) return null;
  const full = list.filter((one) => one.value > 80).length;
  return { value: num(full), of: num(list.length), note: t('band.full'), position: full / list.length };
}
function traffic(things: readonly Place[], scene: Scene): Figure | null {
  const busiest = top(samples(things, /^vehicle_(flow|count)$/, scene));
  if (!busiest) return null;
  return { value: num(busiest.value, 0), unit: unitText('veh/h'), note: busiest.thing.street || placeOf(busiest.thing) };
}
function devices(things: readonly Place[], scene: Scene): Figure | null {
  const all = things.filter((thing) => thing.datastreams.length > 0);
  if (all.length === 0) return null;
  const silent = all.filter((thing) =>
    thing.datastreams.every((stream) => {
      const reading = scene.peek(stream.id);
      return !alive(reading, scene.now, stream.interval_ms);
    }),
  ).length;
  return { value: num(silent), note: t('band.silent', { n: all.length }), position: silent / all.length };
}

const figures: Record<Layer, (things: Place[], scene: Scene) => Figure | null> = {
  air, heat, light, power, water, waste, traffic, devices,
};

/** Of the whole town, or of the things of a zone or street. */
export function indicators(scene: Scene, all: readonly Place[] = town.registry.things): Indicator[] {
  const fields = Object.groupBy(all, (thing) => thing.layer);
  const result: Indicator[] = [];
  for (const layer of layers) {
    const things = fields[layer] ?? [];
    if (things.length === 0 && layer !== 'devices') continue;
    // A field whose figure is not known yet keeps its place: operators learn places.
    const figure = figures[layer](layer === 'devices' ? [...all] : things, scene) ?? { value: '—' };
    const open = things.map((thing) => scene.worst.get(thing.id)).filter((alarm) => alarm !== undefined);
    const worst = open.sort((a, b) => a.severity - b.severity || (a.handling < b.handling ? 1 : -1))[0];
    result.push({
      layer, of: '', unit: '', note: '', range: null, ...figure,
      position: figure.position === undefined || figure.position === null ? null : clamp(figure.position),
      severity: worst && worst.severity < 4 ? worst.severity : null,
      waiting: worst?.handling === 'unacknowledged',
    });
  }
  return result;
}
