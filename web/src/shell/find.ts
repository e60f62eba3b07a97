/** What the search finds: pages, things, and things that have an alarm before those that have none. */
import type { Severity } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { fold, matches } from '../lib/fold';
import { kindName, titleOf } from '../lib/words';
import { alarms } from '../stores/alarms.svelte';
import { router } from '../stores/router.svelte';
import { town, type Place } from '../stores/town.svelte';
import { ui } from '../stores/ui.svelte';
import { openPages } from './pages';

export interface Hit {
  key: string;
  title: string;
  detail: string;
  what: string;
  severity: Severity | null;
  waiting: boolean;
  open: () => void;
}
const most = 60;

function thingHit(thing: Place): Hit {
  const alarm = alarms.byThing.get(thing.id);
  return {
    key: `thing-${thing.id}`,
    title: titleOf(thing),
    detail: [thing.name && thing.name !== thing.key ? thing.key : '', town.whereabouts(thing)].filter(Boolean).join(' · '),
    what: kindName(thing.kind),
    severity: alarm?.severity ?? null,
    waiting: alarm?.handling === 'unacknowledged',
    open: () => {
      ui.select(thing.id, alarm?.id ?? null);
      router.go('thing', thing.id);
    },
  };
}

export function find(needle: string): Hit[] {
  const commands = openPages()
    .map(({ page }): Hit => ({
      key: page, title: t(`page.${page}`), detail: '', what: t('search.page'), severity: null, waiting: false, open: () => router.go(page),
    }))
    .filter((hit) => matches(fold(hit.title), needle));
  if (!needle) {
    const troubled = [...alarms.byThing.keys()].map((id) => town.registry.byId.get(id)).filter((thing) => thing !== undefined);
    return [...commands, ...troubled.slice(0, 20).map(thingHit)];
  }
  const rank = (thing: Place): number => {
    const key = fold(thing.key);
    return (key === needle ? 0 : key.startsWith(needle) ? 1 : 2) * 10 + (alarms.byThing.get(thing.id)?.severity ?? 9);
  };
  const things = town.registry.things.filter((thing) => matches(thing.search, needle));
  return [...commands, ...things.sort((a, b) => rank(a) - rank(b)).slice(0, most).map(thingHit)];
}
