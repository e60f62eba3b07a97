/** The server's time, told to the screen once a second. Ages are worked out from it, never from the desk's own clock. */
class Clock {
  /** Milliseconds, whole seconds; changes once a second. */
  now = $state(Date.now());
  private skew = 0;

  /** The server said what time it is. */
  set(serverNow: number): void {
    this.skew = serverNow - Date.now();
    this.tick();
  }
  /** This very moment, for things that are not drawn. */
  exact(): number {
    return Date.now() + this.skew;
  }
  tick = (): void => {
    this.now = Math.floor(this.exact() / 1000) * 1000;
  };
  start(): () => void {
    const timer = setInterval(this.tick, 1000);
    return () => clearInterval(timer);
  }
}
export const clock = new Clock();
