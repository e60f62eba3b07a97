/** Which alarm stands in front: the most severe that nobody has answered; among equals the newest. Pure. */
import type { Alarm } from '../api/types';

export interface Queue {
  front: Alarm | null;
  /** Below it, in the same order. */
  next: Alarm[];
  /** How many wait that are not shown. */
  more: number;
  /** Open, but answered. */
  answered: number;
}
/** `list` as the store keeps it: most severe first, newest first. `rows`: how many there is room for below the front. */
export function queueOf(list: readonly Alarm[], rows: number): Queue {
  const all = list.filter((alarm) => alarm.handling === 'unacknowledged');
  // What an exercise raised stands behind whatever is real.
  const waiting = [...all.filter((alarm) => !alarm.exercise), ...all.filter((alarm) => alarm.exercise)];
  return {
    front: waiting[0] ?? null,
    next: waiting.slice(1, 1 + rows),
    more: Math.max(0, waiting.length - 1 - rows),
    answered: list.length - waiting.length,
  };
}
