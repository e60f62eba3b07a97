/**
 * The lines of the overview: last 24 hours, yesterday, last week and the usual range. The line comes first; the range is
 * asked for after it, one field at a time, since the server may have to read six weeks. Renewed once a minute.
 */
import { api } from '../api/api';
import type { UsualAnswer } from '../api/types';
import { clock } from '../stores/clock.svelte';
import type { Question } from './questions';

const renewal = 60_000;

class Usual {
  lines: ReadonlyMap<string, UsualAnswer> = $state.raw(new Map());
  failed: ReadonlyMap<string, unknown> = $state.raw(new Map());
  /** The datastreams of the counters, the busiest first, by the means of the last days. */
  busiest: readonly number[] = $state.raw([]);
  private busiestAt = 0;
  private readonly asked = new Map<string, number>();
  private readonly first = new Set<string>();
  private running = false;

  /** Asks what is not known or old. Called again and again: what is being asked is not asked twice. */
  async refresh(questions: readonly Question[]): Promise<void> {
    const fresh = questions.filter(({ key }) => !this.lines.has(key) && !this.first.has(key));
    fresh.forEach(({ key }) => this.first.add(key));
    await Promise.all(fresh.map((question) => this.ask(question, 0).finally(() => this.first.delete(question.key))));
    if (this.running) return;
    this.running = true;
    for (const question of questions) {
      if (clock.exact() - (this.asked.get(question.key) ?? 0) < renewal) continue;
      this.asked.set(question.key, clock.exact());
      await this.ask(question, undefined);
    }
    this.running = false;
  }
  private async ask(question: Question, days: number | undefined): Promise<void> {
    try {
      const answer = await api.usual({ ...question.query, ...(days === undefined ? {} : { days }) });
      this.lines = new Map(this.lines).set(question.key, answer);
      if (this.failed.has(question.key)) {
        const rest = new Map(this.failed);
        rest.delete(question.key);
        this.failed = rest;
      }
    } catch (error) {
      this.failed = new Map(this.failed).set(question.key, error);
    }
  }
  /** Which counter stands for the town's traffic: the same one all day, while it speaks. */
  async findBusiest(): Promise<void> {
    const now = clock.exact();
    if (now - this.busiestAt < 3_600_000) return;
    this.busiestAt = now;
    const { series } = await api.seriesOfKind('traffic_counter', 'vehicle_count', now - 2 * 86_400_000, now, 'day');
    const mean = (buckets: readonly [number, number][]): number => buckets.reduce((sum, [, value]) => sum + value, 0) / buckets.length;
    const means = series.filter(({ buckets }) => buckets.length > 0).map(({ datastream, buckets }) => ({ id: datastream, mean: mean(buckets) }));
    this.busiest = means.sort((a, b) => b.mean - a.mean).map(({ id }) => id);
  }
  /** Everything is asked again: after a break, or with R. */
  forget(): void {
    this.asked.clear();
    this.busiestAt = 0;
  }
}
export const usual = new Usual();
