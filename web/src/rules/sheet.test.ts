import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../api/api';
import type { Rule } from '../api/types';
import { emptyRule } from './draft';
import { Sheet } from './sheet.svelte';

const rule = (limit: number): Rule => ({ ...emptyRule(), key: 'pm', name: { kk: 'а', ru: 'б', en: 'c' }, limit });

describe('a rule as text', () => {
  const open: ((answer: { toml: string }) => void)[] = [];
  let read: (answer: { rules: Rule[] }) => void = () => undefined;
  beforeEach(() => {
    open.length = 0;
    vi.spyOn(api, 'ruleText').mockImplementation(() => new Promise((resolve) => open.push(resolve)));
    vi.spyOn(api, 'parseRules').mockImplementation(() => new Promise((resolve) => (read = resolve)));
  });
  afterEach(() => vi.restoreAllMocks());
  it('has the limit of the fields, whichever answer comes last', async () => {
    const sheet = new Sheet();
    const asked = [sheet.write(rule(75)), sheet.write(rule(80))];
    open[1]!({ toml: 'limit = 80' });
    await asked[1];
    open[0]!({ toml: 'limit = 75' });
    await asked[0];
    expect([sheet.text, sheet.writing]).toEqual(['limit = 80', false]);
  });
  it('is not written in while it is written anew', async () => {
    const sheet = new Sheet();
    const first = sheet.write(rule(75));
    const second = sheet.write(rule(80));
    open[0]!({ toml: 'limit = 75' });
    await first;
    expect(sheet.writing).toBe(true);
    open[1]!({ toml: 'limit = 80' });
    await second;
    expect(sheet.writing).toBe(false);
  });
  it('that was read before the fields changed does not change them back', async () => {
    const sheet = new Sheet();
    const typed = sheet.read('pm');
    const written = sheet.write(rule(80));
    read({ rules: [rule(75)] });
    expect(await typed).toBeNull();
    open[0]!({ toml: 'limit = 80' });
    await written;
    expect(sheet.text).toBe('limit = 80');
  });
});
