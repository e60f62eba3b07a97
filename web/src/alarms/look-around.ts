/** N: what the cameras near an alarm have seen, from half a minute before. */
import type { Alarm } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { router } from '../stores/router.svelte';
import { town } from '../stores/town.svelte';
import { ui } from '../stores/ui.svelte';

export async function lookAround(alarm: Alarm | undefined): Promise<void> {
  const place = town.registry.byId.get(alarm?.thing ?? -1);
  if (!alarm || !place) return ui.announce(t('alarm.noneSelected'));
  const [{ lookAddress }, { cameras }, { before, camerasNear }] = await Promise.all([import('../cameras/address'), import('../cameras/cameras.svelte'), import('../cameras/near')]);
  await cameras.load();
  const near = camerasNear(cameras.list.filter((camera) => camera.may_look), place).map(({ camera }) => camera.id);
  if (near.length) router.open(lookAddress(near, alarm.raised - before));
  else ui.announce(t('alarm.noCameras'));
}
