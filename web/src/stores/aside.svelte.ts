/** Rules that are not heeded on certain things, whether or not they raise anything now. */
import { api } from '../api/api';
import type { OutOfServicePair } from '../api/types';

class Aside {
  pairs: OutOfServicePair[] = $state.raw([]);

  async load(): Promise<void> {
    this.pairs = (await api.outOfServiceList()).entries;
  }
}
export const aside = new Aside();
