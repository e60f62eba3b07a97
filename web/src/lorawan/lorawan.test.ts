import { beforeEach, describe, expect, it } from 'vitest';
import '../i18n/all';
import { ApiError } from '../api/api';
import type { Codec, LoraDevice, OutputField, Profile } from '../api/lorawan-types';
import { i18n, languages } from '../i18n/i18n.svelte';
import { hexFrom, hexText, portFrom } from './bytes';
import { complaintOf, rowIn, Sending } from './complaint.svelte';
import { unsaved } from '../lib/unsaved.svelte';
import { lora } from './lorawan.svelte';
import { fieldOf, flawOf, keyFrom, result, rowFor, rowOf, unmapped, variablesFrom, variablesText, withSuggested, type Row } from './mapping';
import { bodyOf, draftFlaw, draftOf, sameProfile, spanText } from './profile';
import { sentences, told } from './told';
import { gist, lossOf, shown, standing, tookText } from './words';

const plain = (text: string): string => text.replace(/\u00a0/g, ' ');
const row = (change: Partial<Row> = {}): Row => ({ path: 'data.t', datastream: 'temperature', unit: '°C', property: '', scale: '1', offset: '0', min: '', max: '', ...change });
const output = (path: string, value: unknown, suggested: OutputField['suggested'] = null): OutputField => ({ path, value, kind: 'number', suggested });
const device = (change: Partial<LoraDevice> = {}): LoraDevice => ({
  dev_eui: '0101010101010101', name: '', source: 'hook', thing: null, profile: null, last_seen: null, battery: null, rssi: null, snr: null, margin: null, f_cnt: null,
  received: 0, lost: 0, state: 'unknown', problem: null, ...change,
});
const codec = (change: Partial<Codec> = {}): Codec => ({
  id: 1, name: 'a', sha256: 'ab', bytes: 1, changed: '2026-11-30T00:00:00Z', by: 'asem', routines: [], strikes: 0, disabled: false, reason: null, profiles: 0, runs: 0, failures: 0,
  last_failure: null, ...change,
});
beforeEach(() => (i18n.language = 'en'));

describe('bytes', () => {
  it('are taken as people have them', () => {
    for (const text of ['01 67 01 10', '01670110', '0x01670110', '01:67:01:10', '01-67-01-10', '0x01, 0x67, 0x01, 0x10', 'AWcBEA==', ' AWcBEA== ']) expect([text, hexFrom(text)]).toEqual([text, '01670110']);
  });
  it('are refused where a digit is missing or they are something else', () => {
    for (const text of ['016', 'temperature!', '0x', 'zz']) expect([text, hexFrom(text)]).toEqual([text, null]);
  });
  it('may be none', () => expect(hexFrom('')).toBe(''));
  it('are shown in pairs', () => expect(hexText('01670110')).toBe('01 67 01 10'));
  it('come on a port from 1 to 223', () => expect(['1', '223', '0', '224', '1.5', 'x', ''].map(portFrom)).toEqual([1, 223, null, null, null, null, null]));
});

