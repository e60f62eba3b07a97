/** Shapes of what edits the registry. */
import type { components } from './schema';

type Shapes = components['schemas'];

export type Zone = Shapes['Zone'];
export type Property = Shapes['Property'];
export type Datastream = Shapes['Datastream'];
export type Thing = Shapes['Thing'];
export type ThingsAnswer = Shapes['ThingsAnswer'];
/** One thing with everything. `version` changes with any of it: what was seen when a change was begun. */
export type ThingWhole = Shapes['ThingWhole'];
export type WholeDatastream = Shapes['WholeDatastream'];
export type ThingChange = Shapes['ThingChange'];
export type DatastreamChange = Shapes['DatastreamChange'];
/** `changes` null: erased. A field has [before, after], or one value if it was given to something new. */
export type HistoryEntry = Omit<Shapes['HistoryEntry'], 'changes'> & {
  changes: { object: string; fields: Record<string, (string | number)[] | string> }[] | null;
};
export type Credential = Shapes['Credential'];
export type CredentialsAnswer = Shapes['CredentialsAnswer'];
export type Listening = CredentialsAnswer['listening'];
export type ZoneUse = Shapes['ZoneUse'];
export type ImportReport = Shapes['ImportReport'];

export type Unclaimed = Shapes['Unclaimed'];
export type UnclaimedAnswer = Shapes['UnclaimedAnswer'];
export type Claim = Shapes['Claim'];
