/** A rule as text: the server writes it when the fields change and reads what is typed. Only the later of the two counts. */
import { api, ApiError } from '../api/api';
import type { Rule } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { errorText } from '../lib/words';
import { placeText } from './refusal';

export class Sheet {
  text = $state('');
  wrong = $state('');
  /** The line of the last mistake, marked beside the text: the cursor stays where it is typing. 0: none. */
  line = $state(0);
  /** The text is being written anew: what is typed into the old one would bring back what the fields say no more. */
  writing = $state(false);
  private turn = 0;

  async write(rule: Rule): Promise<void> {
    const mine = (this.turn += 1);
    const name = { kk: rule.name.kk || '?', ru: rule.name.ru || '?', en: rule.name.en || '?' };
    this.writing = true;
    try {
      const { toml } = await api.ruleText({ ...rule, key: rule.key || 'new_rule', name });
      if (mine === this.turn) [this.text, this.wrong] = [toml, ''];
    } catch (error) {
      if (mine === this.turn) this.wrong = error instanceof ApiError && error.code === 'rule.invalid' ? error.message : errorText(error);
    } finally {
      if (mine === this.turn) this.writing = false;
    }
  }
  /** The rule that stands there; null: there is none, or another text by now. `key`: which it must have, `new`: any. */
  async read(key: string): Promise<Rule | null> {
    const mine = (this.turn += 1);
    this.writing = false;
    try {
      const { rules } = await api.parseRules(this.text);
      if (mine !== this.turn) return null;
      const [one] = rules;
      this.wrong = rules.length !== 1 || !one ? t('rule.oneRule') : key !== 'new' && one.key !== key ? t('rule.keyStays', { key }) : '';
      return this.wrong ? null : (one ?? null);
    } catch (error) {
      if (mine !== this.turn) return null;
      this.wrong = error instanceof ApiError && error.code === 'rule.text' ? placeText(error) : errorText(error);
      if (error instanceof ApiError) this.line = Number(error.where.split(':')[0]) || 0;
      return null;
    }
  }
}
