import { describe, expect, it } from 'vitest';
import type { RoleGrant } from '../api/types';
import { beyond, maySomewhere, mayThere, partOf } from './rights';

const west: RoleGrant = { role: 'operator', zone: 1 };
const lamps: RoleGrant = { role: 'engineer', kind: 'lamp' };
const lampWest = { zone: 1, kind: 'lamp' };
const binEast = { zone: 2, kind: 'bin' };

describe('rights', () => {
  it('a role in the whole town holds everywhere', () => {
    const user = { role: 'operator', grants: [] } as const;
    expect(mayThere({ ...user, grants: [] }, 'operator', binEast)).toBe(true);
    expect(mayThere({ ...user, grants: [] }, 'engineer', binEast)).toBe(false);
  });
  it('a grant holds for its zone or kind only', () => {
    const user = { role: 'viewer' as const, grants: [west, lamps] };
    expect(mayThere(user, 'operator', { zone: 1, kind: 'bin' })).toBe(true);
    expect(mayThere(user, 'operator', binEast)).toBe(false);
    expect(mayThere(user, 'engineer', lampWest)).toBe(true);
    expect(mayThere(user, 'engineer', { zone: 1, kind: 'bin' })).toBe(false);
    expect(mayThere(user, 'operator', { zone: null, kind: 'lamp' })).toBe(true);
    expect(mayThere(user, 'operator', {})).toBe(false);
  });
  it('nobody may nothing', () => {
    expect(mayThere(null, 'viewer', {})).toBe(false);
    expect(maySomewhere(null, 'viewer')).toBe(false);
  });
  it('somewhere is anywhere', () => {
    expect(maySomewhere({ role: 'viewer', grants: [west] }, 'operator')).toBe(true);
    expect(maySomewhere({ role: 'viewer', grants: [west] }, 'engineer')).toBe(false);
  });
  it('a thing that moved takes its alarm along; one that is gone leaves it where it was', () => {
    const alarm = { zone: 1, kind: 'bin' } as Parameters<typeof partOf>[0];
    expect(partOf(alarm, binEast)).toEqual(binEast);
    expect(partOf(alarm, undefined)).toEqual(alarm);
  });
  it('what reaches beyond is told with the strongest first', () => {
    expect(beyond({ role: 'viewer', grants: [west, lamps] }, 'operator')).toEqual([lamps, west]);
    expect(beyond({ role: 'viewer', grants: [west, lamps] }, 'engineer')).toEqual([lamps]);
  });
});
