/**
 * What is fetched whole because the server said that it is another now: at once, one question at a time, with a pause
 * between two. A question that failed is asked again, less and less often, until it is answered or no longer wanted.
 */
import { backoff } from '../api/stream';

export class Renewal {
  private busy = false;
  private again = false;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly load: () => Promise<void>,
    private readonly pause = 500,
  ) {}

  /** What is there is old. Asked for meanwhile: fetched once more after that. */
  ask(): void {
    if (this.busy) this.again = true;
    else void this.run(this.turn, 0);
  }
  /** Nothing is asked any more until the next `ask`. */
  stop(): void {
    clearTimeout(this.timer);
    this.turn += 1;
    this.busy = this.again = false;
  }
  private async run(turn: number, failures: number): Promise<void> {
    this.busy = true;
    this.again = false;
    const failed = await this.load().then(() => false, () => true);
    if (turn !== this.turn) return;
    const wait = failed ? backoff(failures, Math.random()) : this.pause;
    this.timer = setTimeout(() => {
      this.busy = false;
      if (failed || this.again) void this.run(turn, failed ? failures + 1 : 0);
    }, wait);
  }
}
