/** What the list of things is narrowed to; kept while one looks at a thing and comes back. */
import { type Layer, layers } from '../lib/layers';

class Choice {
  text = $state('');
  layer: Layer | '' = $state('');
  state: 'alarm' | 'silent' | '' = $state('');
  read(query: URLSearchParams): void {
    if (![...query.keys()].some((key) => ['q', 'field', 'state'].includes(key))) return;
    const state = query.get('state');
    this.text = query.get('q') ?? '';
    this.layer = layers.find((layer) => layer === query.get('field')) ?? '';
    this.state = state === 'alarm' || state === 'silent' ? state : '';
  }
  write(): Record<string, string> {
    return { ...(this.text ? { q: this.text } : {}), ...(this.layer ? { field: this.layer } : {}), ...(this.state ? { state: this.state } : {}) };
  }
}
export const choice = new Choice();