describe('the mapping of fields to datastreams', () => {
  const tried = [output('data.temperature', 27.2, { name: 'temperature', unit: '°C', property: 'temperature' }), output('data.raw', 12), output('data.inner.temperature', 3, { name: 'temperature', unit: '°C', property: 'temperature' })];
  it('takes what is suggested, each under a key of its own, and leaves the rest', () => {
    const rows = withSuggested(tried, []);
    expect(rows.map(({ path, datastream, unit, property }) => [path, datastream, unit, property])).toEqual([['data.temperature', 'temperature', '°C', 'temperature'], ['data.inner.temperature', 'temperature_2', '°C', 'temperature']]);
    expect(unmapped(tried, rows).map(({ path }) => path)).toEqual(['data.raw']);
  });
  it('never takes over what was mapped by hand', () => {
    const mine = row({ path: 'data.temperature', datastream: 'inside', scale: '0.1' });
    expect(withSuggested(tried, [mine])[0]).toEqual(mine);
  });
  it('brings the scale that the suggested unit needs', () => {
    const millivolts = output('data.BatV', 3014, { name: 'battery_voltage', unit: 'V', property: 'battery_voltage', scale: 0.001 });
    expect(result(rowFor(millivolts, []), 3014)).toEqual({ value: 3.014, out: false });
  });
  it('names a field that nothing is suggested for after its path', () => expect(rowFor(output('data.Air Temp (°C)', 1), []).datastream).toBe('air_temp_c'));
  it('makes keys that the registry takes', () => expect(['data.a.b', 'Soil-Moisture', 'data.__x__'].map(keyFrom)).toEqual(['a_b', 'soil_moisture', 'x']));
  it('comes back from the server as it was sent', () => {
    const typed = row({ scale: '0,1', offset: '−40', min: '-60', max: '85', property: 'temperature' });
    const field = fieldOf(typed);
    expect(field).toEqual({ path: 'data.t', datastream: 'temperature', unit: '°C', property: 'temperature', scale: 0.1, offset: -40, min: -60, max: 85 });
    expect(fieldOf(rowOf(field))).toEqual(field);
  });
  it('says what is wrong before anything is sent', () => {
    const flaws = [row({ datastream: ' ' }), row({ scale: 'much' }), row({ scale: '0' }), row({ min: '5', max: '5' }), row({ max: 'x' }), row()].map((one) => flawOf(one, [one]));
    expect(flaws).toEqual(['key', 'number', 'scale', 'range', 'number', null]);
    expect(flawOf(row(), [row(), row({ path: 'data.u' })])).toBe('twice');
  });
  it('shows what a value becomes, and whether that lies in the range', () => {
    expect(result(row({ scale: '0.1', offset: '-40' }), 672)).toEqual({ value: 27.2, out: false });
    expect(result(row({ max: '20' }), 27)).toEqual({ value: 27, out: true });
    expect([result(row(), 'text'), result(row({ scale: 'x' }), 1)]).toEqual([null, null]);
  });
});

describe('a profile while it is edited', () => {
  const kept: Profile = { id: 4, name: 'EM300', maker: 'Milesight', model: 'EM300-TH', decoder: { kind: 'codec', codec: 7 }, expected_s: 1200, variables: { offset: '3' }, fields: [fieldOf(row())], devices: 2 };
  it('is the same as it was until something is changed', () => {
    const draft = draftOf(kept);
    expect(sameProfile(draft, kept)).toBe(true);
    expect(sameProfile({ ...draft, rows: [row({ offset: '1' })] }, kept)).toBe(false);
    expect(bodyOf(draft).expected_s).toBe(1200);
  });
  it('has no codec where none decodes', () => expect(bodyOf({ ...draftOf(kept), kind: 'cayenne-lpp' }).decoder).toEqual({ kind: 'cayenne-lpp', codec: null }));
  it('says what it still needs', () => {
    const draft = draftOf(kept);
    const flaws = [{ ...draft, name: ' ' }, { ...draft, codec: '' }, { ...draft, expected: 'soon' }, { ...draft, variables: 'x' }, draft].map(draftFlaw);
    expect(flaws).toEqual(['name', 'codec', 'expected', 'variables', null]);
  });
  it('reads variables line by line', () => {
    expect(variablesFrom('a = 1\n\nb=two words = 3\n')).toEqual({ a: '1', b: 'two words = 3' });
    expect(variablesText({ a: '1', b: 2 })).toBe('a = 1\nb = 2');
  });
  it('writes times so that they can be typed again', () => expect([0, 45, 60, 1200, 5400, 7200, 86_400].map(spanText)).toEqual(['', '45 s', '1 min', '20 min', '90 min', '2 h', '24 h']));
});

