/** The shapes of docs/design/api.md. Written by hand, one to one with that page. */
export type * from './registry-types';

import type { ExerciseAnswer } from './rule-types';

export type { DryRun, Exercise, ExerciseAnswer, Rule, RuleChange, RuleClause, RuleHours, RuleTerm, RuleUsage } from './rule-types';

export type Language = 'kk' | 'ru' | 'en';
export type LocalText = Record<Language, string>;
export type Role = 'viewer' | 'operator' | 'engineer' | 'admin';
export type Severity = 1 | 2 | 3 | 4 | 5;

export type ErrorKind =
  | 'not_found'
  | 'invalid'
  | 'conflict'
  | 'denied'
  | 'unavailable'
  | 'timeout'
  | 'corrupt'
  | 'full'
  | 'cancelled'
  | 'internal';

export interface ErrorBody {
  error: { kind: ErrorKind; code: string; message: string; where?: string };
}

/** A role for a part of the town: a zone, a kind of thing, or a kind in a zone. */
export interface RoleGrant {
  role: 'operator' | 'engineer';
  zone?: number;
  kind?: string;
}
export interface Session {
  id: number;
  user: { id: number; name: string; role: Role; language: Language; grants?: RoleGrant[]; second_factor: boolean; provider: boolean };
  csrf: string;
  expires: string | number;
  method: SignInMethod;
  /** The policy wants a second factor first: nothing else is open. */
  must_enrol: boolean;
}
export type SignInMethod = 'password' | 'totp' | 'provider';
/** Signed in, or the ticket of the second step. */
export type SignInAnswer = Session | { second_step: string };
export interface SignInFacts {
  least_length: number;
  /** What stands on the button of the town's provider; null: there is none. */
  provider: LocalText | null;
}
export interface OpenSession {
  id: number;
  user: { id: number; name: string };
  from: string;
  browser: string;
  method: SignInMethod;
  since: number;
  last_seen: number;
  expires: number;
  current: boolean;
}

export interface Town {
  name: LocalText;
  zone: string;
  utc_offset_minutes: number;
  center: [number, number];
  now: string;
  version: string;
  tls: boolean;
}

export interface PlanFeature {
  type: 'Feature';
  geometry: { type: string; coordinates: unknown };
  properties: { layer: string; name?: string | LocalText };
}
export interface Plan {
  type: 'FeatureCollection';
  features: PlanFeature[];
}

/** datastream, milliseconds, value, flags (bits of readings/observation.h) */
export type Scalar = number | boolean | string;
export type ValueRow = [number, number, Scalar, number];
export interface LatestAnswer {
  at: number;
  values: ValueRow[];
}
export type ObservationRow = [number, Scalar, number];
export interface ObservationsAnswer {
  datastream: number;
  values: ObservationRow[];
  more: boolean;
  damaged: unknown[];
}
/** milliseconds, mean, min, max, count, last */
export type BucketRow = [number, number, number, number, number, number];
export type BucketUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
export interface BucketsAnswer {
  datastream: number;
  unit: BucketUnit;
  zone: string;
  buckets: BucketRow[];
}
export interface SeriesAnswer {
  unit: BucketUnit;
  zone: string;
  series: { datastream: number; buckets: [number, number][] }[];
}

