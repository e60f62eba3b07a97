/**
 * Looking closely at one camera or several in step: now, or a moment of the past. The first camera leads; the others
 * are brought to its instant. All share one line of time.
 */
import { cameraApi } from '../api/cameras';
import type { Mark, Recordings } from '../api/camera-types';
import { clock } from '../stores/clock.svelte';
import { before } from './near';
import type { Player } from './player';
import { following, recordedFrom, stepMark, type Window, windowFor } from './timeline';

export const rates = [1, 2, 4, 8] as const;
const empty: Recordings = { spans: [], marks: [], oldest: null, days_until_full: null, now: 0 };

export class LookAt {
  /** Looking at the past; false: at what is now. */
  past = $state(false);
  paused = $state(false);
  rate: (typeof rates)[number] = $state(1);
  /** What is on the screen, or where a jump leads to. */
  at = $state(clock.exact());
  /** Where the recording was opened: later jumps are asked of the open socket. */
  from = $state(0);
  span = $state(3_600_000);
  window: Window = $state.raw({ from: 0, to: 1 });
  found: ReadonlyMap<number, Recordings> = $state.raw(new Map());
  failed: unknown = $state(null);
  /** Marked for an export. */
  cut: { from: number | null; to: number | null } = $state({ from: null, to: null });
  /** Second 0 of all players: long before anything that is recorded. */
  readonly zero = clock.exact() - 4_000 * 86_400_000;
  private readonly players = new Map<number, Player>();
  private sent = 0;
  private later: ReturnType<typeof setTimeout> | undefined;
  private jumping = 0;

  constructor(private readonly cameras: readonly number[], at: number | null) {
    if (at !== null) this.span = 600_000; // a moment is looked at with the minutes round it
    this.window = windowFor(at ?? clock.exact(), this.span, clock.exact());
    if (at !== null) this.enter(at);
  }
  readonly player = (id: number, player: Player | null): void => {
    if (!player) return void this.players.delete(id);
    this.players.set(id, player);
    if (!this.past) return;
    if (this.rate !== 1) player.setRate(this.rate);
    if (Math.abs(this.at - this.from) < 500) player.aim(this.at);
    else player.seek(this.at);
    if (this.paused) player.paused = true;
  };
  start(): () => void {
    const beat = setInterval(() => this.beat(), 250);
    return () => {
      clearInterval(beat);
      clearTimeout(this.later);
    };
  }
  get leader(): Player | undefined {
    return this.players.get(this.cameras[0] ?? -1);
  }
  recordings(id: number): Recordings {
    return this.found.get(id) ?? empty;
  }
  /** All that happened in what is loaded, in order. */
  get marks(): Mark[] {
    return this.cameras.flatMap((id) => this.recordings(id).marks ?? []).sort((a, b) => a.at - b.at);
  }
  /** To the next alarm or the one before, with the half minute that led to it. False: there is none in what is loaded. */
  toMark(by: 1 | -1): boolean {
    const mark = stepMark(this.marks, this.at, by, before);
    if (mark) this.jump(mark.at - before);
    return mark !== null;
  }
  /** `rough`: the hand is still moving. */
  jump(ms: number, rough = false): void {
    const now = clock.exact();
    if (ms >= now - 1_500) return this.goLive();
    const there = recordedFrom(this.recordings(this.cameras[0] ?? -1).spans, ms) ?? ms;
    this.at = rough ? ms : there;
    if (!rough) this.window = following(this.window, this.at, now);
    if (!this.past) return this.enter(this.at);
    clearTimeout(this.later);
    const wait = rough ? Math.max(0, this.sent + 250 - performance.now()) : 0;
    const go = (): void => {
      this.sent = performance.now();
      this.jumping = performance.now();
      for (const player of this.players.values()) player.seek(this.at);
    };
    if (wait) this.later = setTimeout(go, wait);
    else go();
  }
  goLive(): void {
    this.past = false;
    this.paused = false;
    this.rate = 1;
    this.at = clock.exact();
    this.window = windowFor(this.at, this.span, this.at);
  }
  pause(paused = !this.paused): void {
    if (!this.past) {
      if (!paused) return;
      this.enter(this.leader?.now ?? clock.exact() - 2_000);
    }
    this.paused = paused;
    for (const player of this.players.values()) player.setPaused(paused);
  }
  setRate(rate: (typeof rates)[number]): void {
    if (!this.past) return;
    this.rate = rate;
    for (const player of this.players.values()) player.setRate(rate);
    if (this.paused) this.pause(false);
  }
  setSpan(span: number): void {
    this.span = span;
    this.window = windowFor(this.at, span, clock.exact());
  }
  private enter(ms: number): void {
    this.at = ms;
    this.from = ms;
    this.past = true;
    this.jumping = performance.now();
    this.window = following(this.window, ms, clock.exact());
  }
  private beat(): void {
    const now = clock.exact();
    if (!this.past) {
      this.at = this.leader?.now ?? now;
      this.window = windowFor(now, this.span, now);
      return;
    }
    const shown = this.leader?.now ?? null;
    // After a jump the old picture is on the screen for a moment: the strip stays where the hand was.
    if (shown === null || (performance.now() - this.jumping < 2_000 && Math.abs(shown - this.at) > 3_000)) return;
    this.at = shown;
    this.window = following(this.window, this.at, now);
    for (const [id, player] of this.players) if (id !== this.cameras[0]) player.keepStep(shown);
    if (this.paused) return;
    const over = this.leader?.finished === true && shown >= this.leader.newest - 1_500;
    if (now - shown < 3_000 || (over && now - shown < 20_000)) this.goLive();
    else if (over) this.jump(shown + 1_000);
  }
  /** What is recorded in the window and a little round it. */
  async load(window: Window): Promise<void> {
    const more = (window.to - window.from) / 2;
    const answers = await Promise.allSettled(this.cameras.map((id) => cameraApi.recordings(id, window.from - more, Math.min(window.to + more, clock.exact() + 60_000))));
    const next = new Map(this.found);
    this.failed = null;
    answers.forEach((answer, at) => {
      if (answer.status === 'fulfilled') next.set(this.cameras[at]!, answer.value);
      else this.failed = answer.reason;
    });
    this.found = next;
  }
}