describe('what the server does not take', () => {
  const invalid = (message: string, where = ''): ApiError => new ApiError(422, 'invalid', 'codec.invalid', message, null, where);
  it('is said with line and column where it is a script', () => {
    for (const error of [invalid("missing ) after argument list", '3:7'), invalid('script: SyntaxError: missing ) after argument list (line 3, column 7)')]) {
      expect(complaintOf(error)).toMatchObject({ field: 'script', line: 3, column: 7 });
      expect(complaintOf(error).text).toMatch(/^Line 3, column 7: (SyntaxError: )?missing \) after argument list$/);
    }
  });
  it('stands next to its field', () => {
    expect(complaintOf(invalid('name: is taken'))).toMatchObject({ field: 'name', text: 'The server did not take this: is taken' });
    expect(complaintOf(invalid('"fPort" must be a number')).field).toBe('fPort');
    expect(complaintOf(invalid('fields[2].unit: is too long')).field).toBe('fields[2].unit');
    expect([rowIn('fields[2].unit'), rowIn('fields[0]'), rowIn('name')]).toEqual([{ at: 2, name: 'unit' }, { at: 0, name: '' }, null]);
  });
  it('names what is taken or in use', () => {
    const conflict = (code: string, message: string): ApiError => new ApiError(409, 'conflict', code, message);
    expect(complaintOf(conflict('device_profile.name_taken', 'name: there is another one'))).toMatchObject({ field: 'name', text: 'This name is taken' });
    expect(complaintOf(conflict('device_profile.in_use', 'codec.name: there is another codec "a"')).text).toBe('There is a codec of the same name with another script here: rename it first');
    expect(complaintOf(conflict('codec.in_use', 'profiles use it')).text).toBe('Profiles use this codec: give them another one first');
  });
  it('stands below the form where it is about no field', async () => {
    const sending = new Sending();
    await sending.run(() => Promise.reject(invalid('The script has no routine')));
    expect([sending.at('name'), sending.beside('name')]).toEqual(['', 'The server did not take this: The script has no routine']);
  });
  it('is not hidden where the form has no such field', async () => {
    const sending = new Sending();
    await sending.run(() => Promise.reject(invalid('source: is unknown')));
    expect([sending.at('name'), sending.beside('name')]).toEqual(['', 'The server did not take this: is unknown']);
  });
  it('says that the server is gone', async () => {
    const sending = new Sending();
    expect(await sending.run(() => Promise.reject(new ApiError(0, 'unavailable', 'offline', 'x')))).toBe(false);
    expect(sending.beside('name')).toBe('The server cannot be reached');
  });
  it('is not even asked where it may not be', async () => {
    const sending = new Sending();
    let asked = false;
    expect(await sending.run(() => Promise.resolve((asked = true)), 'no')).toBe(false);
    expect(asked).toBe(false);
  });
});

describe('lists', () => {
  it('begin with devices that nobody knows, then with those that are silent', () => {
    lora.devices = [device({ name: 'a', state: 'assigned' }), device({ name: 'b', state: 'silent' }), device({ name: 'z', state: 'unknown' })];
    lora.text = '';
    expect(lora.deviceRows.map(({ name }) => name)).toEqual(['z', 'b', 'a']);
    lora.text = 'Б';
    expect(lora.deviceRows.map(({ name }) => name)).toEqual(['b']);
    lora.text = '';
  });
  it('begin with codecs that are disabled', () => {
    lora.codecs = [codec({ id: 1, name: 'a' }), codec({ id: 2, name: 'b', disabled: true })];
    expect(lora.codecRows.map(({ id }) => id)).toEqual([2, 1]);
  });
  it('take a device out of the list with the filter, not what is open beside it', () => {
    lora.devices = [device({ dev_eui: 'aa' })];
    lora.view = 'devices';
    lora.choose('aa');
    lora.text = 'something else';
    expect([lora.deviceRows.length, lora.device?.dev_eui]).toEqual([0, 'aa']);
    lora.text = '';
  });
  it('do not throw away the form beside them with one key', () => {
    lora.codecs = [codec({ id: 1, name: 'a' }), codec({ id: 2, name: 'b' })];
    for (const away of [() => lora.move(1), () => lora.show('devices'), () => lora.make(), () => lora.leave()]) {
      Object.assign(lora, { view: 'codecs', chosen: { ...lora.chosen, codecs: 1 }, making: false });
      const release = unsaved.hold(() => 'function decodeUplink');
      const stands = (): unknown[] => [lora.view, lora.chosen.codecs, lora.making];
      away();
      expect([...stands(), unsaved.asked]).toEqual(['codecs', 1, false, true]);
      away();
      expect(stands()).not.toEqual(['codecs', 1, false]);
      release();
    }
  });
});

