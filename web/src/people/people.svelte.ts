/** What the administrator's page shows: users, tokens, the record of who did what. Asked for when it is looked at. */
import { api } from '../api/api';
import type { AuditEntry, Credential, OneTimeLink, Person } from '../api/people';
import { instantOf } from '../i18n/dates';
import { t } from '../i18n/i18n.svelte';
import { fold, matches } from '../lib/fold';
import { Newest } from '../lib/newest';
import { grantsText } from '../lib/right-words';
import { town } from '../stores/town.svelte';
import { scopeName } from './words';

export const views = ['users', 'tokens', 'audit'] as const;
export type View = (typeof views)[number];
export interface AuditFilter {
  who: string;
  action: string;
  object: string;
  from: string;
  to: string;
}
/** Something that can be seen only now: a link or a secret. */
export interface Shown {
  title: string;
  lead: string;
  text: string;
}
const page = 200;

class People {
  view: View = $state('users');
  users: Person[] | null = $state.raw(null);
  tokens: Credential[] | null = $state.raw(null);
  entries: AuditEntry[] | null = $state.raw(null);
  head = $state('');
  /** There are older entries than those that are shown. */
  older = $state(false);
  /** Entries are awaited. */
  loading = $state(false);
  failed: unknown = $state(null);
  text = $state('');
  filter: AuditFilter = $state({ who: '', action: '', object: '', from: '', to: '' });
  chosen: Record<View, number | null> = $state({ users: null, tokens: null, audit: null });
  /** A form for a new user or token instead of the chosen one. */
  making = $state(false);
  shown: Shown | null = $state.raw(null);
  private readonly records = new Newest();

  readonly userRows: Person[] = $derived.by(() => {
    const needle = fold(this.text);
    const words = (person: Person): string => fold([person.name, t(`role.${person.role}`), grantsText(person.grants)].join(' '));
    return (this.users ?? []).filter((person) => !needle || matches(words(person), needle)).sort((a, b) => a.name.localeCompare(b.name, 'ru'));
  });
  readonly tokenRows: Credential[] = $derived.by(() => {
    const needle = fold(this.text);
    const words = (token: Credential): string =>
      fold([token.name, scopeName(token.scope), token.scope, town.registry.byId.get(token.thing ?? -1)?.key ?? ''].join(' '));
    return (this.tokens ?? []).filter((token) => !needle || matches(words(token), needle)).sort((a, b) => b.id - a.id);
  });
  get rows(): readonly { id: number }[] {
    if (this.view === 'users') return this.userRows;
    return this.view === 'tokens' ? this.tokenRows : (this.entries ?? []).map(({ sequence }) => ({ id: sequence }));
  }
  get person(): Person | null {
    return this.users?.find(({ id }) => id === this.chosen.users) ?? null;
  }
  get token(): Credential | null {
    return this.tokens?.find(({ id }) => id === this.chosen.tokens) ?? null;
  }
  get entry(): AuditEntry | null {
    return this.entries?.find(({ sequence }) => sequence === this.chosen.audit) ?? null;
  }

  async load(): Promise<void> {
    this.failed = null;
    try {
      if (this.view === 'users') this.users = (await api.users()).users;
      else if (this.view === 'tokens') this.tokens = (await api.tokens()).tokens;
      else await this.loadAudit();
    } catch (error) {
      this.failed = error;
    }
  }
  /** `before`: the entries before that one are added to those that are shown, unless others are awaited in their place. */
  async loadAudit(before?: number): Promise<void> {
    if (before && this.records.waiting) return;
    const { who, action, object, from, to } = this.filter;
    const given = Object.entries({ who, action, object }).map(([name, text]) => [name, text.trim() || undefined]);
    const asked = { ...Object.fromEntries(given), from: at(from), to: at(to), before, limit: page };
    this.loading = true;
    try {
      await this.records.ask(() => api.audit(asked), (answer) => {
        this.entries = before && this.entries ? [...this.entries, ...answer.entries] : answer.entries;
        this.older = answer.entries.length === page;
        this.head = answer.head;
      });
    } finally {
      this.loading = this.records.waiting;
    }
  }
  show(view: View): void {
    this.view = view;
    this.text = '';
    this.making = false;
    this.shown = null;
    void this.load();
  }
  choose(id: number): void {
    this.chosen[this.view] = id;
    this.making = false;
    this.shown = null;
  }
  move(step: number): void {
    const at = this.rows.findIndex(({ id }) => id === this.chosen[this.view]);
    const next = this.rows[at < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, at + step))];
    if (next) this.choose(next.id);
  }
  make(): void {
    if (this.view === 'audit') return;
    this.making = true;
    this.shown = null;
  }
  /** The address under which this browser has the server is the one that the person will have, too. */
  showLink(name: string, link: OneTimeLink, lead: string): void {
    this.shown = { title: t('people.linkFor', { name }), lead, text: location.origin + link.path };
  }
}
/** A field of date and time by the town's clock, in milliseconds. */
function at(text: string): number | undefined {
  return instantOf(text) ?? undefined;
}
export const people = new People();
