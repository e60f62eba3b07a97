import { describe, expect, it } from 'vitest';
import table from '../../../tests/words/fold.tsv?raw';
import { Asking } from './asking.svelte';
import { digitsApart, signOf } from './compare';
import { fold, matches } from './fold';
import { layerOf } from './layers';
import { Newest } from './newest';
import { flag, freshness, trustOf } from './trust';
import { left, unsaved } from './unsaved.svelte';

describe('search', () => {
  const rows = table.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split('\t'));
  it.each(rows.filter(([what]) => what === 'fold'))('%s %s', (_, text, folded) => expect(fold(text ?? '')).toBe(folded));
  it.each(rows.filter(([what]) => what === 'find'))('%s in %s: %s', (_, text, typed, answer) => expect(matches(fold(text ?? ''), fold(typed ?? ''))).toBe(answer === 'yes'));
  it('has a table', () => expect(rows.length).toBeGreaterThan(40));
});

describe('an answer', () => {
  const late = (): { answer: Promise<string>; come: (text: string) => void } => {
    let come: (text: string) => void = () => undefined;
    return { answer: new Promise((resolve) => (come = resolve)), come };
  };
  it('is not shown after the answer to a later question', async () => {
    const [first, second] = [late(), late()];
    const shown: string[] = [];
    const newest = new Newest();
    const asked = [first, second].map(({ answer }) => newest.ask(() => answer, (text) => shown.push(text)));
    second.come('new');
    await asked[1];
    expect(newest.waiting).toBe(true);
    first.come('old');
    await asked[0];
    expect([shown, newest.waiting]).toEqual([['new'], false]);
    await newest.ask(() => Promise.resolve('newer'), (text) => shown.push(text));
    expect(shown).toEqual(['new', 'newer']);
  });
  it('that failed after a later one came is no failure', async () => {
    const newest = new Newest();
    let away: (why: Error) => void = () => undefined;
    const first = newest.ask(() => new Promise<string>((_, reject) => (away = reject)), () => undefined);
    await newest.ask(() => Promise.resolve('new'), () => undefined);
    away(new Error('away'));
    await expect(first).resolves.toBeUndefined();
  });
  it('that fails is told, and is waited for no longer', async () => {
    const newest = new Newest();
    await expect(newest.ask(() => Promise.reject(new Error('away')), () => undefined)).rejects.toThrow('away');
    expect(newest.waiting).toBe(false);
  });
});

describe('what a person asks for', () => {
  it('happens once, however often the key is pressed before the answer', async () => {
    const asking = new Asking();
    let [times, answer]: [number, () => void] = [0, () => undefined];
    const press = (): Promise<boolean> => asking.run(() => new Promise<void>((resolve) => (times += 1, answer = resolve)));
    const [first, second] = [press(), press()];
    answer();
    expect([await first, await second, times, asking.busy]).toEqual([true, false, 1, false]);
    const third = press();
    answer();
    expect([await third, times]).toEqual([true, 2]);
  });
});

describe('what was typed', () => {
  it('is held in each of the forms of a page', () => {
    const forms = { note: '', entry: 'F-14' };
    const release = [unsaved.hold(() => forms.entry), unsaved.hold(() => forms.note)];
    expect([unsaved.keeps(), unsaved.keeps()]).toEqual([true, false]);
    forms.note = 'a quiet end';
    expect([unsaved.keeps(), unsaved.keeps()]).toEqual([true, false]);
    release[0]!();
    forms.note = '';
    expect(unsaved.keeps()).toBe(false);
    release[1]!();
  });
  it('after what was sent stays when the answer comes', () => {
    expect(left('crew at F-14', 'crew at F-14')).toBe('');
    expect(left('crew at F-14\nlight again', 'crew at F-14')).toBe('light again');
    expect(left('light again', 'crew at F-14')).toBe('light again');
  });
});

describe('freshness', () => {
  const interval = 600_000;
  it('calls a value stale after one and a half intervals, dead after three', () => {
    expect(freshness(1.4 * interval, interval)).toBe('fresh');
    expect(freshness(1.6 * interval, interval)).toBe('stale');
    expect(freshness(3.1 * interval, interval)).toBe('dead');
  });
  it('never calls a value dead whose interval nobody knows', () => expect(freshness(1e9, null)).toBe('stale'));
});

describe('trust', () => {
  it('reads the flags of the server, the worst first', () => {
    expect(trustOf(0)).toBe('good');
    expect(trustOf(flag.serverTime | flag.late)).toBe('good');
    expect(trustOf(flag.doubtful)).toBe('doubt');
    expect(trustOf(flag.outOfRange | flag.byHand)).toBe('bad');
    expect(trustOf(flag.derived)).toBe('calc');
  });
});

describe('layers', () => {
  const meter = (key: string) => layerOf({ id: 1, key: 'm', name: 'm', kind: 'meter', datastreams: [{ id: 1, key, name: key, unit: '', interval_ms: 0 }] });
  it('puts a meter where what it measures belongs', () => {
    expect(meter('water_volume')).toBe('water');
    expect(meter('heat_energy')).toBe('heat');
    expect(meter('energy')).toBe('power');
  });
});

describe('value and limit', () => {
  it('are never rounded until they look alike', () => {
    expect(digitsApart(160.4, 160, 0)).toBe(1);
    expect(digitsApart(69.98, 70, 1)).toBe(2);
    expect(digitsApart(99, 90, 0)).toBe(0);
    expect(digitsApart(90, 90, 0)).toBe(0);
  });
  it('stand as they are, whatever the rule asks', () => {
    expect(signOf(160.4, 160, '>')).toBe('>');
    expect(signOf(61.8, 70, '<')).toBe('<');
    expect(signOf(90, 90, '>')).toBe('≥');
    expect(signOf(12, 0, 'silent')).toBe('');
  });
});