/** One figure for many datastreams over the last 24 hours; null where nothing is known. `days`: like days in the range. */
export interface UsualAnswer {
  datastreams: number;
  minutes: number;
  zone: string;
  days: number;
  times: number[];
  now: (number | null)[];
  yesterday: (number | null)[];
  week: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

export type Comparison = '>' | '<' | 'silent' | 'frozen' | 'rate';
export interface AlarmComment {
  at: number;
  by: string;
  text: string;
}
export interface Alarm {
  id: number;
  rule: string;
  severity: Severity;
  condition: 'active' | 'cleared';
  handling: 'unacknowledged' | 'acknowledged';
  thing: number;
  datastream: number | null;
  kind: string;
  zone: number | null;
  raised: number;
  cleared: number | null;
  acknowledged: { at: number; by: string } | null;
  /** Put aside until then; or out of service until taken back. */
  shelved?: { until: number; at: number; by: string; reason: string } | null;
  out_of_service?: { at: number; by: string; reason: string } | null;
  assignee?: string | null;
  /** Unacknowledged for longer than its severity allows, since then. */
  escalated?: number | null;
  value: Scalar | null;
  limit: number | null;
  comparison: Comparison;
  unit: string;
  count: number;
  covers: number;
  cause: number | null;
  comments: AlarmComment[];
  sequence: number;
  /** An exercise raised it, not a reading. */
  exercise?: boolean;
  /** False: it is over, also where nobody has acknowledged it: put aside when it cleared, or of an exercise that has ended. */
  open?: boolean;
}
export type StepName =
  | 'raised' | 'raised_again' | 'cleared' | 'explained' | 'unexplained' | 'acknowledged' | 'commented' | 'shelved' | 'unshelved'
  | 'shelving_over' | 'assigned' | 'out_of_service' | 'in_service' | 'escalated' | 'exercise_over';
export interface AlarmStep {
  at: number;
  /** null: the system. */
  by: string | null;
  step: StepName;
  text: string | null;
  until: number | null;
  value: Scalar | null;
}
export interface AlarmWithHistory extends Alarm {
  history: AlarmStep[];
  history_left_out: number;
}
/** `alarm`: the open one of the pair, if any. */
export interface OutOfServicePair {
  rule: string;
  thing: number;
  at: number;
  by: string;
  reason: string;
  alarm: number | null;
}
export interface AcknowledgedAll {
  acknowledged: number[];
  already: number[];
  unknown: number[];
  not_allowed?: number[];
}
export type { Performance } from './performance-types';
/** All that is open, each alarm in exactly one list; `digest` is what a signature is for. */
export interface OpenItems {
  at: number;
  digest: string;
  count: number;
  unacknowledged: Alarm[];
  acknowledged: Alarm[];
  shelved: Alarm[];
  out_of_service: Alarm[];
  silent: Alarm[];
  explained: Alarm[];
  not_heeded: { rule: string; thing: number; at: number; by: string; reason: string }[];
  problems: { code: string; severity: Severity; text: string }[];
}
export interface Shift {
  id: number;
  who: string;
  started: number;
  ended: number | null;
  offered: number | null;
  note: string;
  accepted_by: string | null;
  open_items: number;
}
export interface ShiftEntry {
  id: number;
  shift: number;
  at: number;
  by: string;
  text: string;
  alarm?: number;
  thing?: number;
}
export interface ShiftAnswer {
  shift: Shift | null;
  entries: ShiftEntry[];
  open: OpenItems;
}
export interface ShiftWhole {
  shift: Shift;
  entries: ShiftEntry[];
  open: OpenItems | null;
}
export type SeverityCounts = Partial<Record<`${Severity}`, number>>;
export interface AlarmsAnswer {
  alarms: Alarm[];
  counts: SeverityCounts;
}

export interface Health {
  /** degraded: somebody must see to it (a problem of severity 1 or 2). */
  state: 'ok' | 'degraded';
  problems: { code: string; severity: Severity; text: string; since: number; params: Record<string, string | number> }[];
  version: string;
  folder_format: number;
  uptime_s: number;
  ingest: {
    per_s: number;
    by_transport: Record<string, number>;
    /** A second: over ten seconds, a minute, an hour. */
    rates: Record<string, [number, number, number]>;
    accepted: number;
    duplicates: number;
    corrected: number;
    late: number;
    restamped: number;
    out_of_range: number;
  };
  rejects: { reason: string; count: number; last: number; samples: { at: number; text: string }[] }[];
  lag_ms: { commit_p50: number; commit_p99: number; rules_p50: number; rules_p99: number; screens_p50: number; screens_p99: number };
  queues: Record<string, number>;
  limits: Record<string, number>;
  writer: { longest_step_ms: number; longest_step: string; sync_last_ms: number; sync_longest_ms: number };
  store: {
    observations: number;
    memory_bytes: number;
    log_bytes: number;
    file_bytes: number;
    files: number;
    overlays: number;
  };
  disk: { free: number; total: number; days_left: number | null };
  certificate: { subject: string; self_signed: boolean; end: number } | null;
  backup: {
    scheduled: boolean;
    running: boolean;
    same_disk: boolean;
    kept: number;
    took_s: number;
    last_good: number | null;
    last_attempt: number | null;
    next: number | null;
    folder: string;
    disk_free: number;
    disk_total: number;
    problem: string;
  };
  notify?: { recipients: number; waiting: number; failing: number; given_up: number; left_out: number };
  clock: { believable: boolean; now: number; offset_s: number | null; zone_rules: string };
  process: { resident: number; peak: number; memory_limit: number | null; descriptors: number; descriptor_limit: number };
  told: { level: 'warn' | 'error'; event: string; count: number; last: number; fields: string }[];
  mqtt: { connections: number; sessions: number; subscriptions: number; retained: number; delivered: number; dropped: number; queued: number; refused: number };
  http: { connections: number; websockets: number; slow_readers: number; refused: number };
}
/** By the minute, oldest first. */
export interface HealthHistory {
  step_s: number;
  until: number;
  readings: Record<string, number[]>;
  lag_ms: Record<string, number[]>;
}
export interface HealthStorage {
  next_run_s: number;
  retention: { class: 'standard' | 'short'; days: number; datastreams: number; bytes: number; readings: number; oldest: number | null; removes: { bytes: number; readings: number } }[];
  months: { start: number; files: number; bytes: number; readings: number }[];
}

export type StreamTopic = 'values' | 'alarms' | 'health' | 'unclaimed' | 'registry';
export type StreamMessage =
  | { type: 'hello'; sequence: number; now: number; version: string }
  | { type: 'values'; sequence: number; values: ValueRow[] }
  | { type: 'alarms'; alarms: Alarm[]; counts: SeverityCounts }
  | ({ type: 'exercise' } & ExerciseAnswer)
  | { type: 'health'; health: Health }
  | { type: 'registry'; generation: number }
  | { type: 'unclaimed'; count: number }
  | { type: 'pong'; ping: number };
