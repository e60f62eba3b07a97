/** What the server tells anybody about signing in. Until it has, the server's defaults. */
import { api } from '../api/api';
import type { LocalText } from '../api/types';

class Facts {
  leastLength = $state(10);
  provider: LocalText | null = $state(null);

  async load(): Promise<void> {
    try {
      const told = await api.signInFacts();
      this.leastLength = told.least_length;
      this.provider = told.provider;
    } catch {
      // passwords work without; the page says by itself that the server is gone
    }
  }
}
export const facts = new Facts();
