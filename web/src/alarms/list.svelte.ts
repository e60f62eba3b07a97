/** The filter of the alarm list, and moving through what it leaves. Shared by tray and alarm page. */
import { api } from '../api/api';
import type { Alarm, Severity } from '../api/types';
import { i18n, t } from '../i18n/i18n.svelte';
import { fold, matches } from '../lib/fold';
import type { Keys } from '../keys/keys';
import { alarmPlace, alarmTitle, thingName } from '../lib/words';
import { alarms } from '../stores/alarms.svelte';
import { lookAround } from './look-around';
import { router } from '../stores/router.svelte';
import { ui } from '../stores/ui.svelte';
import { openPaper } from '../lib/paper';
import { acknowledge, ask, askAll, why } from './actions';

class AlarmList {
  text = $state('');
  severity: Severity | null = $state(null);
  /** The tray, or what has been put aside. */
  view: 'tray' | 'shelved' | 'service' = $state('tray');
  private get all(): Alarm[] {
    return this.view === 'tray' ? alarms.list : this.view === 'shelved' ? alarms.shelved : alarms.outOfService;
  }
  readonly rows: Alarm[] = $derived.by(() => {
    const needle = fold(this.text);
    void i18n.language;
    return this.all.filter(
      (alarm) =>
        (this.severity === null || alarm.severity === this.severity) &&
        (!needle || matches(fold(`${alarmTitle(alarm)} ${alarmPlace(alarm)} ${thingName(alarm.thing)} ${alarm.assignee ?? ''}`), needle)),
    );
  });
  get current(): Alarm | undefined {
    return this.rows.find((alarm) => alarm.id === ui.alarm);
  }
  move(step: number): void {
    const at = this.rows.findIndex((alarm) => alarm.id === ui.alarm);
    const next = this.rows[at < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, at + step))];
    if (next) ui.select(next.thing, next.id);
  }
  read(query: URLSearchParams): void {
    if (![...query.keys()].some((key) => ['q', 'severity', 'put'].includes(key))) return;
    const severity = Number(query.get('severity'));
    const put = query.get('put');
    this.text = query.get('q') ?? '';
    this.severity = severity >= 1 && severity <= 5 ? (severity as Severity) : null;
    this.view = put === 'shelved' || put === 'service' ? put : 'tray';
  }
  /** As addresses and the printed list have it. */
  write(): Record<string, string> {
    return {
      ...(this.text ? { q: this.text } : {}), ...(this.severity ? { severity: String(this.severity) } : {}),
      ...(this.view === 'tray' ? {} : { put: this.view }),
    };
  }
  clear(): boolean {
    const had = this.text !== '' || this.severity !== null || this.view !== 'tray';
    this.view = 'tray';
    this.text = '';
    this.severity = null;
    return had;
  }
}
export const alarmList = new AlarmList();

/** The list as it stands, on paper. */
export function printList(): void {
  openPaper(api.alarmPaper({ state: 'open', put: 'tray', ...alarmList.write(), lang: i18n.language }));
}

/** Keys of the page that shows the list; `focusFilter` puts the cursor into its filter field. */
export function listKeys(focusFilter: () => void): Keys {
  return {
    ArrowDown: () => alarmList.move(1),
    ArrowUp: () => alarmList.move(-1),
    Enter: () => {
      const alarm = alarmList.current;
      if (!alarm) return false;
      router.go('thing', alarm.thing);
      return true;
    },
    KeyA: () => void acknowledge(alarmList.current),
    'Shift+KeyA': () => askAll(alarmList.rows),
    KeyC: () => ask('comment', alarmList.current),
    KeyS: () => ask('shelve', alarmList.current),
    KeyG: () => ask('assign', alarmList.current),
    KeyO: () => ask('service', alarmList.current),
    KeyH: () => ask('history', alarmList.current),
    KeyI: () => router.go('performance'),
    'Shift+KeyP': printList,
    KeyN: () => void lookAround(alarmList.current),
    KeyR: () => router.go('rules'),
    KeyB: () => router.go('warnings'),
    KeyW: () => why(alarmList.current),
    KeyF: focusFilter,
    KeyM: () => {
      const alarm = alarmList.current;
      if (!alarm) return ui.announce(t('alarm.noneSelected'));
      ui.showOnMap(alarm.thing);
      router.go('map');
    },
    Escape: () => (alarmList.clear() ? true : false),
  };
}
