/** Search and saved views. */
import type { components } from './schema';

type Shapes = components['schemas'];

/** What the screens do not hold themselves: closed alarms, the shift book, names of users. */
export type SearchAnswer = Shapes['SearchAnswer'];
export type SavedView = Shapes['SavedView'];
export type ViewsAnswer = Shapes['ViewsAnswer'];
