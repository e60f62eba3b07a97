/** What the page of public warnings shows: asked for anew whenever the server says that something has changed. */
import type { Warning, WarningSetup, WarningState } from '../api/warning-types';
import { warningApi } from '../api/warnings';
import { Newest } from '../lib/newest';
import { unsaved } from '../lib/unsaved.svelte';

export const views = ['now', 'drafts', 'past'] as const;
export type View = (typeof views)[number];
const of: Record<View, WarningState[]> = { now: ['in_force'], drafts: ['draft', 'approved'], past: ['replaced', 'cancelled', 'expired', 'cancellation'] };
export function viewOf(warning: Warning): View {
  return views.find((view) => of[view].includes(warning.state))!;
}

class Warnings {
  view: View = $state('now');
  list: Warning[] | null = $state.raw(null);
  setup: WarningSetup | null = $state.raw(null);
  failed: unknown = $state(null);
  chosen: number | null = $state(null);
  /** A form: of a new warning (null chosen), or of the draft that is chosen. */
  editing = $state(false);

  private readonly newest = new Newest();

  readonly rows: Warning[] = $derived((this.list ?? []).filter((one) => of[this.view].includes(one.state)));
  get warning(): Warning | null {
    return this.list?.find(({ id }) => id === this.chosen) ?? null;
  }
  get open(): boolean {
    return this.editing || this.warning !== null;
  }
  count(view: View): number {
    return this.list?.filter((one) => of[view].includes(one.state)).length ?? 0;
  }
  async load(): Promise<void> {
    try {
      this.setup ??= await warningApi.setup();
      await this.newest.ask(warningApi.all, ({ warnings }) => (this.list = warnings));
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  show(view: View): void {
    if (unsaved.keeps()) return;
    this.view = view;
    this.chosen = null;
    this.editing = false;
  }
  choose(id: number): void {
    if (unsaved.keeps()) return;
    this.chosen = id;
    this.editing = false;
  }
  move(step: number): void {
    const at = this.rows.findIndex(({ id }) => id === this.chosen);
    const next = this.rows[at < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, at + step))];
    if (next) this.choose(next.id);
  }
  make(): void {
    if (unsaved.keeps()) return;
    this.chosen = null;
    this.editing = true;
  }
  /** What an act left: it is shown where it stands now. */
  async take(warning: Warning, editing = false): Promise<void> {
    await this.load();
    this.view = viewOf(warning);
    this.chosen = warning.id;
    this.editing = editing;
  }
  /** False: the list is shown already. */
  leave(): boolean {
    if (!this.open) return false;
    if (unsaved.keeps()) return true;
    if (!this.editing || this.chosen === null) this.chosen = null;
    this.editing = false;
    return true;
  }
}
export const warnings = new Warnings();
