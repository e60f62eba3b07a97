/** Whom the server asks or hears in the protocols of the field, as rows of one table: those that are wrong first. */
import type { Health } from '../api/types';
import { t, type Key } from '../i18n/i18n.svelte';

export interface Partner {
  name: string;
  under: string;
  state: Key;
  wrong: boolean;
  words: string;
  heard: number | null;
  counts: readonly number[];
}
export interface Partners {
  title: Key;
  counts: readonly Key[];
  rows: readonly Partner[];
}
type Modbus = Health['modbus'][number];
type Node = NonNullable<Health['sparkplug']>['nodes'][number];

const modbus = ({ name, address, thing, state, words, heard, polls, failures, skipped, refused }: Modbus): Partner => ({
  name,
  under: `${address} · ${thing}`,
  state: `modbus.state.${state}` as Key,
  wrong: state === 'silent' || refused > 0,
  words,
  heard,
  counts: [polls, failures, skipped, refused],
});
const node = ({ name, state, heard, devices, dead_devices, messages, rebirths, gaps }: Node): Partner => ({
  name,
  under: devices ? t('system.nodeDevices', { n: devices }) : '',
  state: `sparkplug.state.${state}` as Key,
  wrong: state === 'dead' || dead_devices > 0,
  words: state !== 'dead' && dead_devices ? t('system.deadDevices', { n: dead_devices }) : '',
  heard,
  counts: [messages, rebirths, gaps],
});
type Bridge = Health['bridges'][number];
const servers = { chirpstack: 'ChirpStack', tts: 'The Things Stack' };
const bridge = ({ name, kind, url, state, words, version, heard, messages, refused, unacknowledged, connects }: Bridge): Partner => ({
  name,
  under: [kind === 'telemetry' ? t('system.bridgeTelemetry') : servers[kind], url, version && `MQTT ${version}`].filter(Boolean).join(' · '),
  state: `bridge.state.${state}`,
  wrong: state === 'away' || state === 'refused',
  words,
  heard,
  counts: [messages, refused, unacknowledged, Math.max(0, connects - 1)],
});
const inOrder = (rows: Partner[]): Partner[] => rows.sort((a, b) => Number(b.wrong) - Number(a.wrong) || a.name.localeCompare(b.name));

/** Protocols that are not in use are left out. */
export function partnersOf(health: Pick<Health, 'modbus' | 'sparkplug' | 'bridges'>): Partners[] {
  const all: Partners[] = [
    { title: 'system.modbus', counts: ['system.polls', 'system.pollFailures', 'system.pollSkipped', 'system.registersRefused'], rows: inOrder(health.modbus.map(modbus)) },
    { title: 'system.sparkplug', counts: ['system.messages', 'system.rebirths', 'system.gaps'], rows: inOrder((health.sparkplug?.nodes ?? []).map(node)) },
    { title: 'system.bridges', counts: ['system.messages', 'system.bridgeRefused', 'system.bridgeWaiting', 'system.bridgeReturns'], rows: inOrder(health.bridges.map(bridge)) },
  ];
  return all.filter(({ rows }) => rows.length);
}
