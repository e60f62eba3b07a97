/** Shapes of what edits the registry: docs/design/api.md, Town and registry. */
import type { LocalText } from './types';

export interface Zone {
  id: number;
  key: string;
  name: LocalText;
}
export interface Property {
  id: number;
  key: string;
  name: LocalText;
  unit: string;
  decimals: number;
}
export interface Datastream {
  id: number;
  key: string;
  name?: string | null;
  property?: number | null;
  unit?: string | null;
  interval_ms?: number | null;
}
export interface Thing {
  id: number;
  key: string;
  name: string;
  kind: string;
  zone?: number | null;
  street?: string | null;
  owner?: string | null;
  parent?: number | null;
  gateway?: number | null;
  lon?: number | null;
  lat?: number | null;
  installed?: string | null;
  calibrated?: string | null;
  /** File name of its picture: another picture has another name. */
  photo?: string | null;
  datastreams: Datastream[];
}
export interface ThingsAnswer {
  generation: number;
  zones: Zone[];
  properties: Property[];
  things: Thing[];
}
/** One thing with everything. `version` changes with any of it: what was seen when a change was begun. */
export interface ThingWhole extends Thing {
  description: string;
  children: number[];
  version: string;
  datastreams: WholeDatastream[];
}
export interface WholeDatastream extends Datastream {
  retention: string;
  /** Instead of the property's, or empty. */
  own_unit: string;
}
export type ThingChange = Partial<Omit<Thing, 'id' | 'datastreams' | 'photo'> & { description: string }>;
export interface DatastreamChange {
  name?: string;
  property?: number | null;
  unit?: string;
  interval_ms?: number;
  retention?: string;
}
export interface HistoryEntry {
  sequence: number;
  at: number;
  by: string | null;
  action: string;
  object: string;
  /** null: erased. A field has [before, after], or one value if it was given to something new. */
  changes: { object: string; fields: Record<string, (string | number)[] | string> }[] | null;
}
export interface Credential {
  id: number;
  name: string;
  kind: 'token' | 'login' | 'certificate';
  scope: string;
  created: number;
  last_used: number | null;
}
export interface Listening {
  http: number;
  https: number;
  mqtt: number;
  mqtts: number;
}
export interface CredentialsAnswer {
  tokens: Credential[];
  /** Ports; 0: not at all. */
  listening: Partial<Listening>;
}
export interface ZoneUse extends Zone {
  things: number;
}
export interface ImportReport {
  created: number;
  changed: number;
  unchanged: number;
  problems: string[];
}

export interface Unclaimed {
  id: number;
  key: string;
  via: 'provisioning' | 'gateway';
  gateway: number | null;
  first_seen: number;
  last_seen: number;
  readings: number;
  bytes: number;
  last_payload: string;
  keys: string[];
  dropped: number;
}
export interface UnclaimedAnswer {
  devices: Unclaimed[];
  dropped_devices: number;
  limit: { devices: number; readings: number; bytes: number };
}
export interface Claim {
  key?: string;
  name?: string;
  kind?: string;
  zone?: number;
  street?: string;
  lon?: number;
  lat?: number;
}
