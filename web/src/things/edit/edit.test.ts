import { beforeEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError } from '../../api/api';
import type { ThingWhole } from '../../api/types';
import { i18n, languages } from '../../i18n/i18n.svelte';
import { formatOf, problemOf, problemText } from '../registry/problem';
import { layersOf, planOf } from '../registry/plan';
import { Editing } from './editing.svelte';
import { draftOf, fields, flawOf, number, rebase, streamChange, streamDraftOf, thingChange } from './form';
import { curlLine, mqttLine } from './lines';
import { fit } from './photo';

const lamp: ThingWhole = {
  id: 7, key: 'L-7', name: 'Lamp', kind: 'lamp', zone: 2, street: 'Абай', lon: 70.95, lat: 51.99, description: '', properties: {}, children: [], version: 'v1',
  datastreams: [{ id: 70, key: 'power', name: 'Power', unit: 'W', own_unit: '', interval_ms: 60_000, retention: 'standard' }],
};
const stored = (change: object, version: string): ThingWhole => ({ ...lamp, ...change, version });

describe('what is sent of an edited thing', () => {
  it('is only what is different, a place as a whole', () => {
    const before = draftOf(lamp);
    expect(thingChange(before, before)).toEqual({});
    expect(thingChange(before, { ...before, street: '', lat: 51.98 })).toEqual({ street: '', lon: 70.95, lat: 51.98 });
    expect(thingChange(before, { ...before, zone: null })).toEqual({ zone: null });
  });
  it('counts intervals in milliseconds', () => {
    const before = streamDraftOf(lamp.datastreams[0]!);
    expect(before.interval).toBe(60);
    expect(streamChange(before, { ...before, interval: 0.5, retention: 'short' })).toEqual({ interval_ms: 500, retention: 'short' });
    expect(streamChange(before, { ...before, interval: null })).toEqual({ interval_ms: 0 });
  });
  it('is looked at before it goes', () => {
    const good = draftOf(lamp);
    expect(flawOf(good, [])).toBeNull();
    expect(flawOf({ ...good, key: ' ' }, [])).toBe('keyMissing');
    expect(flawOf({ ...good, lat: 95 }, [])).toBe('place');
    expect(flawOf({ ...good, lat: null }, [])).toBe('place');
    expect(flawOf({ ...good, lat: number('fifty') }, [])).toBe('place');
    expect(flawOf(good, [{ ...streamDraftOf(lamp.datastreams[0]!), interval: -1 }])).toBe('interval');
  });
  it('takes numbers as they are written here', () => {
    expect([number('51,98'), number(' 51.98 '), number('−3'), number('')]).toEqual([51.98, 51.98, -3, null]);
  });
});

describe('two who edit the same thing', () => {
  it('both keep what they changed', () => {
    const old = draftOf(lamp);
    const { draft, theirs, both } = rebase(fields, old, { ...old, street: 'Мектеп', owner: 'akimat' }, { ...old, name: 'Lamp 7', owner: 'school' });
    expect([draft.street, draft.name, draft.owner]).toEqual(['Мектеп', 'Lamp 7', 'akimat']);
    expect(theirs).toEqual(['name', 'owner']);
    expect(both).toEqual(['owner']);
  });

  beforeEach(() => vi.restoreAllMocks());
  it('the second is told, and nothing is stored over the first', async () => {
    const get = vi.spyOn(api, 'thing').mockResolvedValueOnce(lamp);
    vi.spyOn(api, 'things').mockResolvedValue({ generation: 2, zones: [], properties: [], things: [] });
    const put = vi.spyOn(api, 'putThing').mockRejectedValueOnce(new ApiError(412, 'conflict', 'thing.changed_meanwhile', 'changed'));
    const editing = new Editing(7);
    await editing.load();
    editing.draft.owner = 'akimat';
    get.mockResolvedValueOnce(stored({ street: 'Мектеп' }, 'v2'));
    expect(await editing.save()).toBe(false);
    expect(put).toHaveBeenCalledWith(7, { owner: 'akimat' }, 'v1');
    expect(editing.meanwhile).toEqual({ theirs: ['street'], both: [] });
    expect([editing.draft.street, editing.draft.owner]).toEqual(['Мектеп', 'akimat']);
    put.mockResolvedValueOnce(stored({ street: 'Мектеп', owner: 'akimat' }, 'v3'));
    expect(await editing.save()).toBe(true);
    expect(put).toHaveBeenLastCalledWith(7, { owner: 'akimat' }, 'v2');
  });
  it('each datastream goes with the version that the step before gave', async () => {
    vi.spyOn(api, 'thing').mockResolvedValue(lamp);
    vi.spyOn(api, 'putThing').mockResolvedValue(stored({ owner: 'akimat' }, 'v2'));
    const put = vi.spyOn(api, 'putDatastream').mockResolvedValue(stored({ owner: 'akimat' }, 'v3'));
    const editing = new Editing(7);
    await editing.load();
    editing.draft.owner = 'akimat';
    editing.streams[0]!.interval = 600;
    expect(editing.changes.map(({ field }) => field)).toEqual(['owner', 'interval']);
    expect(await editing.save()).toBe(true);
    expect(put).toHaveBeenCalledWith(70, { interval_ms: 600_000 }, 'v2');
    expect(editing.changes).toEqual([]);
  });
});

