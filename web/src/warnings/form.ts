/** What a person fills in, what the server is sent of it, and what is wrong with it. Pure. */
import type { Language, LocalText } from '../api/types';
import type { Hazard, Warning, WarningBody, WarningTemplate } from '../api/warning-types';
import { instantOf, localName } from '../i18n/dates';

export const hazards: readonly Hazard[] = ['air', 'frost', 'water', 'power', 'other'];
export const severities: readonly Warning['severity'][] = ['extreme', 'severe', 'moderate', 'minor', 'unknown'];
export const urgencies: readonly Warning['urgency'][] = ['immediate', 'expected', 'future', 'past', 'unknown'];
export const certainties: readonly Warning['certainty'][] = ['observed', 'likely', 'possible', 'unlikely', 'unknown'];
export const statuses: readonly Warning['status'][] = ['actual', 'exercise', 'test'];
export const languages: readonly Language[] = ['kk', 'ru', 'en'];
export const limits = { headline: 160, description: 2000, instruction: 2000 } as const;
export type Part = keyof typeof limits;
export const parts: readonly Part[] = ['headline', 'description', 'instruction'];
const hour = 3_600_000;

export type Where = 'town' | 'zones' | 'own';
export interface Form {
  hazard: Hazard;
  status: Warning['status'];
  urgency: Warning['urgency'];
  severity: Warning['severity'];
  certainty: Warning['certainty'];
  /** By the town's clock: "2026-01-17T19:40"; empty: at once. */
  onset: string;
  expires: string;
  longer: boolean;
  texts: Record<Language, Record<Part, string>>;
  where: Where;
  zones: number[];
  /** An outline that somebody gave by the interface: kept as it is. */
  own: Pick<Warning['area'], 'name' | 'polygons'>;
}
const none: Form['own'] = { name: { kk: '', ru: '', en: '' }, polygons: [] };

export function formOf(template: WarningTemplate, now: number, status: Warning['status'] = 'actual'): Form {
  const { hazard, urgency, severity, certainty, hours, texts } = template;
  return {
    hazard, urgency, severity, certainty, status, onset: '', expires: localName(Math.ceil((now + hours * hour) / 600_000) * 600_000), longer: false,
    texts: structuredClone(texts), where: 'town', zones: [], own: none,
  };
}
/** A draft as it stands. `townName`: an area of that name that no zone gave is the town. */
export function formFrom(warning: Warning, townName: LocalText): Form {
  const { hazard, urgency, severity, certainty, status, onset, expires, longer, texts, area } = warning;
  const where: Where = area.zones.length ? 'zones' : area.name.kk === townName.kk ? 'town' : 'own';
  return {
    hazard, urgency, severity, certainty, status, longer, onset: onset === null ? '' : localName(onset), expires: localName(expires), texts: structuredClone(texts),
    where, zones: [...area.zones], own: where === 'own' ? area : none,
  };
}
/** Other words for another hazard, as long as nobody has written own ones. */
export function retold(form: Form, before: WarningTemplate, after: WarningTemplate, now: number): Form {
  const untouched = JSON.stringify(form.texts) === JSON.stringify(before.texts);
  const fresh = formOf(after, now, form.status);
  return untouched ? { ...fresh, where: form.where, zones: form.zones, own: form.own } : { ...form, hazard: after.hazard };
}

export function bodyOf(form: Form, revision: number | null): WarningBody {
  return {
    ...(revision === null ? {} : { revision }),
    hazard: form.hazard, status: form.status, urgency: form.urgency, severity: form.severity, certainty: form.certainty,
    onset: form.onset ? instantOf(form.onset) : null, expires: instantOf(form.expires) ?? 0, longer: form.longer, texts: form.texts,
    ...(form.where === 'zones' ? { area: { zones: form.zones } } : {}),
    ...(form.where === 'own' ? { area: { polygons: form.own.polygons, name: form.own.name } } : {}),
  };
}

export type Wrong = 'empty' | 'long' | 'past' | 'far' | 'order' | 'zones';
/** By field: "texts.kk.headline": "empty". The server looks again. */
export function mistakes(form: Form, type: Warning['type'], now: number): Record<string, Wrong> {
  const found: Record<string, Wrong> = {};
  for (const language of languages) {
    const text = form.texts[language];
    const needed = language !== 'en' || parts.some((part) => text[part].trim());
    for (const part of parts) {
      if ([...text[part]].length > limits[part]) found[`texts.${language}.${part}`] = 'long';
      else if (needed && !text[part].trim() && !(type === 'cancel' && part === 'instruction')) found[`texts.${language}.${part}`] = 'empty';
    }
  }
  if (type === 'cancel') return found;
  const expires = instantOf(form.expires);
  if (expires === null || expires <= now) found['expires'] = 'past';
  else if (expires - now > 48 * hour && !form.longer) found['expires'] = 'far';
  if (form.onset && expires !== null && (instantOf(form.onset) ?? expires) >= expires) found['onset'] = 'order';
  if (form.where === 'zones' && form.zones.length === 0) found['area.zones'] = 'zones';
  return found;
}
