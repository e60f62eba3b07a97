import { describe, expect, it } from 'vitest';
import type { Alarm } from '../api/types';
import { readAddress } from './address';
import { queueOf } from './order';
import { patience, shiftAt, troubleOf } from './watch';

describe('the address of a wall', () => {
  it('names layout, screen, language and theme', () => {
    expect(readAddress('?layout=alarms&lang=ru&theme=light', '')).toEqual({ layout: 'alarms', screen: 1, language: 'ru', theme: 'light', token: null, cameras: [], follow: false });
  });
  it('names cameras, and whether they follow alarms', () => {
    expect(readAddress('?cameras=3,x,9&follow=alarms', '')).toMatchObject({ layout: 'cameras', cameras: [3, 9], follow: true });
    expect(readAddress('?follow=alarms', '')).toMatchObject({ layout: 'cameras', cameras: [] });
  });
  it('gives each of several screens its own', () => {
    const on = (screen: number) => readAddress(`?layout=town,fields,alarms&screen=${screen}`, '').layout;
    expect([on(1), on(2), on(3), on(4)]).toEqual(['town', 'fields', 'alarms', 'town']);
  });
  it('shows the town where it says nothing or nonsense', () => {
    expect(readAddress('', '')).toMatchObject({ layout: 'town', screen: 1, language: null, theme: 'dark' });
    expect(readAddress('?layout=cellar&screen=-3&lang=xx&theme=pink', '')).toMatchObject({ layout: 'town', screen: 1, language: null, theme: 'dark' });
  });
  it('carries the token where no server sees it', () => {
    expect(readAddress('?layout=town', '#token=qala_abc').token).toBe('qala_abc');
    expect(readAddress('?token=qala_abc', '').token).toBeNull();
  });
});

describe('the picture', () => {
  const fresh = { now: 100_000, drawn: 99_000, heard: 98_000, refused: false };
  it('is believed while frames are drawn and the server is heard', () => expect(troubleOf(fresh)).toBeNull());
  it('is old when the server is not heard', () => expect(troubleOf({ ...fresh, heard: fresh.now - patience - 1 })).toBe('silent'));
  it('is old when no frame is drawn, however much is heard', () => expect(troubleOf({ ...fresh, drawn: fresh.now - patience - 1 })).toBe('frozen'));
  it('says that it is signed out', () => expect(troubleOf({ ...fresh, heard: 0, refused: true })).toBe('refused'));
});

describe('against burn-in', () => {
  const hour = 3_600_000;
  it('moves by 2 px an hour and stays within 4 px', () => {
    for (let n = 0; n < 100; n += 1) {
      const [a, b] = [shiftAt(n * hour), shiftAt((n + 1) * hour)];
      expect(Math.abs(a.x - b.x) + Math.abs(a.y - b.y)).toBe(2);
      expect(Math.max(Math.abs(a.x), Math.abs(a.y))).toBeLessThanOrEqual(4);
    }
  });
  it('comes to every place', () => {
    const places = new Set(Array.from({ length: 48 }, (_, n) => JSON.stringify(shiftAt(n * hour))));
    expect(places.size).toBe(25);
  });
  it('stands still within the hour', () => expect(shiftAt(5 * hour)).toEqual(shiftAt(6 * hour - 1)));
});

describe('in front', () => {
  const alarm = (id: number, handling: Alarm['handling']): Alarm => ({ id, handling }) as Alarm;
  it('stands the first that nobody has answered, the next waits below', () => {
    const queue = queueOf([alarm(1, 'acknowledged'), alarm(2, 'unacknowledged'), alarm(3, 'unacknowledged'), alarm(4, 'unacknowledged')], 1);
    expect(queue.front?.id).toBe(2);
    expect(queue.next.map(({ id }) => id)).toEqual([3]);
    expect([queue.more, queue.answered]).toEqual([1, 1]);
  });
  it('stands nothing when all are answered', () => expect(queueOf([alarm(1, 'acknowledged')], 1).front).toBeNull());
});
