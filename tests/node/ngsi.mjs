// NGSI-LD against the real server. jsonld expands what it serves (documents of tests/ngsi and of the server itself, nothing
// from elsewhere), ajv holds it against the models, ngsijs reads it as a client of FIWARE's does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonld from 'jsonld';
import NGSI from 'ngsijs';
import '../../tools/openapi/modules.mjs';
import { Server, scratch, token, equal, check, until, cases, root } from './lib.mjs';
import { addDevice } from './town.mjs';

const { default: Ajv } = await import(join(root, 'tools/openapi/node_modules/ajv/dist/2020.js'));
const { default: formats } = await import(join(root, 'tools/openapi/node_modules/ajv-formats/dist/index.js'));

const core = 'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld';
const types = ['AirQualityObserved', 'Streetlight', 'TrafficFlowObserved', 'WasteContainer'];
const domains = { AirQualityObserved: 'Environment', Streetlight: 'Streetlighting', TrafficFlowObserved: 'Transportation', WasteContainer: 'WasteManagement' };
const file = (name) => JSON.parse(readFileSync(join(root, 'tests/ngsi', name), 'utf8'));
const hasValue = 'https://uri.etsi.org/ngsi-ld/hasValue';
const term = (type, name) => `https://smartdatamodels.org/dataModel.${domains[type]}/${name}`;

const ajv = new (Ajv.default ?? Ajv)({ allErrors: true });
(formats.default ?? formats)(ajv);
const models = Object.fromEntries(types.map((type) => [type, ajv.compile(file(`${type}.schema.json`))]));
function isOf(entity) {
  const look = models[entity.type];
  check(look, `${entity.id} is of a known type`);
  check(look(entity), `${entity.id} is as its model wants: ${JSON.stringify(look.errors)} in ${JSON.stringify(entity)}`);
}

// A street with two of each, and what must not be seen.
class Street {
  async start(name) {
    this.data = scratch(name);
    this.server = await new Server(this.data).start();
    this.admin = token(this.data, 'admin');
    this.reader = token(this.data, 'read');
    const feeder = await this.device('F-1', 'feeder', {});
    await this.device('AB-1', 'air_station', { pm2_5: 41.5, pm10: 60, co: 0.4, temperature: -18.2, humidity: 45, wind_direction: 186, pressure: 1013.2 },
      { properties: { typeofLocation: 'outdoor' } });
    await this.device('Ш-12', 'air_station', { pm2_5: 12, no: 3 });
    await this.device('L-1', 'lamp', { lamp_state: 1, dimming: 70, lamp_power: 42.5, voltage: 231 },
      { parent: feeder.id, installed: '2024-10-03', street: 'Абай', properties: { locationCategory: 'road', refStreetlightGroup: 'urn:ngsi-ld:StreetlightGroup:1' } });
    await this.device('L-2', 'lamp', { lamp_state: 0, dimming: 0 });
    await this.device('KS-1', 'traffic_counter', { vehicle_count: 33, vehicle_speed: 47, occupancy: 12.5 }, { properties: { laneId: 1, laneDirection: 'forward' } });
    await this.device('KO-1', 'bin', { fill_level: 81, temperature: 3 }, { properties: { storedWasteKind: 'paper', category: 'underground' } });
    await this.device('KO-2', 'bin', { fill_level: 12 }, { lon: 70.96 });
    await this.device('KO-3', 'bin', { fill_level: 250 }); // more than full: suspect
    await this.device('TR-1', 'vehicle', { pm2_5: 12, latitude: 51.99, longitude: 70.95 }); // moves
    await this.device('V-1', 'meter', { energy: 12 });
    return this;
  }
  async device(key, kind, values, { lon = 70.95, lat = 51.99, ...more } = {}) {
    const made = await addDevice(this.server, this.admin, { key, kind, lon, lat, ...more });
    if (!Object.keys(values).length) return made;
    const sent = await this.server.request('POST', `/api/v1/${made.token}/telemetry`, { body: JSON.stringify(values) });
    equal(sent.status, 200, `${key} sends: ${sent.text}`);
    return made;
  }
  ask(path, { accept, ...more } = {}) {
    return this.server.request('GET', `/ngsi-ld/v1${encodeURI(path)}`, { token: this.reader, headers: { ...(accept ? { accept } : {}), ...more } });
  }
  async get(path, headers) {
    const answer = await this.ask(path, headers);
    equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.json;
  }
  async keys(parameters) {
    return (await this.get(`/entities?${parameters}`)).map(({ id }) => decodeURIComponent(id.split(':').at(-1)));
  }
  // What jsonld loads: the core context from a file, ours from the server, nothing else.
  loader() {
    return async (url) => {
      if (url === core) return { documentUrl: url, document: file('core-context.jsonld') };
      check(url === `http://${this.server.http}/ngsi-ld/v1/context.jsonld`, `${url} is not one of the two`);
      const answer = await this.server.request('GET', '/ngsi-ld/v1/context.jsonld');
      equal([answer.status, answer.headers['content-type']], [200, 'application/ld+json'], 'the context is open to all');
      return { documentUrl: url, document: answer.json };
    };
  }
  stop() { return this.server.stop(); }
}

