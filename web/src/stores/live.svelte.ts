/** The live connection as the screen sees it: up, or lost since when and how often tried. Feeds the other stores. */
import { api, ApiError } from '../api/api';
import { backoff, Stream } from '../api/stream';
import type { Health, StreamMessage } from '../api/types';
import { Renewal } from '../lib/renewal';
import { alarms } from './alarms.svelte';
import { aside } from './aside.svelte';
import { clock } from './clock.svelte';
import { exercise } from './exercise.svelte';
import { session } from './session.svelte';
import { town } from './town.svelte';
import { values } from './values.svelte';
import { views } from './views.svelte';

class Live {
  connected = $state(false);
  /** When the connection was lost; null while it is up or has never been. */
  lostAt: number | null = $state(null);
  attempt = $state(0);
  health: Health | null = $state.raw(null);
  /** Rises whenever the list of unclaimed devices changed. */
  unclaimedTurn = $state(0);
  unclaimed: number | null = $state(null);
  /** Rises whenever a public warning was written, approved or published. */
  warningsTurn = $state(0);
  /** Monotonic time of the last word from the server; not for drawing. */
  heard = performance.now();
  /** The server does not know us any more. */
  refused = $state(false);
  /** Called after each connection, once all is fetched. */
  oncaught: (() => void) | null = null;
  private stream: Stream | null = null;
  /** Which connection this is: what was asked for under an earlier one says nothing of it. */
  private turn = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  /** The generation that the server named last. */
  private generation = 0;
  private readonly registry = new Renewal(async () => {
    if (this.generation !== town.registry.generation) await town.loadThings();
  });
  private readonly rules = new Renewal(() => town.loadRules());
  private readonly time = new Renewal(async () => {
    const asked = performance.now();
    const { now } = await api.town();
    clock.set(Date.parse(now) + (performance.now() - asked) / 2);
  });

  get offline(): boolean {
    return this.lostAt !== null;
  }
  start(): () => void {
    const topics = ['values', 'alarms', 'health', 'unclaimed', 'registry', 'warnings', 'rules'] as const;
    this.stream = new Stream(topics, { message: (message) => this.receive(message), lost: (n) => this.lost(n), ended: () => void session.load() });
    this.stream.start();
    clock.ondoubt = () => this.time.ask();
    return () => {
      clock.ondoubt = null;
      this.stream?.stop();
      this.next();
    };
  }
  private next(): number {
    clearTimeout(this.again);
    this.registry.stop();
    this.rules.stop();
    this.time.stop();
    return ++this.turn;
  }
  /** After a break nothing is replayed: what matters is fetched whole, and asked for until it is there. */
  private async catchUp(turn: number, failures = 0): Promise<void> {
    try {
      const [latest] = await Promise.all([api.latest(), alarms.load()]);
      values.put(latest.values);
      if (town.loaded && this.lostAt !== null) await Promise.all([town.loadThings(), town.loadRules(), views.load()]);
      if (turn !== this.turn) return;
      this.lostAt = null;
      this.attempt = 0;
      this.connected = true;
      this.unclaimedTurn += 1;
      this.warningsTurn += 1;
      this.refused = false;
      void exercise.load().catch(() => undefined);
      void aside.load().catch(() => undefined);
      this.oncaught?.();
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof ApiError && error.status === 401) {
        this.refused = true;
        return session.load();
      }
      this.lostAt ??= clock.exact();
      this.attempt = failures + 1;
      this.again = setTimeout(() => void this.catchUp(turn, failures + 1), backoff(failures, Math.random()));
    }
  }
  private receive(message: StreamMessage): void {
    this.heard = performance.now();
    // A browser slows the timers of a page that nobody sees to one a minute: what rings goes by this clock.
    clock.tick();
    switch (message.type) {
      case 'hello':
        clock.set(message.now);
        void this.catchUp(this.next());
        break;
      case 'values':
        values.put(message.values);
        break;
      case 'alarms':
        alarms.put(message.alarms);
        if (town.loaded && message.alarms.some(({ rule }) => !town.rules.has(rule))) this.rules.ask();
        break;
      case 'exercise':
        exercise.take(message);
        break;
      case 'health':
        this.health = message.health;
        break;
      case 'registry':
        this.generation = message.generation;
        this.registry.ask();
        break;
      case 'rules':
        if (town.loaded) this.rules.ask();
        break;
      case 'unclaimed':
        this.unclaimed = message.count;
        this.unclaimedTurn += 1;
        break;
      case 'warnings':
        this.warningsTurn += 1;
        break;
    }
  }
  private lost(attempt: number): void {
    this.next();
    this.connected = false;
    this.attempt = attempt;
    this.lostAt ??= clock.exact();
    if (attempt % 3 === 0) void session.load();
  }
}
export const live = new Live();
