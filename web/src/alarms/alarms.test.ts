import { describe, expect, it } from 'vitest';
import type { Severity } from '../api/types';
import { type AsideRow, rowAside } from './aside';
import { Bell, notes } from './sound.svelte';

const waits = (...severities: Severity[]) => severities.map((severity, id) => ({ id, severity }));
const second = 1_000;

describe('the row of what is put aside that keys act on', () => {
  const rows = (...ids: string[]) => ids.map((id) => ({ id, alarm: id === 'c' ? { id: 3 } : null }) as AsideRow);
  it('is the alarm that is chosen elsewhere, or else the first', () => {
    expect(rowAside(rows('a', 'b', 'c'), null, 3)?.id).toBe('c');
    expect(rowAside(rows('a', 'b', 'c'), null, null)?.id).toBe('a');
  });
  it('is no other one when the chosen one has been taken back', () => {
    expect(rowAside(rows('a', 'b', 'c'), 'b', null)?.id).toBe('b');
    expect(rowAside(rows('a', 'c'), 'b', 3)).toBeUndefined();
  });
});

describe('the sound of what waits', () => {
  it('is the most severe, and only one', () => expect(new Bell().due(waits(3, 1, 2), 0, false)).toBe(1));
  it('comes again every 10 s for critical, every 30 s for high', () => {
    const rings = (severity: Severity): number[] => {
      const bell = new Bell();
      return Array.from({ length: 61 }, (_, n) => n).filter((n) => bell.due(waits(severity), n * second, false) !== null);
    };
    expect(rings(1)).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(rings(2)).toEqual([0, 30, 60]);
    expect(rings(3)).toEqual([0]);
    expect(rings(4)).toEqual([]);
  });
  it('ends when the last is acknowledged', () => {
    const bell = new Bell();
    bell.due(waits(1), 0, false);
    expect(bell.due([], 10 * second, false)).toBeNull();
  });
  it('comes at once for a new one of the same severity', () => {
    const bell = new Bell();
    bell.due([{ id: 1, severity: 2 }], 0, false);
    expect(bell.due([{ id: 1, severity: 2 }, { id: 2, severity: 2 }], 3 * second, false)).toBe(2);
  });
  it('keeps silent while muted, and comes back after it', () => {
    const bell = new Bell();
    bell.due(waits(1), 0, false);
    expect(bell.due(waits(1), 20 * second, true)).toBeNull();
    expect(bell.due(waits(1), 21 * second, false)).toBe(1);
  });
  it('falls for critical and rises for high', () => {
    const [a, b] = notes[1]!;
    const [c, d] = notes[2]!;
    expect(a!.hertz).toBeGreaterThan(b!.hertz);
    expect(c!.hertz).toBeLessThan(d!.hertz);
  });
});
