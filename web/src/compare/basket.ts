/** What is being compared in this tab, so that a thing can be added from anywhere. */
import { t } from '../i18n/i18n.svelte';
import { router } from '../stores/router.svelte';
import { ui } from '../stores/ui.svelte';
import { most, read, write } from './address';

let last = '';
export function remember(query: string): void {
  last = query;
}
/** Adds datastreams to the comparison and goes there. */
export function compare(streams: readonly number[]): void {
  const now = read(last);
  const fresh = streams.filter((id) => !now.streams.includes(id));
  const room = most - now.streams.length;
  if (fresh.length > room) ui.announce(t('compare.full', { n: most }));
  now.streams = [...now.streams, ...fresh.slice(0, Math.max(0, room))];
  router.open(`${router.address('compare')}?${write(now)}`);
}
