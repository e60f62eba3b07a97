/** One thing that a person asked for: while it runs, and why it did not happen. */
import { ApiError } from '../api/api';
import { errorText } from './words';

export class Asking {
  refused = $state('');
  /** The stable name of the refusal, if the server gave one. */
  code = $state('');
  busy = $state(false);

  /** True if it happened. Not while another runs: a key pressed twice is one act. `refusal`: why it may not be tried now, or null. */
  async run(work: () => Promise<unknown>, refusal: string | null = null): Promise<boolean> {
    if (this.busy) return false;
    this.refused = refusal ?? '';
    this.code = '';
    if (this.refused) return false;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.refused = errorText(error);
      this.code = error instanceof ApiError ? error.code : '';
    }
    this.busy = false;
    return this.refused === '';
  }
}
