/** Roles for parts of the town, in words. */
import type { RoleGrant } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { town } from '../stores/town.svelte';
import { kindName } from './words';

/** "West · Lamp" */
export function partText(part: { zone?: number | undefined; kind?: string | undefined }): string {
  const zone = part.zone === undefined ? '' : town.zoneName(part.zone) || `№${part.zone}`;
  return [zone, part.kind === undefined ? '' : kindName(part.kind)].filter(Boolean).join(' · ') || t('right.town');
}
/** "operator: West · Lamp" */
export function grantText(grant: RoleGrant): string {
  return `${t(`role.${grant.role}`)}: ${partText(grant)}`;
}
export function grantsText(grants: readonly RoleGrant[]): string {
  const few = grants.slice(0, 3).map(grantText).join('; ');
  return grants.length > 3 ? t('right.more', { few, n: grants.length - 3 }) : few;
}
