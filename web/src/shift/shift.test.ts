import { afterEach, expect, it, vi } from 'vitest';
import { api } from '../api/api';
import type { Shift } from '../api/types';
import { shift } from './shift.svelte';

afterEach(() => vi.restoreAllMocks());

it('the books that are found are those of the words which stand there, not of a word before', async () => {
  const open = new Map<string, (answer: { shifts: Shift[] }) => void>();
  vi.spyOn(api, 'shifts').mockImplementation((words) => new Promise((resolve) => open.set(words ?? '', resolve)));
  const book = (id: number, ended: number | null = 1) => ({ id, ended }) as Shift;
  let found: number[] = [];
  const take = (ended: Shift[]): void => void (found = ended.map(({ id }) => id));
  const asked = ['pum', 'pump'].map((words) => shift.find(words, take));
  open.get('pump')!({ shifts: [book(4), book(5, null)] });
  await asked[1];
  open.get('pum')!({ shifts: [book(4), book(3)] });
  await asked[0];
  expect(found).toEqual([4]);
});