describe('words', () => {
  it('say how a codec stands', () => {
    expect([codec(), codec({ strikes: 2 }), codec({ strikes: 3, disabled: true })].map(standing)).toEqual(['Works', 'Stopped 2 of 3 times', 'Disabled']);
    for (const language of languages) {
      i18n.language = language;
      expect(standing(codec({ strikes: 2 }))).toContain('2');
    }
  });
  it('count what was lost among what was sent', () => expect([lossOf({ received: 9, lost: 1 }), lossOf({ received: 0, lost: 0 })]).toEqual([10, null]));
  it('tell text from numbers', () => expect([shown('12'), shown(-12.5), shown(true), shown({ a: 1 })]).toEqual(['"12"', '−12.5', 'true', '{"a":1}']));
  it('tell an answer in one line', () => {
    expect([gist({ t: 27.0999999, open: true, at: 'door', deep: [1] }), gist({}), gist(null), gist(3)]).toEqual(['t 27.1 · open true · at door · deep [1]', '—', '—', '3']);
  });
  it('give a time in the unit that fits', () => expect([412, 1234, 23_000].map(tookText).map(plain)).toEqual(['412 µs', '1.23 ms', '23 ms']));
});

describe('what the server says', () => {
  const sources = import.meta.glob<string>(['../../../src/{lorawan,codec,sandbox}/*.cpp', '../../../src/api/codec_routes.cpp'], { query: '?raw', import: 'default', eager: true });
  const text = Object.values(sources).join('\n').replaceAll('\\"', '"');
  beforeEach(() => (i18n.language = 'en'));
  it.each(Object.entries(sentences))('is what it says: %s', (_, sentence) => {
    if (sentence === sentences.stopped) expect(text).toContain('"stopped after "'); // made of "it takes longer than"
    else if (sentence === sentences.sandbox) expect(text).toContain('"with it the sandbox "');
    else if (sentence === sentences.disabled) expect(text).toContain('"the codec is disabled: "');
    else expect(text).toContain(sentence.replace(/\{\w+\}/g, '{}'));
  });
  it('is told in the language of the screen', () => {
    for (const language of languages) {
      i18n.language = language;
      for (const sentence of Object.values(sentences)) {
        const said = sentence.replace('{source}', 'Chirp "2"').replace('{reason}', sentences.noProfile).replace('{n}', '2').replace('{most}', '3');
        expect(told(said)).not.toMatch(/[{}]/);
        if (language !== 'en') expect([said, told(said)].map((one) => /[a-z]{4}/.test(one.replace('Chirp', '')))).toEqual([true, false]);
      }
    }
    i18n.language = 'ru';
    expect(plain(told('it takes longer than 100 ms (strike 2 of 3)'))).toBe('работает дольше 100 мс (остановлен 2-й раз из 3)');
    expect(told('waits for a bridge: "roofs" is a webhook, which takes nothing back')).toBe('ждёт моста: «roofs» — вебхук, обратно он ничего не принимает');
  });
  it("leaves others' words as they are", () => {
    i18n.language = 'kk';
    expect(told("TypeError: input.x is undefined (line 3)")).toBe('TypeError: input.x is undefined (line 3)');
    expect(told('')).toBe('');
  });
});
