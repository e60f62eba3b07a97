/** The shapes of the administrator's part of docs/design/api.md. */
import type { Language, Role, RoleGrant } from './types';

/** With which a person chooses a password, once. `path` is to be opened on this server. */
export interface OneTimeLink {
  path: string;
  expires: string;
}
export interface Person {
  id: number;
  name: string;
  role: Role;
  grants: RoleGrant[];
  language: Language;
  created: string;
  second_factor: boolean;
  /** Signs in at the town's identity provider. */
  provider: boolean;
  last_sign_in: string | null;
  link_expires: string | null;
  locked_s: number;
}
export interface NewPerson {
  name: string;
  role: Role;
  grants: RoleGrant[];
  language: Language;
}
export const scopes = ['ingest', 'read', 'bus', 'provisioning', 'admin'] as const;
export type Scope = (typeof scopes)[number] | 'device' | 'gateway';
export interface Credential {
  id: number;
  name: string;
  scope: Scope;
  kind: 'token' | 'login' | 'certificate';
  thing?: number;
  created: string;
  expires?: string;
  last_used?: string;
}
export interface AuditEntry {
  sequence: number;
  at: string;
  actor: string;
  erased: boolean;
  action: string;
  object: string;
  detail: string | null;
}
export interface AuditAnswer {
  entries: AuditEntry[];
  head: string;
}
export interface Verdict {
  ok: boolean;
  entries: number;
  erased: number;
  first_bad: number;
  problem: string;
  head: string;
}
