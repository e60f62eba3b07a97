import { beforeAll, describe, expect, it } from 'vitest';
import type { Warning, WarningTemplate } from '../api/warning-types';
import { instantOf, useZone } from '../i18n/dates';
import { unsaved } from '../lib/unsaved.svelte';
import { warnings } from './warnings.svelte';
import { bodyOf, formFrom, formOf, mistakes, retold, type Form } from './form';

const now = Date.parse('2026-01-17T14:40:00Z');
const words = (what: string) => ({ headline: what, description: `${what}.`, instruction: `${what}?` });
const template = (hazard: WarningTemplate['hazard']): WarningTemplate => ({
  hazard, urgency: 'expected', severity: 'moderate', certainty: 'likely', hours: 12, event: { kk: '', ru: '', en: '' },
  texts: { kk: words(`${hazard} kk`), ru: words(`${hazard} ru`), en: words(`${hazard} en`) },
});
const form = (change: (form: Form) => void = () => undefined): Form => {
  const made = formOf(template('frost'), now);
  change(made);
  return made;
};
const warning = (fields: Partial<Warning>): Warning =>
  ({ ...template('frost'), id: 1, status: 'actual', onset: null, expires: now + 3_600_000, longer: false, area: { name: { kk: 'Үшөзек', ru: 'Ушозек', en: 'Ushozek' }, polygons: ['a'], zones: [] }, ...fields }) as Warning;
const town = { kk: 'Үшөзек', ru: 'Ушозек', en: 'Ushozek' };

beforeAll(() => useZone('Asia/Almaty', 300, now));

describe('the form of a warning', () => {
  it('begins with what holds for the hazard, until a round time', () => {
    expect(form().expires).toBe('2026-01-18T07:40');
    expect(form().texts.kk.headline).toBe('frost kk');
    expect(mistakes(form(), 'alert', now)).toEqual({});
  });
  it('takes the words of another hazard only if nobody has written own ones', () => {
    const other = retold(form((one) => (one.where = 'zones')), template('frost'), template('water'), now);
    expect([other.hazard, other.texts.ru.headline, other.where]).toEqual(['water', 'water ru', 'zones']);
    const mine = retold(form((one) => (one.texts.ru.headline = 'Свои слова')), template('frost'), template('water'), now);
    expect([mine.hazard, mine.texts.ru.headline, mine.texts.kk.headline]).toEqual(['water', 'Свои слова', 'frost kk']);
  });
  it('says what is missing where', () => {
    const wrong = mistakes(form((one) => {
      one.texts.kk.headline = ' ';
      one.texts.ru.description = 'я'.repeat(2001);
      one.texts.en = { headline: '', description: 'x', instruction: '' };
      one.expires = '2026-01-17T19:40';
      one.onset = '2026-01-17T20:00';
    }), 'alert', now);
    expect(wrong).toEqual({ 'texts.kk.headline': 'empty', 'texts.ru.description': 'long', 'texts.en.headline': 'empty', 'texts.en.instruction': 'empty', expires: 'past', onset: 'order' });
  });
  it('leaves English out as a whole, and asks for no instruction once it is over', () => {
    const none = { headline: '', description: '', instruction: '' };
    expect(mistakes(form((one) => (one.texts.en = none)), 'alert', now)).toEqual({});
    expect(mistakes(form((one) => { for (const text of Object.values(one.texts)) text.instruction = ''; }), 'cancel', now)).toEqual({});
  });
  it('asks whether more than 48 hours are meant', () => {
    const long = (longer: boolean) => mistakes(form((one) => { one.expires = '2026-01-19T19:41'; one.longer = longer; }), 'alert', now);
    expect([long(false), long(true)]).toEqual([{ expires: 'far' }, {}]);
  });
  it('counts characters, not halves of them', () => {
    expect(mistakes(form((one) => (one.texts.kk.headline = '🌨'.repeat(160))), 'alert', now)).toEqual({});
  });
  it('sends an area only where it is not the town', () => {
    expect(bodyOf(form(), null)).not.toHaveProperty('area');
    expect(bodyOf(form((one) => { one.where = 'zones'; one.zones = [3]; }), 2)).toMatchObject({ revision: 2, area: { zones: [3] } });
    expect(bodyOf(form(), null).expires).toBe(instantOf('2026-01-18T07:40'));
  });
  it('keeps an outline that came by the interface', () => {
    const area = { name: { kk: 'Көше', ru: 'Улица', en: '' }, polygons: ['a', 'b'], zones: [] };
    expect(bodyOf(formFrom(warning({ area }), town), 1).area).toEqual({ name: area.name, polygons: area.polygons });
  });
  it('opens a draft where it was left', () => {
    expect(formFrom(warning({}), town)).toMatchObject({ where: 'town', expires: '2026-01-17T20:40' });
    expect(formFrom(warning({ area: { name: { kk: 'Батыс', ru: 'Запад', en: 'West' }, polygons: ['a'], zones: [4] } }), town)).toMatchObject({ where: 'zones', zones: [4] });
    expect(formFrom(warning({ area: { name: { kk: 'Көше', ru: 'Улица', en: '' }, polygons: ['a', 'b'], zones: [] } }), town)).toMatchObject({ where: 'own', own: { polygons: ['a', 'b'], name: { ru: 'Улица' } } });
  });
});

describe('a form', () => {
  it('is not thrown away by one key: what was typed stays until it is meant', () => {
    let typed = '';
    warnings.list = [{ ...warning({ id: 1 }), state: 'draft' }, { ...warning({ id: 2 }), state: 'draft' }];
    warnings.show('drafts');
    warnings.choose(1);
    for (const away of [() => warnings.move(1), () => warnings.choose(2), () => warnings.show('now'), () => warnings.make(), () => warnings.leave()]) {
      Object.assign(warnings, { view: 'drafts', chosen: 1, editing: true });
      const release = unsaved.hold(() => typed);
      typed = 'Сегодня ночью −38 °C';
      away();
      expect([warnings.view, warnings.chosen, warnings.editing, unsaved.asked]).toEqual(['drafts', 1, true, true]);
      typed += ' и ветер';
      expect(unsaved.asked).toBe(false);
      away();
      expect([warnings.chosen, warnings.editing]).toEqual([1, true]);
      away();
      expect([warnings.view, warnings.chosen, warnings.editing]).not.toEqual(['drafts', 1, true]);
      release();
    }
  });
  it('in which nothing was typed goes at once', () => {
    Object.assign(warnings, { view: 'drafts', chosen: 1, editing: true });
    const release = unsaved.hold(() => '');
    warnings.move(1);
    expect([warnings.chosen, warnings.editing]).toEqual([2, false]);
    release();
  });
});
