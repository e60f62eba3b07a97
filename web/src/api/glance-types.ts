/** Search and saved views, as docs/design/api.md has them. */
import type { Alarm, ShiftEntry } from './types';

/** What the screens do not hold themselves: closed alarms, the shift book, names of users. */
export interface SearchAnswer {
  alarms: Alarm[];
  entries: ShiftEntry[];
  people: string[];
}
export interface SavedView {
  id: number;
  name: string;
  page: string;
  address: string;
  owner: string;
  own: boolean;
  shared: boolean;
  created: number;
  changed: number;
}
export interface ViewsAnswer {
  views: SavedView[];
  start: number | null;
  limit: { own: number; shared: number };
}
