/**
 * What an unanswered alarm sounds like: critical two falling notes every 10 s, high two rising every 30 s, medium one soft
 * note once. One sound at a time, the most severe wins; acknowledging ends it, X mutes for two minutes.
 */
import type { Severity } from '../api/types';

interface Note {
  hertz: number;
  /** Seconds after the first. */
  at: number;
  seconds: number;
  loud: number;
}
export const notes: Partial<Record<Severity, Note[]>> = {
  1: [{ hertz: 880, at: 0, seconds: 0.18, loud: 0.5 }, { hertz: 660, at: 0.2, seconds: 0.18, loud: 0.5 }],
  2: [{ hertz: 660, at: 0, seconds: 0.18, loud: 0.35 }, { hertz: 880, at: 0.2, seconds: 0.18, loud: 0.35 }],
  3: [{ hertz: 587, at: 0, seconds: 0.35, loud: 0.15 }],
};
const every: Partial<Record<Severity, number>> = { 1: 10_000, 2: 30_000 };
export const muteFor = 120_000;

/** When which sound is due. Pure but for the clock it is told. */
export class Bell {
  private last: { severity: Severity; at: number } | null = null;
  private told = new Set<number>();

  /** `waiting`: unanswered alarms. Returns the severity to sound now, or null. */
  due(waiting: readonly { id: number; severity: Severity }[], now: number, muted: boolean): Severity | null {
    const worst = waiting.reduce<Severity | null>((found, { severity }) => (found === null || severity < found ? severity : found), null);
    const fresh = waiting.some(({ id, severity }) => severity === worst && !this.told.has(id));
    this.told = new Set(waiting.map(({ id }) => id));
    if (worst === null || worst > 3) {
      this.last = null;
      return null;
    }
    const again = every[worst];
    const repeated = again !== undefined && (!this.last || this.last.severity !== worst || now - this.last.at >= again);
    if (!repeated && !fresh) return null;
    if (muted) return null;
    this.last = { severity: worst, at: now };
    return worst;
  }
}

class Sound {
  mutedUntil = $state(0);
  /** The browser plays nothing before somebody has pressed a key on the page. */
  blocked = $state(false);
  private context: AudioContext | null = null;
  private readonly bell = new Bell();

  mute(now: number): void {
    this.mutedUntil = this.mutedUntil > now ? 0 : now + muteFor;
  }
  /** Called once a second. */
  beat(waiting: readonly { id: number; severity: Severity }[], now: number): void {
    const severity = this.bell.due(waiting, now, this.mutedUntil > now);
    if (severity !== null) this.play(severity);
  }
  private play(severity: Severity): void {
    this.context ??= new AudioContext();
    this.blocked = this.context.state === 'suspended';
    if (this.blocked) void this.context.resume().then(() => (this.blocked = false), () => undefined);
    const start = this.context.currentTime + 0.02;
    for (const { hertz, at, seconds, loud } of notes[severity] ?? []) {
      const [tone, volume] = [this.context.createOscillator(), this.context.createGain()];
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, start + at);
      volume.gain.linearRampToValueAtTime(loud, start + at + 0.015);
      volume.gain.setValueAtTime(loud, start + at + seconds - 0.03);
      volume.gain.linearRampToValueAtTime(0, start + at + seconds);
      tone.connect(volume).connect(this.context.destination);
      tone.start(start + at);
      tone.stop(start + at + seconds);
    }
  }
}
export const sound = new Sound();
