/** The figures of the health page, grouped, as words and numbers of the screen's language. */
import type { Health, HealthHistory } from '../api/types';
import { age, shortDate, when } from '../i18n/dates';
import { i18n, type Key, maybe, num, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import { writerStep } from './facts';

export interface Figure {
  label: string;
  value: string;
  note?: string;
  line?: readonly number[];
  lineLabel?: string;
}
export interface Group {
  title: Key;
  rows: Figure[];
  hint?: string;
}

export function bytes(n: number): string {
  const steps: [number, Key][] = [[1e12, 'unit.TB'], [1e9, 'unit.GB'], [1e6, 'unit.MB'], [1e3, 'unit.kB']];
  const [size, key] = steps.find(([least]) => n >= least) ?? [1, 'unit.B'];
  const value = n / size;
  return num(value, size > 1 && value < 100 ? 1 : 0) + nbsp + t(key);
}
export const ms = (value: number): string => num(value, value < 10 ? 2 : value < 100 ? 1 : 0) + nbsp + t('unit.ms');
const percent = (part: number, whole: number): string => (whole > 0 ? `${num((100 * part) / whole, 0)}${nbsp}%` : '');
const row = (key: Key, value: string, note = ''): Figure => ({ label: t(key), value, note });
const ofLimit = (limit: string): string => t('system.ofLimit', { limit });

/** How long something lasts, without a precision that nobody has. */
export function lasts(days: number | null | undefined): string {
  if (days == null) return '';
  return days > 730 ? t('system.lastsLong') : t('system.lasts', { n: Math.floor(days) });
}

function lagRows(health: Health, history: HealthHistory | null): Figure[] {
  const lag = health.lag_ms;
  const one = (key: Key, p50: number, p99: number, name: string): Figure => {
    const line = history?.lag_ms[name] ?? [];
    const most = ms(Math.max(0, ...line));
    return { label: t(key), value: `${ms(p50)} · ${ms(p99)}`, line, lineLabel: t('system.lineOf', { what: t(key), most }) };
  };
  return [
    one('system.toDisk', lag.commit_p50, lag.commit_p99, 'commit_p99'),
    one('system.toRules', lag.rules_p50, lag.rules_p99, 'rules_p99'),
    one('system.toScreens', lag.screens_p50, lag.screens_p99, 'screens_p99'),
    row('system.longestStep', ms(health.writer.longest_step_ms), health.writer.longest_step && writerStep(health.writer.longest_step)),
    row('system.syncLast', ms(health.writer.sync_last_ms)),
    row('system.syncLongest', ms(health.writer.sync_longest_ms)),
  ];
}

function queueRows(health: Health): Figure[] {
  return Object.entries(health.queues).map(([name, n]) => {
    const limit = health.limits[name];
    return { label: maybe(`queue.${name}`) ?? name, value: num(n), note: limit ? ofLimit(num(limit)) : '' };
  });
}

function connectionRows({ mqtt, http, limits }: Health): Figure[] {
  return [
    row('system.mqtt', num(mqtt.connections), ofLimit(num(limits['mqtt'] ?? 0))),
    row('system.mqttRefused', num(mqtt.refused)),
    row('system.mqttSessions', num(mqtt.sessions)),
    row('system.mqttQueued', num(mqtt.queued)),
    row('system.mqttDropped', num(mqtt.dropped)),
    row('system.mqttRetained', num(mqtt.retained)),
    row('system.http', num(http.connections), ofLimit(num(limits['http'] ?? 0))),
    row('system.httpRefused', num(http.refused)),
    row('system.websockets', num(http.websockets)),
    row('system.slowReaders', num(http.slow_readers)),
  ];
}

function backupGroup(backup: Health['backup'], now: number): Group {
  if (!backup.scheduled) return { title: 'system.backup', rows: [row('system.backupNewest', t('system.backupOff'))], hint: t('system.backupAdvice') };
  const at = (time: number | null): string => (time === null ? t('system.backupNone') : when(time, now, i18n.language));
  const drill = t(backup.running ? 'system.backupRunning' : backup.problem ? 'system.backupFailed' : backup.last_good === null ? 'system.backupNone' : 'system.backupProven');
  return {
    title: 'system.backup',
    rows: [
      row('system.backupNewest', at(backup.last_good)),
      row('system.backupDrill', drill, backup.problem),
      row('system.backupTook', backup.took_s > 0 ? age(Math.max(1000, backup.took_s * 1000), i18n.language) : '—'),
      row('system.backupNext', at(backup.next)),
      row('system.backupKept', num(backup.kept), backup.same_disk ? t('system.backupSameDisk') : ''),
      row('system.backupWhere', backup.folder),
      ...(backup.disk_total > 0 ? [row('system.backupSpace', bytes(backup.disk_free))] : []),
    ],
  };
}

function machineRows(health: Health): Figure[] {
  const { disk, process, clock, certificate } = health;
  const memory = process.memory_limit === null ? '' : `${ofLimit(bytes(process.memory_limit))} · `;
  const offset = clock.offset_s === null ? t('system.offsetUnknown') : `${num(clock.offset_s, Math.abs(clock.offset_s) < 10 ? 1 : 0)}${nbsp}${t('unit.s')}`;
  return [
    row('system.diskFree', bytes(disk.free), [percent(disk.free, disk.total), lasts(disk.days_left)].filter(Boolean).join(' · ')),
    row('system.keyMemory', bytes(process.resident), memory + t('system.peak', { size: bytes(process.peak) })),
    row('system.descriptors', num(process.descriptors), ofLimit(num(process.descriptor_limit))),
    row('system.clock', t(clock.believable ? 'system.clockGood' : 'system.clockBad')),
    row('system.offset', offset),
    row('system.zoneData', clock.zone_rules),
    certificate === null
      ? row('system.certificateOf', t('system.noTls'))
      : row('system.certificateOf', t('system.certificateUntil', { date: shortDate(certificate.end, i18n.language) }), certificate.subject + (certificate.self_signed ? ` · ${t('system.selfSigned')}` : '')),
    row('system.programVersion', health.version),
    row('system.folderFormat', num(health.folder_format)),
  ];
}

export function figures(health: Health, history: HealthHistory | null, now: number): Group[] {
  const { store } = health;
  return [
    { title: 'system.lag', rows: lagRows(health, history) },
    backupGroup(health.backup, now),
    { title: 'system.machine', rows: machineRows(health) },
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
    { title: 'system.connections', rows: connectionRows(health) },
    { title: 'system.queues', rows: queueRows(health) },
  ];
}
