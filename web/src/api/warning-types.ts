/** Shapes of public warnings. */
import type { components } from './schema';

type Shapes = components['schemas'];

export type Warning = Shapes['Warning'];
export type WarningBody = Shapes['WarningBody'];
export type WarningTemplate = Shapes['WarningTemplate'];
export type WarningSetup = Shapes['WarningSetup'];
export type Hazard = Warning['hazard'];
export type WarningState = Warning['state'];
