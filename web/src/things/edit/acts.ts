/** What an engineer does with a thing. Who may not, here or anywhere, or cannot now, is told why. */
import { t } from '../../i18n/i18n.svelte';
import { beyond } from '../../lib/rights';
import { grantsText } from '../../lib/right-words';
import { live } from '../../stores/live.svelte';
import { session } from '../../stores/session.svelte';
import { town } from '../../stores/town.svelte';
import { ui, type ThingDialog } from '../../stores/ui.svelte';

/** Of this thing; null: of any, or a new one. */
export function editRefusal(thing: number | null): string | null {
  if (!session.maySomewhere('engineer')) return t('edit.notAllowed');
  const there = town.registry.byId.get(thing ?? -1);
  if (there && !session.may('engineer', there)) return t('right.elsewhere', { parts: grantsText(beyond(session.user, 'engineer')) });
  return live.offline ? t('offline.refused') : null;
}
/** Of what belongs to the whole town: zones. */
export function townRefusal(): string | null {
  if (!session.may('engineer')) return t('edit.notAllowed');
  return live.offline ? t('offline.refused') : null;
}
/** A picture may be looked at by anybody. */
export function open(dialog: ThingDialog, thing: number | null): void {
  const reason = dialog === 'photo' ? null : editRefusal(thing);
  if (reason) return ui.announce(reason);
  if (thing !== null) ui.thing = thing;
  ui.dialog = dialog;
}