describe('a picture', () => {
  it('becomes no larger than 1280, and never larger than it is', () => {
    expect(fit(4000, 3000)).toEqual({ width: 1280, height: 960 });
    expect(fit(800, 600)).toEqual({ width: 800, height: 600 });
    expect(fit(10, 6000)).toEqual({ width: 2, height: 1280 });
  });
});

describe('lines to try a credential', () => {
  const ports = { http: 8080, https: 0, mqtt: 1883, mqtts: 8883 };
  const here = { protocol: 'http:', hostname: 'town.local', host: 'town.local:8080' };
  it('are for this town and this thing', () => {
    expect(mqttLine(here, ports, 'tok', 'power', false)).toBe(`mosquitto_pub -h town.local -p 1883 -u 'tok' -q 1 -t v1/devices/me/telemetry -m '{"power":1}'`);
    expect(curlLine(here, 'tok', 'power', false)).toBe(`curl -H 'Content-Type: application/json' -d '{"power":1}' http://town.local:8080/api/v1/tok/telemetry`);
  });
  it('use TLS where there is nothing else, and nothing where there is nothing', () => {
    expect(mqttLine(here, { ...ports, mqtt: 0 }, 'tok', 'power', false)).toContain('-p 8883 --capath');
    expect(mqttLine(here, { ...ports, mqtt: 0, mqtts: 0 }, 'tok', 'power', false)).toBeNull();
  });
  it('of a gateway name a device, and cannot break out of their quotes', () => {
    expect(mqttLine(here, ports, 'tok', 'power', true)).toContain(`v1/gateway/telemetry -m '{"device":[{"values":{"power":1}}]}'`);
    expect(curlLine(here, 'tok', 'power', true)).toBeNull();
    expect(mqttLine(here, ports, "a'; rm x", 'power', false)).toContain(`-u 'a'\\''; rm x'`);
  });
});

describe('files of things and plans', () => {
  it('problems are taken apart into line, column and what', () => {
    expect(problemOf('line 17, column lat: is not a number')).toEqual({ line: 17, column: 'lat', text: 'is not a number' });
    expect(problemOf('line 3: has 2 cells, the first line has 5')).toEqual({ line: 3, column: '', text: 'has 2 cells, the first line has 5' });
    expect(problemOf('and 20 more').line).toBeNull();
  });
  it('problems are told in the language of the screen', () => {
    const told = languages.map((language) => ((i18n.language = language), problemText('"dragon" is not a kind of thing')));
    expect(new Set(told).size).toBe(3);
    expect(told.every((text) => text.includes('"dragon"'))).toBe(true);
    expect(problemText('is something rare')).toBe('is something rare');
  });
  it('are known by name, else by how they begin', () => {
    expect([formatOf('a.CSV', '{'), formatOf('a.geojson', ''), formatOf('a.txt', '\ufeff{"type"'), formatOf('a.txt', 'key,name')]).toEqual(['csv', 'geojson', 'geojson', 'csv']);
  });
  it('a plan is looked at before it takes the place of the old one', () => {
    const plan = (coordinates: unknown, properties: object = { layer: 'road' }): string =>
      JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties }] });
    expect(planOf('no')).toBe('notJson');
    expect(planOf('{"type":"Feature"}')).toBe('notCollection');
    expect(planOf(plan([[70, 51], [71, 52]], {}))).toBe('noLayer');
    expect(planOf(plan([[7_900_000, 6_700_000], [7_900_100, 6_700_000]]))).toBe('notDegrees');
    expect(planOf('{"type":"FeatureCollection","features":[]}')).toBe('empty');
    const good = planOf(plan([[70, 51], [71, 52]]));
    expect(typeof good === 'string' ? good : layersOf(good)).toEqual([{ layer: 'road', count: 1 }]);
  });
});
