/** What the search finds in what this screen holds: commands, views, zones, streets, things, open alarms, rules. */
import type { Alarm, Severity } from '../api/types';
import type { SearchAnswer } from '../api/glance-types';
import { everyLanguage, i18n, languages, maybe, pick, t } from '../i18n/i18n.svelte';
import { when } from '../i18n/dates';
import { fold, matches } from '../lib/fold';
import { WordIndex } from '../lib/word-index';
import { streetsOf } from '../area/areas';
import { alarmPlace, alarmTitle, kindName, thingName, titleOf } from '../lib/words';
import { alarmList } from '../alarms/list.svelte';
import { alarms } from '../stores/alarms.svelte';
import { clock } from '../stores/clock.svelte';
import { router } from '../stores/router.svelte';
import { town, type Place, type Registry } from '../stores/town.svelte';
import { ui } from '../stores/ui.svelte';
import { views } from '../stores/views.svelte';
import { commands } from './commands';

export interface Hit {
  key: string;
  title: string;
  detail: string;
  what: string;
  severity: Severity | null;
  waiting: boolean;
  open: () => void;
}
const most = 40;
const few = 8;
const plain = { severity: null, waiting: false } as const;

export function thingHit(thing: Place): Hit {
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

interface Known {
  of: Registry;
  others: number;
  things: WordIndex<Place>;
  streets: { name: string; folded: string }[];
}
let known: Known | null = null;
let asked = false;
/** Made at the first search after the registry changed; the kinds are found in every language. */
function index(): Known {
  if (!asked) {
    asked = true;
    everyLanguage().catch(() => (asked = false));
  }
  if (known?.of === town.registry && known.others === i18n.others) return known;
  const kinds = new Map<string, string>();
  const kindWords = (kind: string): string => {
    if (!kinds.has(kind)) kinds.set(kind, fold(languages.map((language) => maybe(`kind.${kind}`, {}, language) ?? '').join(' ')));
    return kinds.get(kind)!;
  };
  const entries = town.registry.things.map((thing) => ({
    item: thing,
    text: `${thing.search} ${fold(thing.key).replaceAll(' ', '')} ${kindWords(thing.kind)} ${thing.owner ? fold(thing.owner) : ''}`,
  }));
  known = { of: town.registry, others: i18n.others, things: new WordIndex(entries), streets: streetsOf(town.registry.things).map(({ name }) => ({ name, folded: fold(name) })) };
  return known;
}
/** Found in the list of things, too: the same words lead to the same things everywhere. */
export function thingsBy(needle: string): Place[] {
  return needle ? index().things.find(needle) : [...town.registry.things];
}

function rank(thing: Place, needle: string): number {
  const key = fold(thing.key);
  return (key === needle ? 0 : key.startsWith(needle) ? 1 : 2) * 10 + (alarms.byThing.get(thing.id)?.severity ?? 9);
}
function commandHits(needle: string): Hit[] {
  return commands()
    .filter(({ title }) => matches(fold(title), needle))
    .map(({ key, title, cap, run }) => ({ ...plain, key, title, detail: cap, what: t(key.startsWith('page-') ? 'search.page' : 'search.command'), open: run }));
}
function viewHits(needle: string): Hit[] {
  return views.list
    .filter((view) => matches(fold(`${view.name} ${view.owner}`), needle))
    .slice(0, few)
    .map((view) => ({ ...plain, key: `view-${view.id}`, title: view.name, detail: view.own ? '' : view.owner, what: t('search.view'), open: () => router.open(view.address) }));
}
function placeHits(needle: string): Hit[] {
  const zones = [...town.registry.zones.values()]
    .filter((zone) => matches(fold(`${zone.key} ${zone.name.kk} ${zone.name.ru} ${zone.name.en}`), needle))
    .map((zone) => ({ ...plain, key: `zone-${zone.id}`, title: pick(zone.name), detail: '', what: t('search.zone'), open: () => router.go('zone', zone.id) }));
  const streets = index()
    .streets.filter(({ folded }) => matches(folded, needle))
    .slice(0, few)
    .map(({ name }) => ({ ...plain, key: `street-${name}`, title: name, detail: '', what: t('search.street'), open: () => router.go('street', name) }));
  return [...zones, ...streets];
}
export function openAlarm(alarm: Alarm): void {
  ui.select(alarm.thing, alarm.id);
  router.go('thing', alarm.thing);
}
function alarmHits(needle: string): Hit[] {
  return [...alarms.list, ...alarms.shelved, ...alarms.outOfService]
    .filter((alarm) => matches(fold(`${alarmTitle(alarm)} ${alarmPlace(alarm)} ${thingName(alarm.thing)}`), needle))
    .slice(0, few)
    .map((alarm) => ({
      key: `alarm-${alarm.id}`, title: alarmTitle(alarm), detail: alarmPlace(alarm), what: t('search.alarm'), severity: alarm.severity,
      waiting: alarm.handling === 'unacknowledged', open: () => openAlarm(alarm),
    }));
}
function ruleHits(needle: string): Hit[] {
  return [...town.rules.values()]
    .filter(({ key, name }) => matches(fold(`${key} ${name.kk} ${name.ru} ${name.en}`), needle))
    .slice(0, few)
    .map((rule) => ({
      ...plain, key: `rule-${rule.key}`, title: pick(rule.name), detail: rule.key, what: t('search.rule'),
      open: () => router.go('rules', rule.key),
    }));
}

export function find(needle: string): Hit[] {
  void i18n.language;
  if (!needle) {
    const troubled = [...alarms.byThing.keys()].map((id) => town.registry.byId.get(id)).filter((thing) => thing !== undefined);
    return [...viewHits(''), ...commandHits(''), ...troubled.slice(0, 20).map(thingHit)];
  }
  const things = index().things.find(needle).sort((a, b) => rank(a, needle) - rank(b, needle));
  const exact = things.filter((thing) => rank(thing, needle) < 20);
  const others = things.filter((thing) => rank(thing, needle) >= 20);
  return [
    ...commandHits(needle), ...viewHits(needle), ...exact.slice(0, most).map(thingHit), ...placeHits(needle), ...alarmHits(needle),
    ...others.slice(0, Math.max(few, most - exact.length)).map(thingHit), ...ruleHits(needle),
  ];
}

/** What only the server knows. */
export function foundThere(answer: SearchAnswer): Hit[] {
  const time = (at: number): string => when(at, clock.now, i18n.language);
  return [
    ...answer.people.map((name) => ({
      ...plain, key: `person-${name}`, title: name, detail: '', what: t('search.person'),
      open: () => {
        alarmList.clear();
        alarmList.text = name;
        router.go('alarms');
      },
    })),
    ...answer.entries.map((entry) => ({
      ...plain, key: `entry-${entry.id}`, title: entry.text, detail: `${entry.by} · ${time(entry.at)}`, what: t('search.entry'),
      open: () => router.open(`${router.address('shift')}?book=${entry.shift}`),
    })),
    ...answer.alarms.map((alarm) => ({
      key: `closed-${alarm.id}`, title: alarmTitle(alarm), detail: `${alarmPlace(alarm)} · ${time(alarm.raised)}`, what: t('search.closed'),
      severity: alarm.severity, waiting: false, open: () => openAlarm(alarm),
    })),
  ];
}
