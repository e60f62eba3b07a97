/** Rules, what is known of them, and exercises. */
import type { components } from './schema';

type Shapes = components['schemas'];

/** What the server says besides is not there while a rule is being written. */
export type Rule = Omit<Shapes['Rule'], 'origin' | 'overrides' | 'revision'> & Partial<Pick<Shapes['Rule'], 'origin' | 'overrides' | 'revision'>>;
export type RuleHours = Shapes['QuietHours'] & Partial<Pick<Shapes['Hours'], 'days'>>;
export type RuleTerm = Shapes['RuleTerm'];
export type RuleClause = Shapes['RuleClause'];
export type RuleUsage = Shapes['RuleUsage'];
export type RuleChange = Shapes['RuleChange'];
export type DryRun = Shapes['DryRun'];
/** Both lists empty: the whole town. */
export type Exercise = Shapes['Exercise'];
export type ExerciseAnswer = Shapes['ExerciseAnswer'];
