/** The open alarms: most severe first, the newest of them first. One list for tray, map, band and rail. */
import { api } from '../api/api';
import type { Alarm, Severity } from '../api/types';

/** By what it is, not by who has answered: a row does not move away under the hand that acknowledges it. */
export function order(a: Alarm, b: Alarm): number {
  return a.severity - b.severity || b.raised - a.raised || b.id - a.id;
}
/** An alarm leaves the tray when it is cleared and acknowledged. */
export function isOpen(alarm: Alarm): boolean {
  return alarm.condition === 'active' || alarm.handling === 'unacknowledged';
}

class Alarms {
  list: Alarm[] = $state.raw([]);
  loaded = $state(false);
  private readonly map = new Map<number, Alarm>();
  private waiting = false;

  /** Worst open alarm of each thing; among equals the one that waits for an answer. */
  readonly byThing: Map<number, Alarm> = $derived.by(() => {
    const worst = new Map<number, Alarm>();
    for (const alarm of this.list) {
      const known = worst.get(alarm.thing);
      const waits = known?.severity === alarm.severity && known.handling === 'acknowledged' && alarm.handling === 'unacknowledged';
      if (!known || waits) worst.set(alarm.thing, alarm);
    }
    return worst;
  });
  /** How many of each severity, and whether one of them waits for an answer. */
  readonly tally: { severity: Severity; count: number; waiting: boolean }[] = $derived.by(() =>
    ([1, 2, 3, 4, 5] as const).map((severity) => {
      const of = this.list.filter((alarm) => alarm.severity === severity);
      return { severity, count: of.length, waiting: of.some((alarm) => alarm.handling === 'unacknowledged') };
    }),
  );
  readonly worstWaiting: Severity | null = $derived(this.tally.find((row) => row.waiting)?.severity ?? null);

  get(id: number): Alarm | undefined {
    void this.list;
    return this.map.get(id);
  }
  replace(all: readonly Alarm[]): void {
    this.map.clear();
    for (const alarm of all) this.map.set(alarm.id, alarm);
    this.show();
    this.loaded = true;
  }
  put(changed: readonly Alarm[]): void {
    for (const alarm of changed) {
      if (isOpen(alarm)) this.map.set(alarm.id, alarm);
      else this.map.delete(alarm.id);
    }
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(this.show);
  }
  async load(): Promise<void> {
    this.replace((await api.alarms('open')).alarms);
  }
  async acknowledge(id: number): Promise<void> {
    this.put([await api.acknowledge(id)]);
  }
  async comment(id: number, text: string): Promise<void> {
    this.put([await api.comment(id, text)]);
  }
  private readonly show = (): void => {
    this.waiting = false;
    this.list = [...this.map.values()].sort(order);
  };
}
export const alarms = new Alarms();
