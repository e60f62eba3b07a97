import { beforeEach, describe, expect, it } from 'vitest';
import { age, hm, longDate, offsetAt, shortDate, startOfDay, useZone, when } from './dates';
import { withCase } from './kazakh';
import { fill } from './message';
import { number } from './number';

const evening = Date.UTC(2026, 0, 17, 14, 40, 12);
beforeEach(() => useZone('Asia/Almaty', 300, evening));

describe('Kazakh case endings', () => {
  it.each([
    ['19:26', 'abl', '19:26-дан'], ['21:10', 'loc', '21:10-да'], ['18:50', 'abl', '18:50-ден'], ['19:41', 'loc', '19:41-де'],
    ['412', 'poss', '412-сі'], ['17', 'poss', '17-сі'], ['38', 'poss', '38-і'], ['07:30', 'loc', '07:30-да'], ['17:00', 'loc', '17:00-де'],
    ['3', 'abl', '3-тен'], ['40', 'abl', '40-тан'], ['1 000', 'gen', '1 000-ның'], ['100', 'dat', '100-ге'], ['5 %', 'abl', '5 %-дан'],
  ] as const)('%s, %s', (text, wanted, expected) => expect(withCase(text, wanted)).toBe(expected));
});

describe('messages', () => {
  it('count Russian words in three forms', () => {
    const say = (n: number): string => fill('{n} {n#лампа|лампы|ламп}', { n }, 'ru');
    expect([1, 2, 5, 11, 21, 112].map(say)).toEqual(['1 лампа', '2 лампы', '5 ламп', '11 ламп', '21 лампа', '112 ламп']);
  });
  it('keep the Kazakh noun in the singular', () => expect(fill('{n} {n#шам}', { n: 38 }, 'kk')).toBe('38 шам'));
  it('put a case ending in Kazakh only', () => {
    expect(fill('{time:loc} үзілді', { time: '19:41' }, 'kk')).toBe('19:41-де үзілді');
    expect(fill('в {time:loc}', { time: '19:41' }, 'ru')).toBe('в 19:41');
  });
});

describe('numbers', () => {
  it('follow the language', () => {
    expect(number(3012, 'kk')).toBe('3\u00a0012');
    expect(number(61.8, 'kk', 1)).toBe('61,8');
    expect(number(3012, 'en')).toBe('3,012');
    expect(number(-27, 'ru', 0)).toBe('−27');
  });
  it('show no minus before a zero', () => expect(number(-0.04, 'en', 1)).toBe('0.0'));
});

describe('dates', () => {
  it('have their own words in every language', () => {
    expect(longDate(evening, 'kk')).toBe('2026\u00a0ж. 17\u00a0қаңтар, сенбі');
    expect(longDate(evening, 'ru')).toBe('17\u00a0января 2026\u00a0г., суббота');
    expect(longDate(evening, 'en')).toBe('Saturday, 17\u00a0January 2026');
    expect(shortDate(evening, 'en')).toBe('17\u00a0Jan\u00a02026');
  });
  it('stand in the zone of the town', () => expect(hm(evening)).toBe('19:40'));
  it('know the 25-hour day of 2024-02-29', () => {
    const before = startOfDay(Date.UTC(2024, 1, 29, 12));
    const after = startOfDay(Date.UTC(2024, 2, 1, 12));
    expect([offsetAt(before), offsetAt(after)]).toEqual([360, 300]);
    expect((after - before) / 3_600_000).toBe(25);
  });
  it('believe the server where the browser is out of date', () => {
    useZone('Asia/Almaty', 360, evening);
    expect(hm(evening)).toBe('20:40');
  });
  it('leave out the day of today', () => {
    expect(when(evening - 3_600_000, evening, 'ru')).toBe('18:40');
    expect(when(evening - 86_400_000, evening, 'ru')).toBe('16.01 19:40');
  });
});

describe('ages', () => {
  it.each([
    [40_000, '40\u00a0с'], [28 * 60_000, '28\u00a0мин'], [338 * 60_000, '5\u00a0сағ 38\u00a0мин'], [75 * 3_600_000, '3\u00a0күн 3\u00a0сағ'], [-5, '0\u00a0с'],
  ])('%i ms', (ms, text) => expect(age(ms, 'kk')).toBe(text));
});
