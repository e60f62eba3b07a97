/** From registry, values and alarms to what the map draws. Pure functions: the map itself is in town-map.ts. */
import type { FeatureCollection } from 'geojson';
import type { Alarm, Plan } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import type { Layer } from '../lib/layers';
import { mainStream } from '../lib/streams';
import { alive, freshness } from '../lib/trust';
import type { Dot, Obstacle } from './cluster';
import type { Area, Lamp } from './live-canvas';
import type { Place, Registry } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';

export type Shown = Record<Layer, boolean>;
/** Things that carry a value tag of their own instead of a place in a cluster. */
export const tagged = new Set(['air_station', 'heat_substation']);

interface Located extends Place {
  lon: number;
  lat: number;
}
export function located(thing: Place | undefined): thing is Located {
  return typeof thing?.lon === 'number' && typeof thing.lat === 'number' && Math.abs(thing.lon) <= 180 && Math.abs(thing.lat) < 86;
}
/** Silent for longer than 1.5 intervals: judged by the datastream that spoke last. */
export function isStale(thing: Place, now: number, peek: (id: number) => Reading | undefined): boolean {
  let known = false;
  for (const stream of thing.datastreams) {
    const reading = peek(stream.id);
    if (!reading) continue;
    known = true;
    if (freshness(now - reading.at, stream.interval_ms) === 'fresh') return false;
  }
  return known || thing.datastreams.length > 0;
}

/** Everything that is drawn as a dot or in a cluster: not lamps, not what has a tag, not what has a call-out. */
export function thingDots(registry: Registry, shown: Shown, worst: Map<number, Alarm>, stale: ReadonlySet<number>, skip: ReadonlySet<number>): Dot[] {
  const dots: Dot[] = [];
  for (const thing of registry.things) {
    if (!located(thing) || !shown[thing.layer] || thing.kind === 'lamp' || tagged.has(thing.kind) || skip.has(thing.id)) continue;
    const alarm = worst.get(thing.id);
    const icon = alarm ? `s${alarm.severity}${alarm.handling === 'unacknowledged' ? 'f' : 'o'}` : `${thing.kind === 'camera' ? 'camera' : 'dot'}${stale.has(thing.id) ? '-stale' : ''}`;
    dots.push({ id: thing.id, lon: thing.lon, lat: thing.lat, worst: alarm?.severity ?? 9, icon });
  }
  return dots;
}

/** What clusters must leave free: tags, things with call-outs, names of zones and places. */
export function obstaclesOf(registry: Registry, shown: Shown, skip: ReadonlySet<number>, plan: Plan | null): Obstacle[] {
  const found: Obstacle[] = [];
  for (const thing of registry.things) {
    if (!located(thing) || !shown[thing.layer]) continue;
    if (skip.has(thing.id)) found.push({ lon: thing.lon, lat: thing.lat, w: 14, h: 14 });
    else if (tagged.has(thing.kind)) found.push({ lon: thing.lon, lat: thing.lat, w: 50, h: 11 });
  }
  for (const feature of plan?.features ?? []) {
    const wide = { zone_name: 5.8, place_name: 3.6 }[feature.properties.layer];
    if (!wide || feature.geometry.type !== 'Point') continue;
    const [lon, lat] = feature.geometry.coordinates as [number, number];
    found.push({ lon, lat, w: wide * pick(feature.properties.name).length, h: 9 });
  }
  return found;
}

/**
 * A lit lamp is a quiet dot; a dark one under an alarm (its own or its feeder's) an open ring in that alarm's colour. Of one
 * whose last word is over, or of all without the server, nobody knows whether they are lit. `now`: null without the server.
 */
export function lampsOf(registry: Registry, shown: Shown, worst: Map<number, Alarm>, now: number | null, peek: (id: number) => Reading | undefined): Lamp[] {
  if (!shown.light) return [];
  const lamps: Lamp[] = [];
  for (const thing of registry.things) {
    if (thing.kind !== 'lamp' || !located(thing)) continue;
    const stream = mainStream(thing);
    const reading = peek(stream?.id ?? -1);
    const speaks = now !== null && alive(reading, now, stream?.interval_ms);
    const lit = speaks && Number(reading.value) > 0.5;
    const alarm = worst.get(thing.id) ?? worst.get(thing.parent ?? -1);
    const dark = alarm !== undefined && !lit;
    const state = dark ? 'dark' : lit ? 'lit' : speaks ? 'off' : 'unknown';
    lamps.push({ id: thing.id, lon: thing.lon, lat: thing.lat, state, severity: dark ? alarm.severity : null });
  }
  return lamps;
}

/** Convex hull, widened a little, so that an area holds its outermost houses. */
export function hull(points: [number, number][], widen = 1.06): [number, number][] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const cross = (o: number[], a: number[], b: number[]): number => (a[0]! - o[0]!) * (b[1]! - o[1]!) - (a[1]! - o[1]!) * (b[0]! - o[0]!);
  const half = (list: [number, number][]): [number, number][] => {
    const out: [number, number][] = [];
    for (const p of list) {
      while (out.length >= 2 && cross(out.at(-2)!, out.at(-1)!, p) <= 0) out.pop();
      out.push(p);
    }
    return out.slice(0, -1);
  };
  const ring = [...half(sorted), ...half(sorted.reverse())];
  const mid = [0, 1].map((axis) => ring.reduce((sum, p) => sum + p[axis]!, 0) / ring.length);
  return ring.map((p) => [mid[0]! + (p[0] - mid[0]!) * widen, mid[1]! + (p[1] - mid[1]!) * widen]);
}

/** Where the worst alarms reach: the houses behind a substation, the air round a station. */
export function areasOf(registry: Registry, shown: Shown, alarms: readonly Alarm[]): Area[] {
  const areas: Area[] = [];
  for (const { thing: id, condition, severity } of alarms) {
    const thing = registry.byId.get(id);
    if (!located(thing) || !shown[thing.layer] || condition !== 'active') continue;
    if (thing.kind === 'air_station') areas.push({ severity, ring: [[thing.lon, thing.lat]], radius: 700 });
    if (thing.kind !== 'heat_substation') continue;
    const behind = (registry.children.get(thing.id) ?? []).map((child) => registry.byId.get(child)).filter(located);
    if (behind.length > 2) areas.push({ severity, ring: hull(behind.map(({ lon, lat }): [number, number] => [lon, lat])), radius: null });
  }
  return areas;
}

/** The plan without its names: those are written above. */
export function groundFeatures(plan: Plan): FeatureCollection {
  return { type: 'FeatureCollection', features: plan.features.filter((feature) => !/_name$/.test(feature.properties.layer)) } as FeatureCollection;
}

/** The box that holds nine tenths of all things: what the map shows first. */
export function homeBox(registry: Registry): [[number, number], [number, number]] | null {
  const all = registry.things.filter(located);
  if (all.length === 0) return null;
  const range = (list: number[]): [number, number] => {
    list.sort((a, b) => a - b);
    return [list[Math.floor(list.length * 0.03)]!, list[Math.ceil(list.length * 0.97) - 1]!];
  };
  const [west, east] = range(all.map((thing) => thing.lon));
  const [south, north] = range(all.map((thing) => thing.lat));
  return [[west, south], [east, north]];
}
