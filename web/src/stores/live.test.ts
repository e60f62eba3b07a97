/** The live connection and writing, against a server made of two small fakes: a socket and a fetch. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useCsrf } from '../api/api';
import type { Alarm } from '../api/types';
import { alarms } from './alarms.svelte';
import { clock } from './clock.svelte';
import { live } from './live.svelte';
import { town } from './town.svelte';
import { values } from './values.svelte';

class Socket {
  static all: Socket[] = [];
  static readonly OPEN = 1;
  readyState = 1;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: string[] = [];
  constructor() {
    Socket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}
const asked: { method: string; path: string; csrf: string | undefined }[] = [];
/** None: the server fails. A promise: it takes its time. */
const answers: Record<string, unknown> = {};
const alarm = (change: Partial<Alarm>): Alarm => ({
  id: 7, rule: 'r', severity: 2, condition: 'active', handling: 'unacknowledged', thing: 1, datastream: 5, kind: 'lamp', zone: null, raised: 0,
  cleared: null, acknowledged: null, shelved: null, out_of_service: null, assignee: null, escalated: null, exercise: false, open: true, value: 9, limit: 8, comparison: '>', unit: '', count: 1, covers: 1, cause: null, comments: [], sequence: 1, ...change,
});
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
/** The steady clock of the page goes on, and no timer has run. */
const later = (ms: number): void => {
  const steady = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => steady() + ms);
};
const hello = { type: 'hello', now: 1_000, version: '0' };

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
  asked.length = 0;
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('location', { protocol: 'http:', host: 'town' });
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => draw());
  vi.stubGlobal('fetch', async (path: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
    asked.push({ method, path, csrf: headers['X-Qala-CSRF'] });
    const body = await answers[path.split('?')[0]!];
    return new Response(JSON.stringify(body ?? {}), { status: body ? 200 : 500 });
  });
  answers['/api/v1/latest'] = { values: [[5, 100, 41, 0]] };
  answers['/api/v1/alarms'] = { alarms: [] };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a connection that was lost', () => {
  it('says since when, comes back by itself, and fetches what it has missed', async () => {
    const stop = live.start();
    const first = Socket.all[0]!;
    first.onopen?.();
    expect(JSON.parse(first.sent[0]!)).toMatchObject({ subscribe: expect.arrayContaining(['values', 'alarms']) as unknown });
    first.says(hello);
    await settled();
    expect(values.peek(5)?.value).toBe(41);
    expect(live.offline).toBe(false);

    first.onclose?.({ code: 1006 });
    expect(live.offline).toBe(true);
    answers['/api/v1/latest'] = { values: [[5, 200, 43, 0]] };
    answers['/api/v1/alarms'] = { alarms: [alarm({})] };
    await vi.advanceTimersByTimeAsync(600);
    const second = Socket.all[1]!;
    second.onopen?.();
    expect(live.offline, 'an open socket is not yet a picture of the town').toBe(true);
    second.says(hello);
    await settled();
    expect(values.peek(5)?.value).toBe(43);
    expect(alarms.get(7)?.handling).toBe('unacknowledged');
    expect(live.offline).toBe(false);
    stop();
  });
  it('is still lost, and asks again on the same connection, until the server has said what was missed', async () => {
    const stop = live.start();
    Socket.all[0]!.onclose?.({ code: 1006 });
    delete answers['/api/v1/latest'];
    await vi.advanceTimersByTimeAsync(600);
    Socket.all[1]!.says(hello);
    await settled();
    expect([live.offline, live.attempt]).toEqual([true, 1]);
    answers['/api/v1/latest'] = { values: [[5, 400, 44, 0]] };
    await vi.advanceTimersByTimeAsync(600);
    expect(values.peek(5)?.value).toBe(44);
    expect([live.offline, live.connected, Socket.all.length]).toEqual([false, true, 2]);
    stop();
  });
  it('that was never up asks again, too, and says so meanwhile', async () => {
    const stop = live.start();
    answers['/api/v1/alarms'] = undefined;
    Socket.all[0]!.says(hello);
    await settled();
    expect(live.offline).toBe(true);
    answers['/api/v1/alarms'] = { alarms: [alarm({})] };
    await vi.advanceTimersByTimeAsync(600);
    expect([live.offline, alarms.loaded]).toEqual([false, true]);
    stop();
  });
  it('is not called live by an answer to a connection before it', async () => {
    const stop = live.start();
    let answer: (latest: unknown) => void = () => undefined;
    answers['/api/v1/latest'] = new Promise((resolve) => (answer = resolve));
    Socket.all[0]!.says(hello);
    await settled();
    Socket.all[0]!.onclose?.({ code: 1006 });
    answer({ values: [[5, 500, 45, 0]] });
    await settled();
    expect([live.offline, live.connected]).toEqual([true, false]);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.filter((one) => one.path === '/api/v1/latest')).toHaveLength(1);
  });
  it('asks at once who is signed in when the server says that the session has ended', async () => {
    const stop = live.start();
    Socket.all[0]!.onclose?.({ code: 1006 });
    await settled();
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(600);
    Socket.all[1]!.onclose?.({ code: 4401 });
    await settled();
    expect(asked.map((one) => one.path)).toEqual(['/api/v1/session']);
    stop();
  });
  it('never puts an older value over a newer one', () => {
    values.put([[6, 300, 1, 0]]);
    values.put([[6, 200, 2, 0]]);
    expect(values.peek(6)?.value).toBe(1);
  });
});

