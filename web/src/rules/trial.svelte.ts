/**
 * The dry run of what is being edited: once for the rule as it is now, again after each change. One at a time; a newer
 * question ends the one before. The server has room for one: while another person's is under way it is asked again.
 */
import { api, ApiError } from '../api/api';
import type { DryRun, Rule } from '../api/types';
import { errorText } from '../lib/words';
import { clock } from '../stores/clock.svelte';
import { bare, judged } from './draft';
import { badField } from './refusal';

const day = 86_400_000;
const settle = 500;
const again = 2_000;
export const spans = [1, 7, 30] as const;
export type Span = (typeof spans)[number];

class Cancelled extends Error {}

export class Trial {
  span: Span = $state(7);
  /** What the rule as it is now would have done; null: there is none, or it is not known yet. */
  before: DryRun | null = $state.raw(null);
  after: DryRun | null = $state.raw(null);
  running = $state(false);
  waits = $state(false);
  percent = $state(0);
  failed = $state('');
  stopped = $state(false);
  private readonly known = new Map<string, DryRun>();
  private abort: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks anew, a moment after the last change. */
  ask(now: Rule | null, edited: Rule): void {
    this.cancel();
    this.stopped = false;
    this.after = this.known.get(this.question(edited)) ?? null;
    this.before = now ? (this.known.get(this.question(now)) ?? null) : null;
    if (this.after && (this.before || !now)) return;
    this.timer = setTimeout(() => void this.run(now, edited), settle);
  }
  stop(): void {
    this.cancel();
    this.stopped = true;
  }
  cancel(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = null;
    this.running = this.waits = false;
  }
  private question(rule: Rule): string {
    return `${this.span} ${judged(rule)}`;
  }
  private async run(now: Rule | null, edited: Rule): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.running = true;
    this.failed = '';
    try {
      if (now) this.before = await this.one(now, abort);
      this.after = await this.one(edited, abort);
    } catch (error) {
      if (error instanceof Cancelled || abort.signal.aborted) return;
      this.failed = error instanceof ApiError && error.code === 'rule.invalid' ? badField(error.message) : errorText(error);
    }
    if (this.abort === abort) this.running = this.waits = false;
  }
  private async one(rule: Rule, abort: AbortController): Promise<DryRun> {
    const question = this.question(rule);
    const known = this.known.get(question);
    if (known) return known;
    const to = clock.exact();
    for (;;) {
      this.percent = 0;
      try {
        const found = await api.dryRun(bare(rule), to - this.span * day, to, abort.signal, (percent) => (this.percent = percent));
        this.known.set(question, found);
        return found;
      } catch (error) {
        if (abort.signal.aborted) throw new Cancelled();
        if (!(error instanceof ApiError) || error.code !== 'rule.dry_run_busy') throw error;
        this.waits = true;
        await new Promise((wake) => setTimeout(wake, again));
        if (abort.signal.aborted) throw new Cancelled();
      }
      this.waits = false;
    }
  }
}
