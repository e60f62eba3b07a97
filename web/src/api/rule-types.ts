/** Rules, what is known of them, and exercises: shapes of docs/design/api.md. */
import type { Comparison, LocalText, Scalar, Severity } from './types';

export interface Rule {
  key: string;
  name: LocalText;
  kind?: string | null;
  zone?: string | null;
  property?: string | null;
  selector?: string | null;
  unit?: string | null;
  comparison: Comparison;
  limit: number;
  clear: number;
  for_s: number;
  per_s: number;
  severity: Severity;
  /** "always", or the times it holds: "night", "heating_season". */
  when: string;
  schedule: RuleHours | null;
  quiet: RuleHours | null;
  or: RuleTerm[];
  and: RuleClause[];
  enabled: boolean;
  explained_by: string[];
  /** What the server says of it besides. */
  origin?: 'default' | 'file' | 'edited';
  overrides?: boolean;
  revision?: string;
}
export interface RuleHours {
  days?: string[];
  from: string;
  to: string;
}
export interface RuleTerm {
  property: string;
  comparison: '>' | '<';
  limit: number;
  clear: number;
}
export interface RuleClause extends RuleTerm {
  or: RuleTerm[];
}
export interface RuleUsage {
  key: string;
  things: number;
  datastreams: number;
  fired: number;
  chattering: boolean;
}
export interface RuleChange {
  at: number;
  action: string;
  by: string | null;
  before: string | null;
  after: string | null;
}
export interface DryRun {
  fired: number;
  things: number;
  datastreams: number;
  readings: number;
  per_day: [number, number][];
  /** thing, how often */
  places: [number, number][];
  examples: { thing: number; datastream: number | null; raised: number; cleared: number | null; value: Scalar | null }[];
  complete: boolean;
  until: number;
}
/** Both lists empty: the whole town. */
export interface Exercise {
  id: number;
  reason: string;
  by: string;
  started: number;
  until: number;
  ended: number | null;
  ended_by: string | null;
  zones: number[];
  things: number[];
}
export interface ExerciseAnswer {
  exercise: Exercise | null;
  /** The whole server is a training copy. */
  town: boolean;
}
