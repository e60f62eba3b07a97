/** The shift as the server has it, and its two signatures. */
import { api, ApiError } from '../api/api';
import type { Alarm, OpenItems, Shift, ShiftAnswer } from '../api/types';
import { Asking } from '../lib/asking.svelte';
import { Newest } from '../lib/newest';
import { session } from '../stores/session.svelte';

/** The lists of a book in the order of their weight. */
export const sections = ['unacknowledged', 'acknowledged', 'shelved', 'out_of_service', 'silent', 'explained'] as const;
export type Section = (typeof sections)[number];

export function keyOf(section: Section, alarm: Alarm): string {
  return `${section} ${alarm.id} ${alarm.handling} ${alarm.severity}`;
}
export function keysOf(open: OpenItems): Set<string> {
  return new Set([
    ...sections.flatMap((section) => open[section].map((alarm) => keyOf(section, alarm))),
    ...open.not_heeded.map((pair) => `pair ${pair.rule} ${pair.thing}`),
    ...open.problems.map((problem) => `problem ${problem.code}`),
  ]);
}

class ShiftStore extends Asking {
  answer: ShiftAnswer | null = $state.raw(null);
  failed: unknown = $state.raw(null);
  /** What is new since somebody tried to sign: shown with a mark until the next look. */
  fresh: ReadonlySet<string> = $state.raw(new Set());
  private readonly newest = new Newest();
  private readonly books = new Newest();

  get mine(): boolean {
    return this.answer?.shift?.who === session.user?.name;
  }
  async load(): Promise<void> {
    try {
      await this.newest.ask(api.shift, (answer) => (this.answer = answer));
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  /** The earlier shifts in whose books the words are; asked again for each letter. */
  async find(words: string, take: (ended: Shift[]) => void): Promise<void> {
    await this.books.ask(() => api.shifts(words), ({ shifts }) => take(shifts.filter(({ ended }) => ended !== null)));
  }
  start = (): Promise<void> => this.act(() => api.startShift());
  offer = (note: string): Promise<void> => this.act(() => api.offerShift(note));
  withdraw = (): Promise<void> => this.act(() => api.withdrawShift());
  write = (text: string): Promise<void> => this.act(() => api.writeShift(text));
  close = (note: string): Promise<void> => this.sign((seen) => api.closeShift(note, seen));
  accept = (): Promise<void> => this.sign((seen) => api.acceptShift(seen));
  takeOver = (): Promise<void> => this.sign((seen) => api.takeOverShift(seen));
  private async act(work: () => Promise<unknown>): Promise<void> {
    await work();
    this.fresh = new Set();
    await this.load();
  }
  /** Signs for what is on the screen; what came meanwhile is shown instead, and marked. */
  private async sign(work: (seen: string) => Promise<unknown>): Promise<void> {
    const open = this.answer?.open;
    if (!open) return;
    try {
      await this.act(() => work(open.digest));
    } catch (error) {
      await this.load();
      if (error instanceof ApiError && error.code === 'shift.changed' && this.answer) {
        const before = keysOf(open);
        this.fresh = new Set([...keysOf(this.answer.open)].filter((key) => !before.has(key)));
      }
      throw error;
    }
  }
}
export const shift = new ShiftStore();