const street = await new Street().start('ngsi');

await cases({
  'every entity is as its model wants, by the validator': async () => {
    const all = await street.get(`/entities?type=${types}&options=keyValues&limit=1000`);
    all.forEach(isOf);
    equal(all.map(({ id }) => decodeURIComponent(id)).toSorted(), ['AirQualityObserved:AB-1', 'AirQualityObserved:Ш-12', 'Streetlight:L-1', 'Streetlight:L-2', 'TrafficFlowObserved:KS-1',
      'WasteContainer:KO-1', 'WasteContainer:KO-2', 'WasteContainer:KO-3'].map((id) => `urn:ngsi-ld:${id}`), 'the entities');
    const one = (key) => all.find(({ id }) => decodeURIComponent(id).endsWith(`:${key}`));
    equal([one('AB-1').relativeHumidity, one('AB-1').windDirection, one('L-1').illuminanceLevel, one('L-1').powerState, one('L-1').circuit, one('KO-1').fillingLevel, one('KS-1').occupancy],
      [0.45, -174, 0.7, 'on', 'F-1', 0.81, 0.125], 'fractions, folded degrees, words');
    equal([one('KO-3').fillingLevel, one('KO-3').status], [undefined, 'unknown'], 'a suspect value is not told');
    equal(one('Ш-12').no, 3, 'nitric oxide is called no, and is no false');
  },

  'every entity means the same to a JSON-LD processor, in both ways of telling the context': async () => {
    for (const type of types) {
      const plain = await street.ask(`/entities?type=${type}`);
      equal(plain.headers['content-type'], 'application/json', 'plain JSON unless asked');
      const [, address] = plain.headers.link.match(/<([^>]+)>; rel="http:\/\/www\.w3\.org\/ns\/json-ld#context"/);
      const linked = await street.get(`/entities?type=${type}`, { accept: 'application/ld+json' });
      for (const [i, entity] of plain.json.entries()) {
        const { '@context': context, ...bare } = linked[i];
        equal(bare, entity, 'but for the context it is the same');
        const [expanded] = await jsonld.expand(linked[i], { documentLoader: street.loader() });
        equal(await jsonld.expand({ ...entity, '@context': [address, core] }, { documentLoader: street.loader() }), [expanded], 'by the header as by the body');
        equal([expanded['@id'], expanded['@type']], [entity.id, [term(type, type)]], 'id and type');
        for (const [name, attribute] of Object.entries(entity)) {
          if (['id', 'type'].includes(name)) continue;
          const uri = { location: 'https://uri.etsi.org/ngsi-ld/location', description: 'http://purl.org/dc/terms/description' }[name] ?? term(type, name);
          const [meant] = expanded[uri] ?? [];
          check(meant, `${type}.${name} is ${uri}, but there is only ${Object.keys(expanded)}`);
          equal(meant['@type'], [`https://uri.etsi.org/ngsi-ld/${attribute.type}`], `${name} is a ${attribute.type}`);
          if (typeof attribute.value === 'number') equal(meant[hasValue], [{ '@value': attribute.value }], name);
          if (attribute.observedAt) equal(meant['https://uri.etsi.org/ngsi-ld/observedAt'][0]['@value'], attribute.observedAt, `${name} has its time`);
        }
        check(!Object.keys(expanded).some((uri) => uri.includes('default-context')), `no name is without a meaning: ${Object.keys(expanded)}`);
      }
    }
    const [lamp] = await jsonld.expand(await street.get('/entities/urn:ngsi-ld:Streetlight:L-1', { accept: 'application/ld+json' }), { documentLoader: street.loader() });
    equal(lamp[term('Streetlight', 'refStreetlightGroup')][0]['https://uri.etsi.org/ngsi-ld/hasObject'], [{ '@id': 'urn:ngsi-ld:StreetlightGroup:1' }], 'a relationship leads somewhere');
  },

  'a foreign client reads the town': async () => {
    const connection = new (NGSI.Connection)(`http://${street.server.http}`, { headers: { Authorization: `Bearer ${street.reader}` } });
    const full = await connection.ld.queryEntities({ type: 'WasteContainer', q: 'fillingLevel>0.5', keyValues: true, count: true });
    equal([full.count, full.results.map(({ id, fillingLevel }) => [id, fillingLevel])], [1, [['urn:ngsi-ld:WasteContainer:KO-1', 0.81]]], 'full containers');
    const near = await connection.ld.queryEntities({ type: 'WasteContainer', georel: 'near;maxDistance==100', geometry: 'Point', coordinates: '[70.96,51.99]', geoproperty: 'location' });
    equal(near.results.map(({ id }) => id), ['urn:ngsi-ld:WasteContainer:KO-2'], 'near a place');
    const { results } = await connection.ld.queryEntities({ type: 'AirQualityObserved', limit: 1, offset: 1 });
    const { entity } = await connection.ld.getEntity({ id: results[0].id });
    equal(entity.name.value, 'Ш-12', 'an id with letters of Kazakh is found as it was told');
    equal((await connection.ld.listTypes()).results.typeList, types, 'types');
    equal((await connection.ld.getType({ type: 'Streetlight' })).type.entityCount, 2, 'a type');
    const refused = await connection.ld.queryEntities({ type: 'WasteContainer', q: 'fillingLevel>' }).then(() => undefined, (error) => error);
    check(refused instanceof NGSI.BadRequestError, `a mistake is one to the client: ${refused}`);
    check(`${refused.message} ${refused.details}`.includes('q at 14: a value is expected'), `and says where: ${refused.message} ${refused.details}`);
  },

  'what is asked is found, and mistakes are told': async () => {
    equal(await street.keys('q=pm25>40'), ['AB-1'], 'by a value');
    equal(await street.keys('q=name~=^Ш-\\d;no'), ['Ш-12'], 'by a pattern');
    equal(await street.keys('type=Streetlight&q=powerState=="off"|illuminanceLevel==0.6..0.8'), ['L-1', 'L-2'], 'by words and ranges');
    equal(await street.keys('attrs=intensity'), ['KS-1'], 'by an attribute');
    equal(await street.keys('type=WasteContainer&georel=within&geometry=Polygon&coordinates=[[[70.955,51],[70.97,51],[70.97,53],[70.955,53],[70.955,51]]]'), ['KO-2'], 'by a place');
    for (const [path, status, what, part] of [
      ['/entities?type=WasteContainer&limt=3', 400, 'BadRequestData', 'parameter "limt": is not known here'],
      ['/entities?type=WasteContainer&limit=1001', 403, 'TooManyResults', 'at most 1,000'],
      ['/entities/urn:ngsi-ld:WasteContainer:KO-9', 404, 'ResourceNotFound', 'lists them'],
      ['/subscriptions', 501, 'OperationNotSupported', 'is not done here'],
    ]) {
      const answer = await street.ask(path);
      equal([answer.status, answer.headers['content-type'], answer.json.type, answer.json.status], [status, 'application/json', `https://uri.etsi.org/ngsi-ld/errors/${what}`, status], path);
      check(answer.json.detail.includes(part), `${path}: ${answer.json.detail}`);
    }
    const context = await street.ask('/entities?type=Streetlight', { link: '<https://example.org/own.jsonld>; rel="http://www.w3.org/ns/json-ld#context"' });
    equal([context.status, context.json.type], [504, 'https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable'], 'a context that is not known');
  },

  'pages follow each other by their links and miss nobody': async () => {
    const seen = [];
    let path = `/ngsi-ld/v1/entities?type=${types}&limit=3&count=true`;
    for (let pages = 0; path && pages < 10; pages++) {
      const answer = await street.server.request('GET', path, { token: street.reader });
      equal(answer.headers['ngsild-results-count'], '8', 'counted on every page');
      seen.push(...answer.json.map(({ id }) => id));
      path = answer.headers.link.match(/<http:\/\/[^/]+([^>]+)>; rel="next"/)?.[1];
    }
    equal([seen.length, new Set(seen).size], [8, 8], 'each once');
  },

  'the past is told as it came in, by values and by pairs': async () => {
    const at = (minutes) => Date.parse('2026-01-17T10:00:00Z') + minutes * 60_000;
    const device = await street.device('KO-4', 'bin', {});
    for (let i = 0; i < 6; i++) {
      const sent = await street.server.request('POST', `/api/v1/${device.token}/telemetry`, { body: JSON.stringify({ ts: at(i), values: { fill_level: 10 * i } }) });
      equal(sent.status, 200, sent.text);
    }
    const past = '/temporal/entities/urn:ngsi-ld:WasteContainer:KO-4';
    const pairs = await street.get(`${past}?timerel=between&timeAt=2026-01-17T10:01:00Z&endTimeAt=2026-01-17T10:04:00Z&attrs=fillingLevel&options=temporalValues`);
    equal(pairs.fillingLevel.values, [1, 2, 3].map((i) => [i / 10, new Date(at(i)).toISOString().replace('.000', '')]), 'pairs');
    const whole = await street.get(`${past}?lastN=2`, { accept: 'application/ld+json' });
    equal(whole.fillingLevel.map(({ value, unitCode, observedAt }) => [value, unitCode, observedAt]), [[0.4, 'C62', '2026-01-17T10:04:00Z'], [0.5, 'C62', '2026-01-17T10:05:00Z']], 'the newest two');
    const [meant] = await jsonld.expand(whole, { documentLoader: street.loader() });
    equal(meant[term('WasteContainer', 'fillingLevel')].map((one) => one[hasValue][0]['@value']), [0.4, 0.5], 'to a JSON-LD processor, too');
    const now = await street.get('/entities/urn:ngsi-ld:WasteContainer:KO-4?options=keyValues');
    isOf(now);
    equal([now.fillingLevel, now.status], [undefined, 'unknown'], 'what is old is not told as now');
  },

  'nothing is written, and nobody without a token reads': async () => {
    for (const [method, path, status] of [['POST', '/entities', 405], ['PATCH', '/entities/urn:ngsi-ld:WasteContainer:KO-1/attrs', 405], ['DELETE', '/entities/urn:ngsi-ld:WasteContainer:KO-1', 405],
      ['PUT', '/context.jsonld', 405], ['POST', '/subscriptions', 501], ['POST', '/entityOperations/upsert', 501]]) {
      const answer = await street.server.request(method, `/ngsi-ld/v1${path}`, { token: street.admin, body: '{}' });
      equal([answer.status, answer.json.type], [status, 'https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported'], `${method} ${path}`);
      check(answer.json.detail.includes('SensorThings (/v1.1) is the way in'), answer.json.detail);
      if (status === 405) equal(answer.headers.allow, 'GET, HEAD', 'Allow');
    }
    equal((await street.keys('type=WasteContainer')).includes('KO-1'), true, 'it is still there');
    for (const path of ['/entities?type=WasteContainer', '/entities/urn:ngsi-ld:WasteContainer:KO-1', '/types', '/temporal/entities/urn:ngsi-ld:WasteContainer:KO-1'])
      equal((await street.server.request('GET', `/ngsi-ld/v1${path}`)).status, 401, path);
    equal((await street.server.request('GET', '/ngsi-ld/v1/types', { token: token(street.data, 'ingest') })).status, 403, 'a token that may only send');
  },

  'what comes in by SensorThings is told with the next question': async () => {
    const known = (await street.server.get(`/v1.1/ObservedProperties?$filter=${encodeURIComponent("definition eq 'http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001'")}`, street.reader)).value; // of Qala's catalogue
    equal(known.length, 1, 'fine particles');
    const thing = { name: 'Air, school 4', description: 'on the roof', Locations: [{ name: 'School 4', description: '', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [70.97, 51.98] } }],
      Datastreams: [{ name: 'PM2.5', description: 'fine dust', observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
        unitOfMeasurement: { name: 'microgram per cubic metre', symbol: 'µg/m³', definition: null }, Sensor: { name: 'SDS011', description: '', encodingType: 'text/html', metadata: 'https://example.org/sds011' },
        ObservedProperty: { '@iot.id': known[0]['@iot.id'] }, Observations: [{ phenomenonTime: new Date().toISOString(), result: 31.5 }] }] };
    const made = await street.server.request('POST', '/v1.1/Things', { token: street.admin, body: JSON.stringify(thing), headers: { 'content-type': 'application/json' } });
    equal(made.status, 201, made.text);
    const [found] = await until('the station is told', () => street.get('/entities?type=AirQualityObserved&q=pm25==31.5&options=keyValues').then((all) => all.length && all), 20);
    isOf(found);
    equal([found.name, found.location.coordinates], ['Air, school 4', [70.97, 51.98]], 'with its name and place');
  },

  'the server ends': async () => equal(await street.stop(), 0, 'SIGTERM'),
});
