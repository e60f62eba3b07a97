/** The devices that wait to be claimed. Fetched when the server says that they changed, at most twice a second. */
import { api } from '../api/api';
import type { Unclaimed, UnclaimedAnswer } from '../api/types';
import { live } from '../stores/live.svelte';
import { town } from '../stores/town.svelte';

class UnclaimedStore {
  list: Unclaimed[] = $state.raw([]);
  answer: UnclaimedAnswer | null = $state.raw(null);
  failed: unknown = $state(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  refresh(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, 500);
  }
  async load(): Promise<void> {
    try {
      this.answer = await api.unclaimed();
      this.list = [...this.answer.devices].sort((a, b) => b.last_seen - a.last_seen);
      live.unclaimed = this.list.length;
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  /** The thing it became, whose values go on where the device left off. */
  async claim(id: number, form: Parameters<typeof api.claim>[1]): Promise<number> {
    const thing = await api.claim(id, form);
    await Promise.all([town.loadThings(), this.load()]);
    return thing.id;
  }
  async dismiss(id: number): Promise<void> {
    await api.dismiss(id);
    await this.load();
  }
}
export const unclaimed = new UnclaimedStore();
