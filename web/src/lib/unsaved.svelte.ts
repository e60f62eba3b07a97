/** What was typed and is not saved is not lost by one key: the open form says what stands in it, who leads away from it asks. */
import { untrack } from 'svelte';

class Unsaved {
  private typed: (() => string) | null = $state.raw(null);
  private said = $state('');
  /** It was asked about what stands there now. */
  readonly asked: boolean = $derived(this.said !== '' && this.typed?.() === this.said);

  /** For as long as the form is there. `typed`: all that would be lost; empty: nothing would be. */
  hold(typed: () => string): () => void {
    this.typed = typed;
    this.said = '';
    return () => {
      if (this.typed === typed) this.typed = null;
    };
  }
  /** True: stay, something would be lost. Only once for the same: who asks again means it. */
  keeps(): boolean {
    const now = untrack(() => this.typed?.() ?? '');
    if (now === '' || now === this.said) return false;
    this.said = now;
    return true;
  }
}
export const unsaved = new Unsaved();
