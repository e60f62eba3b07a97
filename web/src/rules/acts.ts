/** What is done from the list of rules. */
import type { Rule } from '../api/types';
import { pick, t } from '../i18n/i18n.svelte';
import { errorText } from '../lib/words';
import { router } from '../stores/router.svelte';
import { session } from '../stores/session.svelte';
import { ui } from '../stores/ui.svelte';
import { ruleRefusal } from './refusal';
import { rules } from './rules.svelte';

export function make(): void {
  if (!session.maySomewhere('engineer')) return ui.announce(t('rule.notAllowed'));
  rules.start = null;
  router.go('rules', 'new');
}
/** On or off; `reload` if somebody else was faster. */
export async function toggle(rule: Rule | undefined, reload: () => void): Promise<void> {
  const refusal = ruleRefusal();
  if (!rule || refusal) return ui.announce(refusal ?? '');
  try {
    await rules.save({ ...rule, enabled: !rule.enabled }, rule.revision ?? null);
    ui.announce(t(rule.enabled ? 'rule.nowDisabled' : 'rule.nowEnabled', { name: pick(rule.name) }));
  } catch (error) {
    ui.announce(errorText(error));
    reload();
  }
}
