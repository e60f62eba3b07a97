import type { Role } from '../api/types';
import { session } from '../stores/session.svelte';

/** The pages there are. The digit is the key, and stays the same when pages between them come. */
export const pages = [
  { page: 'map', digit: 1 },
  { page: 'overview', digit: 2 },
  { page: 'alarms', digit: 3 },
  { page: 'things', digit: 4 },
  { page: 'cameras', digit: 5 },
  { page: 'shift', digit: 7 },
  { page: 'system', digit: 8 },
  { page: 'people', digit: 9, role: 'admin' },
] as const;

/** Those that this user has something to do on. */
export function openPages(): (typeof pages)[number][] {
  return pages.filter((one) => !('role' in one) || session.may(one.role satisfies Role));
}
