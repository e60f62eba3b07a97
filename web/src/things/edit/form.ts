/**
 * A thing as somebody edits it: what he began from, what it is to become, and the difference, which is all that is sent.
 * Nothing here knows of the screen.
 */
import type { DatastreamChange, ThingChange, ThingWhole, WholeDatastream } from '../../api/types';

export interface Draft {
  key: string;
  name: string;
  kind: string;
  zone: number | null;
  street: string;
  owner: string;
  parent: number | null;
  gateway: number | null;
  lon: number | null;
  lat: number | null;
  installed: string;
  calibrated: string;
  description: string;
}
export type Field = keyof Draft;
export const fields: readonly Field[] = [
  'key', 'name', 'kind', 'zone', 'street', 'owner', 'parent', 'gateway', 'lon', 'lat', 'installed', 'calibrated', 'description',
];

export function draftOf(thing: Partial<ThingWhole>): Draft {
  return {
    key: thing.key ?? '', name: thing.name ?? '', kind: thing.kind ?? 'other', zone: thing.zone ?? null, street: thing.street ?? '',
    owner: thing.owner ?? '', parent: thing.parent ?? null, gateway: thing.gateway ?? null, lon: thing.lon ?? null, lat: thing.lat ?? null,
    installed: thing.installed ?? '', calibrated: thing.calibrated ?? '', description: thing.description ?? '',
  };
}

export interface StreamDraft {
  name: string;
  property: number | null;
  unit: string;
  /** In seconds: what people count in. null: unknown. */
  interval: number | null;
  retention: string;
}
export type StreamField = keyof StreamDraft;
export const streamFields: readonly StreamField[] = ['name', 'property', 'unit', 'interval', 'retention'];

export function streamDraftOf(stream: WholeDatastream): StreamDraft {
  return {
    name: stream.name ?? '', property: stream.property ?? null, unit: stream.own_unit,
    interval: stream.interval_ms ? stream.interval_ms / 1000 : null, retention: stream.retention,
  };
}

export function changed<T extends object>(names: readonly (keyof T)[], before: T, now: T): (keyof T)[] {
  return names.filter((name) => before[name] !== now[name]);
}

/** Only what is different; a position goes as a whole. */
export function thingChange(before: Draft, now: Draft): ThingChange {
  const names = new Set(changed(fields, before, now));
  if (names.has('lon') || names.has('lat')) names.add('lon').add('lat');
  return Object.fromEntries([...names].map((name) => [name, now[name]])) as ThingChange;
}

export function streamChange(before: StreamDraft, now: StreamDraft): DatastreamChange {
  const change: Record<string, unknown> = {};
  for (const name of changed(streamFields, before, now)) {
    if (name === 'interval') change['interval_ms'] = Math.round((now.interval ?? 0) * 1000);
    else change[name] = now[name];
  }
  return change as DatastreamChange;
}

export interface Rebased<T> {
  draft: T;
  /** What somebody else changed meanwhile. */
  theirs: (keyof T)[];
  /** Changed by both, and not to the same: mine would replace theirs. */
  both: (keyof T)[];
}
/** My changes put onto what somebody else has stored meanwhile; nothing of his is lost unless both changed the same. */
export function rebase<T extends object>(names: readonly (keyof T)[], old: T, mine: T, fresh: T): Rebased<T> {
  const draft = { ...fresh };
  const ours = new Set(changed(names, old, mine));
  for (const name of ours) draft[name] = mine[name];
  const theirs = changed(names, old, fresh);
  return { draft, theirs, both: theirs.filter((name) => ours.has(name) && mine[name] !== fresh[name]) };
}

/** "51,98" or "51.98"; null for nothing, NaN for what is no number. */
export function number(text: string): number | null {
  const plain = text.trim().replace(',', '.').replace('−', '-');
  return plain === '' ? null : Number(plain);
}

export type Flaw = 'keyMissing' | 'place' | 'interval';
/** What the server would refuse, said before it is asked. */
export function flawOf(draft: Draft, streams: readonly StreamDraft[]): Flaw | null {
  if (!draft.key.trim()) return 'keyMissing';
  if ((draft.lon === null) !== (draft.lat === null)) return 'place';
  if (draft.lon !== null && draft.lat !== null && !(Math.abs(draft.lon) <= 180 && Math.abs(draft.lat) <= 90)) return 'place';
  return streams.some(({ interval }) => interval !== null && !(interval >= 0 && interval <= 366 * 86_400)) ? 'interval' : null;
}
