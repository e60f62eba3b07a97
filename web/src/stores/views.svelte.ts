/** Saved views: the own ones and what the room shares. Fetched anew after a break, and whenever they are looked for. */
import { api } from '../api/api';
import type { SavedView } from '../api/glance-types';
import { router } from './router.svelte';

class Views {
  list: SavedView[] = $state.raw([]);
  start: number | null = $state(null);
  loaded = $state(false);
  private turn = 0;

  async load(): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    const answer = await api.views();
    if (turn !== this.turn) return;
    this.list = answer.views;
    this.start = answer.start;
    this.loaded = true;
  }
  /** Whoever opens the room without saying where begins with the view of the own choice. */
  async begin(): Promise<void> {
    const bare = router.page === 'map' && router.query === '';
    await this.load();
    const view = this.list.find(({ id }) => id === this.start);
    if (bare && view && router.page === 'map' && router.query === '') router.open(view.address, true);
  }
  /** Named anew, or kept under the same name: one's own view of that name is changed. */
  async save(name: string, shared: boolean): Promise<void> {
    const body = { name, page: router.page, address: router.whole(), shared };
    const known = this.list.find((view) => view.own && view.name === name);
    if (known) await api.changeView(known.id, body);
    else await api.addView(body);
    await this.load();
  }
  async change(id: number, body: Partial<SavedView>): Promise<void> {
    await api.changeView(id, body);
    await this.load();
  }
  async remove(id: number): Promise<void> {
    await api.removeView(id);
    await this.load();
  }
  async setStart(id: number | null): Promise<void> {
    await api.startView(id);
    await this.load();
  }
}
export const views = new Views();
