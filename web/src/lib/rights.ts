/** Who may do what where; the same rules as src/access/rights.cpp. The server decides; this only says so beforehand. */
import type { Alarm, Role, RoleGrant, Session } from '../api/types';

const rank: Record<Role, number> = { viewer: 0, operator: 1, engineer: 2, admin: 3 };

/** A thing's zone and kind. Absent: the whole town. */
export interface Part {
  zone?: number | null | undefined;
  kind?: string | null | undefined;
}
type User = Pick<Session['user'], 'role' | 'grants'>;

/** `there` lies within what the grant is for. */
function reaches(grant: RoleGrant, there: Part): boolean {
  return (grant.zone === undefined || grant.zone === there.zone) && (grant.kind === undefined || grant.kind === there.kind);
}
export function mayThere(user: User | null, role: Role, there: Part): boolean {
  if (!user) return false;
  if (rank[user.role] >= rank[role]) return true;
  return (user.grants ?? []).some((grant) => rank[grant.role] >= rank[role] && reaches(grant, there));
}
export function maySomewhere(user: User | null, role: Role): boolean {
  return user !== null && (rank[user.role] >= rank[role] || (user.grants ?? []).some((grant) => rank[grant.role] >= rank[role]));
}
/** An alarm is where its thing is now; of a thing that is gone: where it was. */
export function partOf(alarm: Alarm, thing: Part | undefined): Part {
  return thing ?? alarm;
}
/** The grants that reach beyond the role everywhere, the strongest first. */
export function beyond(user: User | null, role: Role): RoleGrant[] {
  return (user?.grants ?? []).filter((grant) => rank[grant.role] >= rank[role]).sort((a, b) => rank[b.role] - rank[a.role]);
}
