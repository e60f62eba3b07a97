/** Fields and their values as people read them: names instead of numbers. */
import { plainDate } from '../../i18n/dates';
import { i18n, maybe, num, pick, t } from '../../i18n/i18n.svelte';
import { kindName, thingName } from '../../lib/words';
import { town } from '../../stores/town.svelte';

export function fieldName(field: string, ofStream = false): string {
  return (ofStream && field === 'name' ? t('field.streamName') : maybe(`field.${field}`)) ?? field;
}
export function valueText(field: string, value: string | number | null | undefined): string {
  if (value === null || value === undefined || value === '' || value === '{}') return '—';
  if (['zone', 'parent', 'gateway', 'property', 'interval', 'interval_ms'].includes(field) && !value) return '—';
  switch (field) {
    case 'kind': return kindName(String(value));
    case 'zone': return town.zoneName(Number(value)) || `№${value}`;
    case 'parent':
    case 'gateway': return thingName(Number(value));
    case 'property': return pick(town.registry.properties.get(Number(value))?.name) || `№${value}`;
    case 'installed':
    case 'calibrated': return plainDate(String(value), i18n.language);
    case 'interval_ms': return t('edit.seconds', { n: num(Number(value) / 1000) });
    case 'interval': return t('edit.seconds', { n: num(Number(value)) });
    case 'retention': return maybe(`retention.${value}`) ?? String(value);
    case 'lon':
    case 'lat': return num(Number(value), 6);
    case 'photo': return t('photo.one');
    default: return String(value);
  }
}
