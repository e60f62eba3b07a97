/** The shapes of the interface, by the names that the screens use. They are made of docs/openapi (schema.d.ts, by `npm run check`). */
import type { components } from './schema';

export type * from './registry-types';
export type { Performance } from './performance-types';
export type { DryRun, Exercise, ExerciseAnswer, Rule, RuleChange, RuleClause, RuleHours, RuleTerm, RuleUsage } from './rule-types';

type Shapes = components['schemas'];

export type Language = Shapes['Language'];
export type LocalText = Record<Language, string>;
export type Role = Shapes['Role'];
export type Severity = Shapes['Severity'];
export type ErrorBody = Shapes['Problem'];
export type ErrorKind = ErrorBody['error']['kind'];

export type RoleGrant = Shapes['RoleGrant'];
export type Session = Shapes['Session'];
export type SignInMethod = Shapes['SignInMethod'];
/** Signed in, or the ticket of the second step. */
export type SignInAnswer = Shapes['SignInAnswer'];
export type SignInFacts = Shapes['SignInFacts'];
export type OpenSession = Shapes['OpenSession'];

export type Town = Shapes['Town'];
export type Plan = Shapes['Plan'];
export type PlanFeature = Plan['features'][number];

/** datastream, milliseconds, value, flags (bits of readings/observation.h) */
export type Scalar = Shapes['Scalar'];
export type ValueRow = Shapes['ValueRow'];
export type LatestAnswer = Shapes['LatestAnswer'];
export type ObservationRow = Shapes['ObservationRow'];
export type ObservationsAnswer = Shapes['ObservationsAnswer'];
/** milliseconds, mean, min, max, count, last */
export type BucketRow = Shapes['BucketRow'];
export type BucketUnit = Shapes['BucketUnit'];
export type BucketsAnswer = Shapes['BucketsAnswer'];
export type SeriesAnswer = Shapes['SeriesAnswer'];
/** One figure for many datastreams over the last 24 hours; null where nothing is known. `days`: like days in the range. */
export type UsualAnswer = Shapes['UsualAnswer'];

export type Comparison = Shapes['Comparison'];
export type AlarmComment = Shapes['AlarmComment'];
export type Alarm = Shapes['Alarm'];
export type StepName = Shapes['StepName'];
export type AlarmStep = Shapes['AlarmStep'];
export type AlarmWithHistory = Shapes['AlarmWithHistory'];
/** `alarm`: the open one of the pair, if any. */
export type OutOfServicePair = Shapes['OutOfServicePair'];
export type AcknowledgedAll = Shapes['AcknowledgedAll'];
/** All that is open, each alarm in exactly one list; `digest` is what a signature is for. */
export type OpenItems = Shapes['OpenItems'];
export type Shift = Shapes['Shift'];
export type ShiftEntry = Shapes['ShiftEntry'];
export type ShiftAnswer = Shapes['ShiftAnswer'];
export type ShiftWhole = Shapes['ShiftWhole'];
export type SeverityCounts = Shapes['SeverityCounts'];
export type AlarmsAnswer = Shapes['AlarmsAnswer'];

export type Health = Shapes['Health'];
/** By the minute, oldest first. */
export type HealthHistory = Shapes['HealthHistory'];
export type HealthStorage = Shapes['HealthStorage'];

export type StreamTopic = Shapes['StreamTopic'];
export type StreamMessage = Shapes['StreamMessage'];
