/** The figures of the health page, grouped, as words and numbers of the screen's language. */
import type { Health } from '../api/types';
import { when } from '../i18n/dates';
import { i18n, type Key, maybe, num, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';

export interface Figure {
  label: string;
  value: string;
  note: string;
}

export function bytes(n: number): string {
  const steps: [number, Key][] = [[1e12, 'unit.TB'], [1e9, 'unit.GB'], [1e6, 'unit.MB'], [1e3, 'unit.kB']];
  const [size, key] = steps.find(([least]) => n >= least) ?? [1, 'unit.B'];
  const value = n / size;
  return num(value, size > 1 && value < 100 ? 1 : 0) + nbsp + t(key);
}
const ms = (value: number): string => num(value, value < 10 ? 2 : value < 100 ? 1 : 0) + nbsp + t('unit.ms');
const row = (key: Key, value: string, note = ''): Figure => ({ label: t(key), value, note });

function backupRows(backup: NonNullable<Health['backup']>, now: number): Figure[] {
  if (!backup.scheduled) return [row('system.backupNewest', t('system.backupOff'))];
  const newest = backup.last_good === null ? t('system.backupNone') : when(backup.last_good, now, i18n.language);
  const drill = t(backup.running ? 'system.backupRunning' : backup.problem ? 'system.backupFailed' : backup.last_good === null ? 'system.backupNone' : 'system.backupProven');
  return [
    row('system.backupNewest', newest),
    row('system.backupDrill', drill, backup.problem),
    row('system.backupKept', num(backup.kept), backup.same_disk ? t('system.backupSameDisk') : ''),
  ];
}

export function figures(health: Health, now: number): { title: Key; rows: Figure[] }[] {
  const { ingest, lag_ms: lag, store, disk } = health;
  const used = disk.total > 0 ? `${num(100 * (1 - disk.free / disk.total), 0)}${nbsp}%` : '';
  return [
    {
      title: 'system.ingest',
      rows: [
        row('system.perSecond', num(ingest.per_s, 1), t('bar.rate')),
        ...Object.entries(ingest.by_transport).map(([name, n]) => ({ label: maybe(`transport.${name}`) ?? name, value: num(n), note: '' })),
        row('system.accepted', num(ingest.accepted)),
        row('system.duplicates', num(ingest.duplicates)),
        row('system.corrected', num(ingest.corrected)),
        row('system.late', num(ingest.late)),
      ],
    },
    {
      title: 'system.lag',
      rows: [
        row('system.commit', ms(lag.commit_p50), `· ${ms(lag.commit_p99)}`),
        row('system.rules', ms(lag.rules_p99)),
        row('system.screens', ms(lag.screens_p99)),
        row('system.longestStep', ms(health.writer.longest_step_ms)),
        row('system.sync', ms(health.writer.sync_p99_ms ?? health.writer.sync_longest_ms ?? 0)),
      ],
    },
    {
      title: 'system.queues',
      rows: [
        ...Object.entries(health.queues).map(([name, n]) => ({ label: maybe(`queue.${name}`) ?? name, value: num(n), note: '' })),
        row('system.mqtt', num(health.mqtt.connections), t('system.refused', { n: health.mqtt.refused })),
        row('system.http', num(health.http.connections)),
        row('system.websockets', num(health.http.websockets)),
      ],
    },
    {
      title: 'system.store',
      rows: [
        row('system.observations', num(store.observations)),
        row('system.files', bytes(store.file_bytes), t('system.inFiles', { n: store.files })),
        row('system.log', bytes(store.log_bytes)),
        row('system.memory', bytes(store.memory_bytes)),
        row('system.overlays', num(store.overlays)),
      ],
    },
    ...(health.backup ? [{ title: 'system.backup' as Key, rows: backupRows(health.backup, now) }] : []),
    {
      title: 'system.machine',
      rows: [
        row('system.diskFree', bytes(disk.free), used && t('system.diskUsed', { share: used })),
        ...(disk.days_left == null ? [] : [row('system.diskLasts', t('system.days', { n: Math.floor(disk.days_left) }))]),
        ...(health.certificate_end == null ? [] : [row('system.certificate', t('system.days', { n: Math.max(0, Math.floor((health.certificate_end - now) / 86_400_000)) }))]),
        row('system.clock', t(health.clock.believable ? 'system.clockGood' : 'system.clockBad')),
        ...(health.clock.skew_ms === undefined ? [] : [row('system.skew', ms(health.clock.skew_ms))]),
      ],
    },
  ];
}
