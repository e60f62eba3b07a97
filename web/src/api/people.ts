/** The shapes of the administrator's part of the interface. */
import type { components } from './schema';

type Shapes = components['schemas'];

/** With which a person chooses a password, once. `path` is to be opened on this server. */
export type OneTimeLink = Shapes['OneTimeLink'];
export type Person = Shapes['Person'];
/** Without a password: the person chooses it through the link. */
export type NewPerson = Required<Omit<Shapes['NewPerson'], 'password'>>;
export const scopes = ['ingest', 'read', 'bus', 'provisioning', 'admin'] as const satisfies Scope[];
export type Scope = Shapes['Scope'];
export type Credential = Shapes['Token'];
export type AuditEntry = Shapes['AuditEntry'];
export type AuditAnswer = Shapes['AuditAnswer'];
export type Verdict = Shapes['Verdict'];
