/** Where the day's alarms stand: a lane for each severity, a name where it covers nothing. */
import { api } from '../api/api';
import type { Alarm, Thing } from '../api/types';
import { labelOf } from '../lib/words';

export interface Placed {
  alarm: Alarm;
  lane: number;
  from: number;
  to: number;
  /** The thing's name, left of the sign; empty where there is no room. */
  label: string;
}
const most = 200;

/** The newest of the alarms that ended since then. The server knows those of all years: it is asked for these alone. */
export const endedSince = async (from: number): Promise<Alarm[]> => (await api.alarms('closed', { since: from })).alarms;

export function lanesOf(all: readonly Alarm[], range: [number, number], now: number, width: number, size: number, thingOf: (alarm: Alarm) => Thing | undefined): Placed[] {
  const x = (time: number): number => (Math.max(0, Math.min(1, (time - range[0]) / (range[1] - range[0])))) * width;
  const chosen = [...all].sort((a, b) => a.severity - b.severity || b.raised - a.raised).slice(0, most);
  const ends = new Map<number, number>();
  return chosen
    .sort((a, b) => a.raised - b.raised)
    .map((alarm) => {
      const [from, to] = [x(alarm.raised), x(alarm.cleared ?? now)];
      const thing = thingOf(alarm);
      const text = thing ? labelOf(thing) : '';
      const needs = (text.length * 7 + 14) * size;
      const room = from - needs >= (ends.get(alarm.severity) ?? 0);
      ends.set(alarm.severity, Math.max(ends.get(alarm.severity) ?? 0, from + 10 * size));
      return { alarm, lane: alarm.severity - 1, from, to, label: room ? text : '' };
    });
}
