import { beforeEach, describe, expect, it } from 'vitest';
import type { Rule, ThingsAnswer } from '../api/types';
import { limitsFor } from '../graph/limits';
import { emptyRule } from '../rules/draft';
import { indexed, town } from '../stores/town.svelte';
import { appliesTo, globMatches } from './applies';
import { indicators } from './indicators';
import { streamsOf } from './streams';

const name = { kk: 'а', ru: 'б', en: 'c' };
const station = (id: number, key: string, zone: number): ThingsAnswer['things'][number] =>
  ({ id, key, name: key, kind: 'air_station', zone, datastreams: [{ id, key: 'pm', name: 'PM2.5', property: 1, unit: 'µg/m³', interval_ms: 60_000 }] });
const rule = (change: Partial<Rule>): Rule => ({ ...emptyRule(), key: 'pm', name, kind: 'air_station', property: 'pm2_5', limit: 75, clear: 60, ...change });
const limits = (id: number): number[] => {
  const thing = town.registry.byId.get(id)!;
  return limitsFor(thing, streamsOf(thing)[0]!).map(({ value }) => value);
};
beforeEach(() => {
  town.registry = indexed({
    generation: 1,
    zones: [{ id: 1, key: 'north', name }, { id: 2, key: 'south', name }],
    properties: [{ id: 1, key: 'pm2_5', name, unit: 'µg/m³', decimals: 1 }],
    things: [station(7, 'AB-4', 1), station(8, 'АБ-5', 2)],
  });
});

describe('a pattern', () => {
  it('matches as on the server', () => {
    for (const [pattern, text] of [['F-*/current', 'F-12/current'], ['*', ''], ['A?-*', 'AB-4/pm2_5'], ['*a*b', 'xaxbxb'], ['АБ-*', 'АБ-5/pm'], ['А??-5*', 'АБ-5/pm']] as const) {
      expect(globMatches(pattern, text), `${pattern} ${text}`).toBe(true);
    }
    for (const [pattern, text] of [['F-*/current', 'F-12/voltage'], ['F-?', 'F-12'], ['', 'x'], ['А?-5*', 'АБ-5/pm']] as const) {
      expect(globMatches(pattern, text), `${pattern} ${text}`).toBe(false);
    }
  });
});

describe('a rule', () => {
  it('draws its limit only where it watches', () => {
    const drawn = (change: Partial<Rule>): number[][] => {
      town.rules = new Map([['pm', rule(change)]]);
      return [limits(7), limits(8)];
    };
    expect(drawn({})).toEqual([[75], [75]]);
    expect(drawn({ zone: 'south' })).toEqual([[], [75]]);
    expect(drawn({ selector: 'AB-*/pm' })).toEqual([[75], []]);
    expect(drawn({ property: null, selector: '*/pm' })).toEqual([[75], [75]]);
    expect(drawn({ property: 'pm10' })).toEqual([[], []]);
    expect(drawn({ kind: 'lamp' })).toEqual([[], []]);
    expect(drawn({ enabled: false })).toEqual([[], []]);
  });
  it('of one zone gives the figure of another no range', () => {
    town.rules = new Map([['pm', rule({ zone: 'south' })]]);
    const range = (worst: number): unknown => {
      const peek = (id: number) => ({ at: 0, value: id === worst ? 50 : 20, flags: 0 });
      return indicators({ now: 0, offline: false, worst: new Map(), peek, waterFlow: null }).find(({ layer }) => layer === 'air')?.range;
    };
    expect(range(7)).toBeNull();
    expect(range(8)).toEqual([0, 75 / 105]);
  });
  it('is asked about the datastream, not only the thing', () => {
    const thing = town.registry.byId.get(7)!;
    expect(appliesTo(rule({ selector: 'AB-4/pm10' }), thing, streamsOf(thing)[0]!)).toBe(false);
  });
});