describe('a page that nobody sees', () => {
  it('knows a new alarm, and that one is over, though it draws no frames', async () => {
    alarms.replace([alarm({ id: 7 })]);
    vi.stubGlobal('requestAnimationFrame', () => 0);
    alarms.put([alarm({ id: 8 }), alarm({ id: 7, open: false })]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(alarms.list.map(({ id }) => id)).toEqual([8]);
  });
  it('knows it at once where timers sleep, too', () => {
    alarms.replace([]);
    vi.stubGlobal('document', { hidden: true });
    alarms.put([alarm({ id: 8 })]);
    expect(alarms.list.map(({ id }) => id)).toEqual([8]);
  });
  it('knows the time from what the server says, though its timers sleep', async () => {
    const stop = live.start();
    Socket.all[0]!.says(hello);
    await settled();
    const before = clock.now;
    later(30_000);
    vi.setSystemTime(Date.now() + 30_000);
    Socket.all[0]!.says({ type: 'unclaimed', count: 0 });
    expect(clock.now - before).toBe(30_000);
    stop();
  });
});

describe('the time', () => {
  const said = (): void => Socket.all[0]!.says({ type: 'unclaimed', count: 0 });
  const questions = (): number => asked.filter(({ path }) => path === '/api/v1/town').length;
  it.each([1_200_000, -1_200_000])('is the server\'s, though the clock of the desk is set by %i ms', async (by) => {
    const stop = live.start();
    Socket.all[0]!.says(hello);
    await settled();
    vi.setSystemTime(Date.now() + by);
    expect(clock.exact()).toBe(1_000);
    said();
    expect(clock.now).toBe(1_000);
    stop();
  });
  it('is asked for, until it is known, when the machine has slept', async () => {
    const stop = live.start();
    Socket.all[0]!.says(hello);
    await settled();
    delete answers['/api/v1/town'];
    vi.setSystemTime(Date.now() + 300_000);
    said();
    await settled();
    answers['/api/v1/town'] = { now: new Date(3_600_000).toISOString() };
    await vi.advanceTimersByTimeAsync(30_000);
    expect(clock.exact()).toBeGreaterThanOrEqual(3_600_000);
    const enough = questions();
    said();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(questions()).toBe(enough);
    stop();
  });
});

describe('the rules', () => {
  const named = (...keys: string[]): unknown => ({ rules: keys.map((key) => ({ key, name: { kk: key, ru: key, en: key } })) });
  const known = (): string[] => [...town.rules.keys()];
  beforeEach(async () => {
    answers['/api/v1/rules'] = named('r');
    await town.loadRules();
    town.loaded = true;
  });
  afterEach(() => {
    town.loaded = false;
  });
  it('are fetched when the server says that others are in force', async () => {
    const stop = live.start();
    answers['/api/v1/rules'] = named('r', 'new');
    Socket.all[0]!.says({ type: 'rules' });
    await settled();
    expect(known()).toEqual(['r', 'new']);
    stop();
  });
  it('that did not come are asked for again', async () => {
    const stop = live.start();
    delete answers['/api/v1/rules'];
    Socket.all[0]!.says({ type: 'rules' });
    await settled();
    answers['/api/v1/rules'] = named('r', 'new');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(known()).toEqual(['r', 'new']);
    stop();
  });
  it('are fetched when an alarm of an unknown rule comes, and not for a known one', async () => {
    const stop = live.start();
    Socket.all[0]!.says({ type: 'alarms', alarms: [alarm({})] });
    answers['/api/v1/rules'] = named('r', 'new');
    await settled();
    expect(known()).toEqual(['r']);
    Socket.all[0]!.says({ type: 'alarms', alarms: [alarm({ rule: 'new' })] });
    await settled();
    expect(known()).toEqual(['r', 'new']);
    stop();
  });
  it('are fetched after a break', async () => {
    Object.assign(answers, { '/api/v1/things': { generation: 1, zones: [], properties: [], things: [] }, '/api/v1/views': { views: [] } });
    const stop = live.start();
    Socket.all[0]!.onclose?.({ code: 1006 });
    answers['/api/v1/rules'] = named('r', 'new');
    await vi.advanceTimersByTimeAsync(600);
    Socket.all[1]!.says(hello);
    await settled();
    expect(known()).toEqual(['r', 'new']);
    expect(live.offline).toBe(false);
    stop();
  });
});

describe('the registry', () => {
  const whole = (generation: number): unknown => ({ generation, zones: [], properties: [], things: [] });
  const says = (generation: number): void => Socket.all[0]!.says({ type: 'registry', generation });
  const downloads = (): number => asked.filter(({ path }) => path === '/api/v1/things').length;
  beforeEach(async () => {
    answers['/api/v1/things'] = whole(1);
    await town.loadThings();
    asked.length = 0;
  });
  it('is never the one of before, whichever answer comes last', async () => {
    let come: (answer: unknown) => void = () => undefined;
    answers['/api/v1/things'] = new Promise((resolve) => (come = resolve));
    const slow = town.loadThings();
    await settled();
    answers['/api/v1/things'] = whole(3);
    await town.loadThings();
    come(whole(2));
    await slow;
    expect(town.registry.generation).toBe(3);
  });
  it('is asked for again after a failure, until it is there', async () => {
    const stop = live.start();
    delete answers['/api/v1/things'];
    says(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(town.registry.generation).toBe(1);
    answers['/api/v1/things'] = whole(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(town.registry.generation).toBe(2);
    const enough = downloads();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(downloads()).toBe(enough);
    stop();
  });
  it('is not asked for without a connection', async () => {
    const stop = live.start();
    delete answers['/api/v1/things'];
    says(2);
    await settled();
    Socket.all[0]!.onclose?.({ code: 1006 });
    asked.length = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(downloads()).toBe(0);
    stop();
  });
  it('is downloaded one at a time, however often it changes', async () => {
    const stop = live.start();
    let come: (answer: unknown) => void = () => undefined;
    answers['/api/v1/things'] = new Promise((resolve) => (come = resolve));
    for (let generation = 2; generation <= 41; generation++) {
      says(generation);
      await vi.advanceTimersByTimeAsync(25);
    }
    expect(downloads()).toBe(1);
    answers['/api/v1/things'] = whole(41);
    come(whole(2));
    await vi.advanceTimersByTimeAsync(30_000);
    expect([town.registry.generation, downloads()]).toEqual([41, 2]);
    stop();
  });
});

describe('acknowledging', () => {
  it('is sent, with the token of the session, and shown only as the server answers it', async () => {
    useCsrf('token');
    alarms.replace([alarm({})]);
    answers['/api/v1/alarms/7/acknowledge'] = alarm({ handling: 'acknowledged', acknowledged: { at: 5, by: 'asem' } });
    await alarms.acknowledge(7);
    expect(asked).toEqual([{ method: 'POST', path: '/api/v1/alarms/7/acknowledge', csrf: 'token' }]);
    expect(alarms.get(7)?.acknowledged?.by).toBe('asem');
  });
  it('that fails leaves the alarm unanswered', async () => {
    alarms.replace([alarm({})]);
    delete answers['/api/v1/alarms/7/acknowledge'];
    await expect(alarms.acknowledge(7)).rejects.toThrow();
    expect(alarms.get(7)?.handling).toBe('unacknowledged');
  });
});

describe('a list of alarms', () => {
  /** Asks for the list; the answer comes when the returned function is called. */
  const asking = (): { come: (list: Alarm[]) => void; done: Promise<void> } => {
    let come: (list: Alarm[]) => void = () => undefined;
    answers['/api/v1/alarms'] = new Promise((resolve) => (come = (list) => resolve({ alarms: list })));
    return { come, done: alarms.load() };
  };
  const ids = (): number[] => alarms.list.map(({ id }) => id).sort();

  it('does not take away what was raised after it was asked for', async () => {
    alarms.replace([alarm({ id: 7 })]);
    const { come, done } = asking();
    alarms.put([alarm({ id: 8 })]);
    come([alarm({ id: 7 })]);
    await done;
    expect(ids()).toEqual([7, 8]);
    alarms.replace([]);
    expect(ids()).toEqual([]);
  });
  it('does not bring back what was over after it was asked for', async () => {
    alarms.replace([alarm({ id: 7 }), alarm({ id: 8 })]);
    const { come, done } = asking();
    alarms.put([alarm({ id: 8, open: false })]);
    come([alarm({ id: 7 }), alarm({ id: 8 })]);
    await done;
    expect(ids()).toEqual([7]);
  });
  it('that was asked for before another does not replace it', async () => {
    const first = asking();
    const second = asking();
    second.come([alarm({ id: 9 })]);
    await second.done;
    first.come([alarm({ id: 7 })]);
    await first.done;
    expect(ids()).toEqual([9]);
  });
  it('that does not come leaves what is known', async () => {
    alarms.replace([alarm({ id: 7 })]);
    delete answers['/api/v1/alarms'];
    await expect(alarms.load()).rejects.toThrow();
    expect(ids()).toEqual([7]);
  });
});
