/** The sessions of the person at this screen. An administrator is told of everybody's; here only the own count. */
import { api } from '../api/api';
import type { OpenSession } from '../api/types';
import { session } from '../stores/session.svelte';

class Seen {
  sessions: OpenSession[] | null = $state.raw(null);
  failed: unknown = $state.raw(null);

  async load(): Promise<void> {
    try {
      const all = (await api.sessions()).sessions;
      this.sessions = all.filter((one) => one.user.id === session.user?.id).sort((a, b) => Number(b.current) - Number(a.current) || b.last_seen - a.last_seen);
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
}
export const seen = new Seen();
