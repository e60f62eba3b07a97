/** What was typed and is not saved is not lost by one key: open forms say what stands in them, who leads away from them asks. */
import { untrack } from 'svelte';

class Unsaved {
  private forms: readonly (() => string)[] = $state.raw([]);
  private said = $state('');
  /** It was asked about what stands there now. */
  readonly asked: boolean = $derived(this.said !== '' && this.typed() === this.said);

  private typed(): string {
    return this.forms.map((form) => form()).filter(Boolean).join('\n');
  }

  /** For as long as the form is there. `typed`: all that would be lost; empty: nothing would be. */
  hold(typed: () => string): () => void {
    this.forms = [...untrack(() => this.forms), typed];
    this.said = '';
    return () => {
      this.forms = this.forms.filter((form) => form !== typed);
    };
  }
  /** True: stay, something would be lost. Only once for the same: who asks again means it. */
  keeps(): boolean {
    const now = untrack(() => this.typed());
    if (now === '' || now === this.said) return false;
    this.said = now;
    return true;
  }
}
export const unsaved = new Unsaved();

/** What stays in a field when `sent`, or more than that, stood there: what was typed after it. */
export function left(text: string, sent: string): string {
  return text.startsWith(sent) ? text.slice(sent.length).trimStart() : text;
}
