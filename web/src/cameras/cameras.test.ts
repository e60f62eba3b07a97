import { beforeEach, describe, expect, it } from 'vitest';
import { useZone } from '../i18n/dates';
import { inOrder, lookAddress, read, shifted, start, stepTile, write } from './address';
import { decodeTime, isInit, silenced, timescale } from './boxes';
import { followEdge, holding, offsetFor, stepOver } from './buffer';
import { camerasNear, followed, metres } from './near';
import type { Camera } from '../api/camera-types';
import { moved, whole, zoomAt } from './zoom';

const evening = Date.UTC(2026, 0, 17, 14, 40, 12);
beforeEach(() => useZone('Asia/Almaty', 300, evening));

describe('a live picture', () => {
  it('is left alone near the edge', () => expect(followEdge([[10, 12]], 11.8)).toEqual({ seek: null, rate: 1, remove: null }));
  it('runs a little faster when it lags', () => expect(followEdge([[10, 12]], 11.4).rate).toBeGreaterThan(1));
  it('jumps to the edge when it is more than a second behind', () => expect(followEdge([[0, 12]], 10.9).seek).toBeCloseTo(11.88));
  it('follows a new run, forwards and backwards', () => {
    expect(followEdge([[10, 12], [400, 401]], 12).seek).toBeCloseTo(400.88);
    expect(followEdge([[10, 12]], 500).seek).toBeCloseTo(11.88);
  });
  it('never goes before what there is', () => expect(followEdge([[400, 400.04]], 12).seek).toBe(400));
  it('throws away what is long past', () => expect(followEdge([[0, 40]], 39.9).remove).toEqual([0, 31.9]));
  it('waits while there is nothing', () => expect(followEdge([], 3).seek).toBeNull());
});
describe('a recording', () => {
  it('steps over a gap once it stands before it', () => {
    expect(stepOver([[0, 10], [70, 80]], 9.97, true).seek).toBe(70);
    expect(stepOver([[0, 10], [70, 80]], 9.5, true).seek).toBeNull();
  });
  it('stays where it is while it is held', () => expect(stepOver([[0, 10], [70, 80]], 10, false).seek).toBeNull());
  it('knows which piece holds a second', () => {
    expect(holding([[0, 10], [70, 80]], 72)).toEqual([70, 80]);
    expect(holding([[0, 10], [70, 80]], 40)).toBeNull();
  });
});
describe('the line of time', () => {
  it('keeps its offset through small differences, and takes a new one after a jump', () => {
    expect(offsetFor(100, 3, null)).toBe(97);
    expect(offsetFor(100.1, 3, 97)).toBe(97);
    expect(offsetFor(200, 3, 97)).toBe(197);
  });
});

const box = (type: string, ...inner: Uint8Array[]): Uint8Array => {
  const size = 8 + inner.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, size);
  out.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  let at = 8;
  for (const part of inner) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
const numbers = (...list: number[]): Uint8Array => {
  const out = new Uint8Array(list.length * 4);
  list.forEach((value, at) => new DataView(out.buffer).setUint32(at * 4, value));
  return out;
};
const init = (): Uint8Array => {
  const trak = (units: number): Uint8Array => box('trak', box('mdia', box('mdhd', numbers(0, 0, 0, units, 0, 0))));
  return new Uint8Array([...box('ftyp', numbers(1)), ...box('moov', trak(90_000), trak(8_000), box('mvex', box('trex', numbers(0, 1)), box('trex', numbers(0, 2))))]);
};
describe('boxes', () => {
  const fragment = (track: number, time: number): Uint8Array => box('moof', box('mfhd', numbers(0, 7)), box('traf', box('tfhd', numbers(0, track)), box('tfdt', numbers(0x01000000, 1, time))));
  it('tell units and time, of 64 bits too', () => {
    expect(timescale(init())).toBe(90_000);
    expect(decodeTime(fragment(1, 5))).toEqual({ track: 1, time: 2 ** 32 + 5 });
    expect(isInit(init())).toBe(true);
    expect(isInit(fragment(1, 5))).toBe(false);
  });
  it('lose their sound, and nothing else', () => {
    const bytes = init();
    silenced(bytes);
    const text = new TextDecoder('latin1').decode(bytes);
    expect([text.split('trak').length - 1, text.split('trex').length - 1, text.split('free').length - 1]).toEqual([1, 1, 2]);
    expect(timescale(bytes)).toBe(90_000);
  });
  it('of a recording lose the fragments of their sound, with their bytes', () => {
    const piece = new Uint8Array([...fragment(1, 5), ...box('mdat', numbers(11)), ...fragment(2, 7), ...box('mdat', numbers(22)), ...fragment(1, 6), ...box('mdat', numbers(33))]);
    const before = piece.slice();
    silenced(piece);
    const tops: string[] = [];
    for (let at = 0; at < piece.length; at += new DataView(piece.buffer).getUint32(at)) tops.push(new TextDecoder().decode(piece.subarray(at + 4, at + 8)));
    expect(tops).toEqual(['moof', 'mdat', 'free', 'free', 'moof', 'mdat']);
    expect(piece.filter((byte, at) => byte !== before[at])).toHaveLength(8);
    expect(decodeTime(piece)).toEqual({ track: 1, time: 2 ** 32 + 5 });
  });
  it('that are cut or lie about their size are none', () => {
    for (const bytes of [fragment(1, 5).slice(0, 40), numbers(0xffffffff, 0x6d6f6f66), new Uint8Array(3)]) expect(decodeTime(bytes)).toBeNull();
    expect(timescale(init().slice(0, 30))).toBeNull();
  });
});

