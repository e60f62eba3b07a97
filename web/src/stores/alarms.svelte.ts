/** The open alarms: most severe first, the newest of them first. One list for tray, map, band and rail. */
import { aside } from './aside.svelte';
import { api } from '../api/api';
import type { Alarm, Severity } from '../api/types';
import { Newest } from '../lib/newest';

/** Milliseconds in which changes are gathered. A timer and no frame: a page that nobody sees draws none, and has to ring. */
const gather = 20;

/** By what it is, not by who has answered: a row does not move away under the hand that acknowledges it. */
export function order(a: Alarm, b: Alarm): number {
  return a.severity - b.severity || b.raised - a.raised || b.id - a.id;
}
/** An alarm is over when it is cleared and acknowledged, and nobody has put it aside for a time. */
export function isOpen(alarm: Alarm): boolean {
  return alarm.open;
}
/** Not in the tray: somebody has put it aside until a time, or its rule is out of service for this thing. */
export function isAside(alarm: Alarm): boolean {
  return Boolean(alarm.shelved) || Boolean(alarm.out_of_service);
}

class Alarms {
  /** The tray. */
  list: Alarm[] = $state.raw([]);
  shelved: Alarm[] = $state.raw([]);
  outOfService: Alarm[] = $state.raw([]);
  loaded = $state(false);
  private readonly map = new Map<number, Alarm>();
  private waiting = false;
  private readonly lists = new Newest();
  /** For each list that is awaited, what became known since it was asked for: the list may be older than that. */
  private readonly since = new Set<Map<number, Alarm>>();

  /** Worst open alarm of each thing; among equals the one that waits for an answer. */
  readonly byThing: Map<number, Alarm> = $derived.by(() => {
    const worst = new Map<number, Alarm>();
    for (const alarm of this.list) {
      const known = worst.get(alarm.thing);
      // What is real comes first: an exercise hides nothing.
      if (known && Boolean(known.exercise) !== Boolean(alarm.exercise)) {
        if (known.exercise) worst.set(alarm.thing, alarm);
        continue;
      }
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
  /**
   * The worst of a thing. One that is being looked at and waits for an answer stays until it has it, lest the answer be
   * another's that was raised a moment before; but what is only practised gives way to what is real.
   */
  ofThing(thing: number, looked: number | null): Alarm | undefined {
    const worst = this.byThing.get(thing);
    const stays = this.list.find((alarm) => alarm.id === looked && alarm.thing === thing && alarm.handling === 'unacknowledged');
    return stays && Boolean(stays.exercise) === Boolean(worst?.exercise) ? stays : worst;
  }
  replace(all: readonly Alarm[], since: readonly Alarm[] = []): void {
    this.map.clear();
    for (const alarm of [...all, ...since]) this.keep(alarm);
    this.show();
    this.loaded = true;
  }
  put(changed: readonly Alarm[]): void {
    // The pair stays when its alarm is over: only the server's list tells.
    if (changed.some((alarm) => alarm.out_of_service ?? this.map.get(alarm.id)?.out_of_service)) void aside.load().catch(() => undefined);
    for (const alarm of changed) {
      this.keep(alarm);
      for (const known of this.since) known.set(alarm.id, alarm);
    }
    // The timers of a page that nobody sees may sleep for a minute.
    if (typeof document !== 'undefined' && document.hidden) return this.show();
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(this.show, gather);
  }
  private keep(alarm: Alarm): void {
    // One that another explains stands behind it, as in the server's list: of its end nobody tells.
    if (isOpen(alarm) && alarm.cause === null) this.map.set(alarm.id, alarm);
    else this.map.delete(alarm.id);
  }
  async load(): Promise<void> {
    const known = new Map<number, Alarm>();
    this.since.add(known);
    const asked = this.lists.ask(() => api.alarms('open'), ({ alarms }) => this.replace(alarms, [...known.values()]));
    await asked.finally(() => this.since.delete(known));
  }
  async acknowledge(id: number): Promise<void> {
    this.put([await api.acknowledge(id)]);
  }
  /** The changed ones come over the stream, too; those of this answer are asked for at once. */
  async acknowledgeAll(ids: readonly number[]): Promise<number> {
    const { acknowledged } = await api.acknowledgeAll(ids);
    await this.load();
    return acknowledged.length;
  }
  async shelve(id: number, until: number, reason: string): Promise<void> {
    this.put([await api.shelve(id, until, reason)]);
  }
  async unshelve(id: number): Promise<void> {
    this.put([await api.unshelve(id)]);
  }
  async assign(id: number, assignee: string | null): Promise<void> {
    this.put([await api.assign(id, assignee)]);
  }
  async setService(alarm: Alarm, reason: string | null): Promise<void> {
    if (reason === null) await api.inService(alarm.rule, alarm.thing);
    else await api.outOfService(alarm.rule, alarm.thing, reason);
    await this.load();
  }
  async putBack(rule: string, thing: number): Promise<void> {
    await api.inService(rule, thing);
    await this.load();
  }
  async comment(id: number, text: string): Promise<void> {
    this.put([await api.comment(id, text)]);
  }
  private readonly show = (): void => {
    this.waiting = false;
    const all = [...this.map.values()].sort(order);
    this.list = all.filter((alarm) => !isAside(alarm));
    this.outOfService = all.filter((alarm) => alarm.out_of_service);
    this.shelved = all.filter((alarm) => alarm.shelved && !alarm.out_of_service);
  };
}
export const alarms = new Alarms();
