import { beforeEach, describe, expect, it } from 'vitest';
import { useZone } from '../i18n/dates';
import { area, cornerAt, inserted, inside, maskAt, nudge, shift, sideAt, sound, withCorner, withoutCorner } from './polygon';
import type { Point } from '../api/camera-types';
import { monthName, monthStep } from './months';
import { barsOf, following, marksOf, recordedFrom, scrubbed, shareOf, stepMark, ticksOf, timeAt, typedTime, windowFor } from './timeline';

const now = Date.UTC(2026, 0, 17, 14, 40, 0);
const hour = 3_600_000;
beforeEach(() => useZone('Asia/Almaty', 300, now));

describe('the strip of time', () => {
  it('has now at its right end, and the past in its middle', () => {
    const live = windowFor(now, hour, now);
    expect(shareOf(live, now)).toBeCloseTo(0.96);
    expect(shareOf(windowFor(now - 30 * hour, hour, now), now - 30 * hour)).toBeCloseTo(0.5);
  });
  it('moves only when the moment comes near its edge', () => {
    const window = windowFor(now - 30 * hour, hour, now);
    expect(following(window, now - 30 * hour + 0.4 * hour, now)).toBe(window);
    expect(following(window, now - 29 * hour, now)).not.toBe(window);
  });
  it('turns places into times and back', () => {
    const window = { from: 1000, to: 2000 };
    expect([timeAt(window, 0.25), timeAt(window, -3), shareOf(window, 1250)]).toEqual([1250, 1000, 0.25]);
  });
  it('draws what is recorded, cut to the window, and keeps gaps', () => {
    const bars = barsOf([{ from: -500, to: 100, motion: false }, { from: 100, to: 200, motion: false }, { from: 400, to: 500, motion: true }, { from: 900, to: 2000, motion: false }], { from: 0, to: 1000 }, 1000);
    expect(bars.map(({ left, width, motion }) => [left, Math.round(width * 1000) / 1000, motion])).toEqual([[0, 0.2, false], [0.4, 0.1, true], [0.9, 0.1, false]]);
  });
  it('jumps over a gap to what comes next', () => {
    const spans = [{ from: 0, to: 100, motion: false }, { from: 300, to: 400, motion: false }];
    expect([recordedFrom(spans, 50), recordedFrom(spans, 150), recordedFrom(spans, 500)]).toEqual([50, 300, null]);
  });
  it('joins marks that lie on each other; the alarm is seen', () => {
    const marks = marksOf([{ at: 501, kind: 'alarm', alarm: 7 }, { at: 500, kind: 'motion' }, { at: 900, kind: 'motion' }], { from: 0, to: 1000 }, 300);
    expect(marks.map(({ mark, count }) => [mark.kind, count])).toEqual([['alarm', 2], ['motion', 1]]);
  });
  it('steps from alarm to alarm, each with what led to it', () => {
    const marks = [100_000, 200_000, 300_000].map((at) => ({ at, kind: 'alarm' }));
    expect([stepMark(marks, 0, 1, 30_000)?.at, stepMark(marks, 70_000, 1, 30_000)?.at, stepMark(marks, 171_000, -1, 30_000)?.at, stepMark(marks, 270_000, 1, 30_000)]).toEqual([100_000, 200_000, 100_000, null]);
  });
  it('writes whole steps of the town clock', () => {
    const ticks = ticksOf({ from: now - 24 * hour, to: now }, 900);
    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.every(({ at }) => (at + 5 * hour) % (4 * hour) === 0)).toBe(true);
  });
  it('goes by seconds, ten seconds and pages', () => {
    const window = { from: 0, to: 6 * hour };
    expect([scrubbed(0, 'ArrowRight', false, window), scrubbed(0, 'ArrowLeft', true, window), scrubbed(0, 'PageDown', false, window), scrubbed(0, 'KeyA', false, window)]).toEqual([1000, -10_000, hour, null]);
  });
  it.each([
    ['18:40', '2026-01-17T18:40:00'], ['18.40.05', '2026-01-17T18:40:05'], ['23:10', '2026-01-16T23:10:00'], ['5.01 7:05', '2026-01-05T07:05:00'],
    ['31.12.2025 23:59:59', '2025-12-31T23:59:59'], ['2026-01-02 10:00', '2026-01-02T10:00:00'], ['25:00', null], ['soon', null], ['', null],
  ])('%s is %s', (text, expected) => expect(typedTime(text, '2026-01-17T19:40')).toBe(expected));
});

const square: Point[] = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]];
describe('masks', () => {
  it('know their inside and their area', () => {
    expect(area(square)).toBeCloseTo(0.16);
    expect([inside(square, [0.4, 0.4]), inside(square, [0.7, 0.4])]).toEqual([true, false]);
    expect(sound([[0, 0], [1, 1]])).toBe(false);
    expect(sound([[0, 0], [0.5, 0.5], [1, 1]])).toBe(false);
  });
  it('are found by corner, side and place', () => {
    expect(cornerAt(square, [0.605, 0.2], 0.02)).toBe(1);
    expect(cornerAt(square, [0.4, 0.4], 0.02)).toBeNull();
    expect(sideAt(square, [0.6, 0.4], 0.02)).toBe(1);
    expect(maskAt([{ name: 'a', points: square }, { name: 'b', points: square }], [0.3, 0.3])).toBe(1);
    expect(maskAt([{ name: 'a', points: square }], [0.9, 0.9])).toBeNull();
  });
  it('stay in the picture, whole', () => {
    expect(shift(square, 0.9, -0.9)).toEqual([[0.6, 0], [1, 0], [1, 0.4], [0.6, 0.4]]);
    expect(withCorner(square, 0, [-3, 0.1])[0]).toEqual([0, 0.1]);
  });
  it('gain and lose corners, never below three', () => {
    expect(inserted(square, 0, [0.4, 0.1])).toHaveLength(5);
    expect(withoutCorner(square, 0)).toHaveLength(3);
    expect(withoutCorner(square.slice(0, 3), 0)).toHaveLength(3);
  });
  it('are moved by arrow keys, ten times as far with Shift', () => {
    expect([nudge('ArrowLeft', false), nudge('ArrowDown', true), nudge('KeyA', false)]).toEqual([[-0.005, 0], [0, 0.05], null]);
  });
});
describe('months', () => {
  it('follow each other over the year', () => expect([monthStep('2026-01', -1), monthStep('2025-12', 1)]).toEqual(['2025-12', '2026-01']));
  it('have names of their own', () => expect([monthName('2026-01', 'kk'), monthName('2026-01', 'ru'), monthName('2026-05', 'en')]).toEqual(['2026\u00a0ж. қаңтар', 'январь 2026\u00a0г.', 'May 2026']));
});
