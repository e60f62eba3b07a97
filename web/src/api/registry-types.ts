/** Shapes of what edits the registry: docs/design/api.md, Town and registry. */
import type { Datastream, Thing, Zone } from './types';

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
