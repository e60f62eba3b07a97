import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useZone } from '../i18n/dates';
import { people } from './people.svelte';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('the record of who did what', () => {
  it('is asked for by the clock of the town, not by that of the desk', async () => {
    vi.stubEnv('TZ', 'America/New_York');
    useZone('Asia/Almaty', 300, Date.UTC(2026, 0, 17));
    const asked: URLSearchParams[] = [];
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(new URLSearchParams(path.split('?')[1]));
      return Promise.resolve(new Response(JSON.stringify({ entries: [], head: '' })));
    });
    people.filter = { who: '', action: '', object: '', from: '2026-01-17T19:40', to: '' };
    await people.loadAudit();
    expect([asked[0]?.get('from'), asked[0]?.get('to')]).toEqual([String(Date.UTC(2026, 0, 17, 14, 40)), null]);
  });
  describe('on a slow line', () => {
    const entry = (sequence: number) => ({ sequence, who: null, actor: 'x', action: 'a', object: 'o', at: '', erased: false, detail: '' }) as never;
    const shown = (): number[] | undefined => people.entries?.map(({ sequence }) => sequence);
    /** Questions that are open, in their order, each answered when the test says so. */
    let open: { asked: URLSearchParams; come: (...entries: number[]) => Promise<void> }[] = [];
    beforeEach(() => {
      open = [];
      people.view = 'audit';
      people.filter = { who: '', action: '', object: '', from: '', to: '' };
      people.entries = [entry(9), entry(8)];
      vi.stubGlobal('fetch', (path: string) => new Promise((resolve) => {
        const come = async (...entries: number[]): Promise<void> => {
          resolve(new Response(JSON.stringify({ entries: entries.map(entry), head: '' })));
          await new Promise((done) => setTimeout(done));
        };
        open.push({ asked: new URLSearchParams(path.split('?')[1]), come });
      }));
    });
    it('is that of the filter which stands there, not of one before', async () => {
      people.filter.who = 'rare';
      const slow = people.load();
      people.filter.who = '';
      const fast = people.load();
      expect(open.map(({ asked }) => asked.get('who'))).toEqual(['rare', null]);
      await open[1]!.come(9, 8, 7);
      await open[0]!.come(3);
      await Promise.all([slow, fast]);
      expect(shown()).toEqual([9, 8, 7]);
    });
    it('gets no older entries that were asked for under another filter', async () => {
      const older = people.loadAudit(8);
      people.filter.who = 'rare';
      const filtered = people.load();
      await open[1]!.come(3);
      await open[0]!.come(7, 6);
      await Promise.all([older, filtered]);
      expect(shown()).toEqual([3]);
    });
    it('has no entry twice, and none that does not follow, though older ones are asked for meanwhile', async () => {
      const older = people.loadAudit(8);
      await people.loadAudit(8);
      expect(open).toHaveLength(1);
      await open[0]!.come(7, 6);
      await older;
      expect(shown()).toEqual([9, 8, 7, 6]);
      people.filter.who = 'rare';
      const filtered = people.load();
      await people.loadAudit(6);
      await open[1]!.come(3);
      await filtered;
      expect([shown(), open.length]).toEqual([[3], 2]);
    });
  });
});
