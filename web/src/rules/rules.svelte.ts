/** The rules as the list shows them, how they are used, and what is done with one. */
import { api } from '../api/api';
import type { Rule, RuleUsage } from '../api/types';
import { i18n, pick } from '../i18n/i18n.svelte';
import { fold, matches } from '../lib/fold';
import { town } from '../stores/town.svelte';
import { bare } from './draft';
import { addressed, propertyName } from './says';

/** Where an editor begins with something else than what is saved: a copy, or what the figures suggest. */
export interface Start {
  key: string;
  fields: Partial<Rule>;
}

class Rules {
  usage: ReadonlyMap<string, RuleUsage> = $state.raw(new Map());
  text = $state('');
  chosen: string | null = $state(null);
  start: Start | null = $state.raw(null);

  readonly rows: Rule[] = $derived.by(() => {
    const needle = fold(this.text);
    void i18n.language;
    const found = [...town.rules.values()].filter((rule) => {
      const words = `${rule.key} ${pick(rule.name)} ${addressed(rule)} ${propertyName(rule.property)}`;
      return !needle || matches(fold(words), needle);
    });
    return found.sort((a, b) => a.severity - b.severity || pick(a.name).localeCompare(pick(b.name)));
  });
  use(key: string): RuleUsage | undefined {
    return this.usage.get(key);
  }
  move(step: number): void {
    const at = this.rows.findIndex((rule) => rule.key === this.chosen);
    const next = this.rows[at < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, at + step))];
    if (next) this.chosen = next.key;
  }
  async load(): Promise<void> {
    const [, { rules }] = await Promise.all([town.loadRules(), api.ruleUsage()]);
    this.usage = new Map(rules.map((one) => [one.key, one]));
  }
  /** `seen`: the revision that the editor began with; null: there must be none of this key. */
  async save(rule: Rule, seen: string | null): Promise<Rule> {
    const saved = await api.putRule(bare(rule), seen);
    await this.load();
    return saved;
  }
  async remove(key: string): Promise<void> {
    await api.removeRule(key);
    await this.load();
  }
}
export const rules = new Rules();