describe('the address', () => {
  it('says all that is shown, and nothing that is usual', () => {
    expect(write(start)).toBe('');
    const shown = { ...start, view: 'look' as const, cameras: [3, 1], at: evening, group: 'школы', order: [2, 9], size: 16 as const };
    expect(read(write(shown))).toEqual(shown);
    expect(decodeURIComponent(write(shown))).toContain('at=2026-01-17T19:40:12');
  });
  it('takes nonsense for nothing', () => {
    expect(read('view=look&size=7&page=-3&order=a,2,2,-1&zone=x&at=never')).toEqual({ ...start, order: [2] });
    expect(read('view=looks&month=2026-13').month).toBeNull();
  });
  it('leads to cameras at a moment', () => expect(lookAddress([4, 5], evening)).toBe('/control/cameras?view=look&c=4,5&at=2026-01-17T19:40:12'));
  it('puts the named ones first and moves one of them', () => {
    expect(inOrder([{ id: 1 }, { id: 2 }, { id: 3 }], [3, 1]).map(({ id }) => id)).toEqual([3, 1, 2]);
    expect(shifted([1, 2, 3], 2, -1)).toEqual([2, 1, 3]);
    expect(shifted([1, 2, 3], 1, -1)).toEqual([1, 2, 3]);
  });
  it('steps through tiles without leaving them', () => {
    expect([stepTile(0, 'ArrowLeft', 3, 9), stepTile(1, 'ArrowDown', 3, 9), stepTile(7, 'ArrowDown', 3, 9), stepTile(5, 'ArrowUp', 3, 9)]).toEqual([0, 4, 7, 2]);
  });
});

const camera = (id: number, thing: number, lon: number | null, lat: number | null): Camera => ({ id, thing, lon, lat }) as Camera;
describe('cameras near', () => {
  const all = [camera(1, 11, 76.9, 43.2), camera(2, 12, 76.901, 43.2), camera(3, 13, 77.2, 43.2), camera(4, 14, null, null)];
  it('are those within reach, the nearest first, the camera itself before all', () => {
    expect(metres(76.9, 43.2, 76.901, 43.2)).toBeCloseTo(81, 0);
    expect(camerasNear(all, { id: 99, lon: 76.9011, lat: 43.2 }).map((near) => near.camera.id)).toEqual([2, 1]);
    expect(camerasNear(all, { id: 14 }).map((near) => near.camera.id)).toEqual([4]);
  });
  it('lead a wall to the first alarm that one may see', () => {
    const place = (id: number) => (id === 50 ? { id, lon: 80, lat: 40 } : { id, lon: 76.9, lat: 43.2 });
    expect(followed([{ thing: 50 }, { thing: 60 }], all, place)).toMatchObject({ alarm: { thing: 60 }, cameras: [{ id: 1 }, { id: 2 }] });
    expect(followed([{ thing: 50 }], all, place)).toBeNull();
  });
});
describe('looking closer', () => {
  it('keeps the point that is pointed at, and the frame full', () => {
    const zoom = zoomAt(whole, 2, 0.25, 0.5);
    expect(zoom).toEqual({ scale: 2, x: -0.25, y: -0.5 });
    expect(moved(zoom, 5, -5)).toEqual({ scale: 2, x: 0, y: -1 });
    expect(zoomAt(zoom, 0.1)).toEqual({ scale: 1, x: 0, y: 0 });
  });
});
