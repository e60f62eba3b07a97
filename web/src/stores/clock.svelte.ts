/** The server's time, told to the screen once a second. Ages are worked out from it, never from the desk's own clock. */
class Clock {
  /** Milliseconds, whole seconds; changes once a second. */
  now = $state(Date.now());
  /** The two clocks of the desk went apart: one was set, or the machine slept. What time it is only the server knows. */
  ondoubt: (() => void) | null = null;
  /** The server's time when the steady clock of the page was zero; null: it has said nothing yet. */
  private zero: number | null = null;
  /** The same of the desk's clock, which somebody may set while the page is open. */
  private desk = 0;

  /** The server said what time it is. */
  set(serverNow: number): void {
    this.zero = serverNow - performance.now();
    this.desk = Date.now() - performance.now();
    this.tick();
  }
  /** This very moment, for things that are not drawn. */
  exact(): number {
    return this.zero === null ? Date.now() : this.zero + performance.now();
  }
  tick = (): void => {
    this.now = Math.floor(this.exact() / 1000) * 1000;
    const desk = Date.now() - performance.now();
    if (this.zero === null || Math.abs(desk - this.desk) < 1_000) return;
    this.desk = desk;
    this.ondoubt?.();
  };
  start(): () => void {
    const timer = setInterval(this.tick, 1000);
    return () => clearInterval(timer);
  }
}
export const clock = new Clock();
