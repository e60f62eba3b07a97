/** What the list of things is narrowed to; kept while one looks at a thing and comes back. */
import type { Layer } from '../lib/layers';

class Choice {
  text = $state('');
  layer: Layer | '' = $state('');
  state: 'alarm' | 'silent' | '' = $state('');
}
export const choice = new Choice();
