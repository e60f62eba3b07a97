import { afterEach, describe, expect, it, vi } from 'vitest';
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
});
