import { describe, expect, it } from 'vitest';
import type { Health } from '../api/types';
import { i18n } from '../i18n/i18n.svelte';
import { lasts } from './figures';
import { problemFacts, writerStep } from './facts';
import { partnersOf } from './partners';
import { pressing, problemCure, problemText } from './problems';

const problem = (code: string, severity: 1 | 2 | 3, since = 0, params = {}): Health['problems'][number] => ({ code, severity, text: `server: ${code}`, since, params });
const health = (problems: Health['problems']): Health => ({ problems }) as Health;

describe('what is wrong with the system', () => {
  it('only what somebody must see to goes on every screen, the worst and oldest first', () => {
    const all = [problem('lag.screens', 3), problem('disk.low', 2, 20), problem('backup.old', 2, 10), problem('store.full', 1, 30)];
    expect(pressing(health(all)).map((one) => one.code)).toEqual(['store.full', 'backup.old', 'disk.low']);
    expect(pressing(null)).toEqual([]);
  });
  it('is said with what to do and how bad it is', () => {
    i18n.language = 'en';
    const forecast = problem('disk.forecast', 2, 0, { days: 1 });
    expect(problemText(forecast)).toBe('The disk will soon be full');
    expect(problemFacts(forecast)).toBe('full in 1 day at the rate of the last week');
    expect(problemCure(forecast)).toContain('larger disk');
    i18n.language = 'ru';
    expect(problemFacts(problem('disk.forecast', 2, 0, { days: 3 }))).toContain('через 3 дня');
  });
  it('names the step of the writer in the language of the screen', () => {
    i18n.language = 'en';
    expect(problemFacts(problem('writer.slow', 3, 0, { seconds: 2.5, what: 'retention' }))).toBe('2.5 s: removing old readings');
    expect(writerStep('something new')).toBe('something new');
  });
  it('of what is new to the screens, the server’s own words', () => {
    expect(problemText(problem('news.here', 2))).toBe('server: news.here');
    expect(problemFacts(problem('news.here', 2))).toBe('server: news.here');
    expect(problemCure(problem('news.here', 2))).toBe('');
  });
  it('no false precision about a disk that lasts for years', () => {
    i18n.language = 'en';
    expect(lasts(null)).toBe('');
    expect(lasts(13.9)).toBe('lasts 13 days');
    expect(lasts(4000)).toBe('lasts for years');
  });
});

describe('devices and nodes of the protocols', () => {
  const device = (name: string, state: string, more = {}): Health['modbus'][number] => ({ name, address: '10.0.0.7:502 unit 1', thing: name, state, words: '', since: 1, heard: 2, polls: 5, failures: 0, skipped: 0, refused: 0, ...more });
  it('those that are wrong come first, then by name', () => {
    const modbus = [device('HS-2', 'answers'), device('HS-1', 'answers'), device('HS-9', 'silent', { words: 'no connection' }), device('HS-5', 'answers', { refused: 2 })];
    const [table, ...more] = partnersOf({ modbus, sparkplug: null, bridges: [] });
    expect(table!.rows.map(({ name, wrong }) => [name, wrong])).toEqual([['HS-5', true], ['HS-9', true], ['HS-1', false], ['HS-2', false]]);
    expect(table!.rows[1]!.words).toBe('no connection');
    expect(more).toEqual([]);
  });
  it('a node that lives while its device is gone says so', () => {
    i18n.language = 'en';
    const node = { name: 'Heat/GW-1', state: 'alive', since: 1, heard: 2, devices: 3, dead_devices: 1, messages: 9, rebirths: 0, gaps: 0 };
    expect(partnersOf({ modbus: [], sparkplug: { host: 'town', nodes: [node] }, bridges: [] })[0]!.rows[0]).toMatchObject({ wrong: true, under: '3 devices', words: '1 device is gone' });
  });
  it('what is not in use takes no place', () => {
    expect(partnersOf({ modbus: [], sparkplug: { host: 'town', nodes: [] }, bridges: [] })).toEqual([]);
  });
  it('a bridge without its broker says why, and how often it came back', () => {
    i18n.language = 'en';
    const one: Health['bridges'][number] = { name: 'lns', kind: 'chirpstack', url: 'mqtt://lns:1883', state: 'connected', words: '', version: '5', since: 1, heard: null, messages: 7, refused: 1, busy: 0, unacknowledged: 2, published: 0, connects: 4 };
    const rows = partnersOf({ modbus: [], sparkplug: null, bridges: [one, { ...one, name: 'ttn', kind: 'tts', state: 'refused', version: '', words: 'wrong user or password' }] })[0]!.rows;
    expect(rows.map(({ name, wrong }) => [name, wrong])).toEqual([['ttn', true], ['lns', false]]);
    expect(rows[1]).toMatchObject({ under: 'ChirpStack · mqtt://lns:1883 · MQTT 5', counts: [7, 1, 2, 3] });
    expect(rows[0]).toMatchObject({ under: 'The Things Stack · mqtt://lns:1883', words: 'wrong user or password' });
  });
});
