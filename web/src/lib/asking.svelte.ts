/** One thing that a person asked for: while it runs, and why it did not happen. */
import { errorText } from './words';

export class Asking {
  refused = $state('');
  busy = $state(false);

  /** True if it happened. `refusal`: why it may not be tried now, or null. */
  async run(work: () => Promise<unknown>, refusal: string | null = null): Promise<boolean> {
    this.refused = refusal ?? '';
    if (this.refused) return false;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.refused = errorText(error);
    }
    this.busy = false;
    return this.refused === '';
  }
}
