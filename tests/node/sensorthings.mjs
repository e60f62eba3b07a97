// OGC SensorThings 1.1 against the real server: the requests of the standard's text and of its clients (QGIS, Grafana,
// frost-client), raw; and what must hold after a kill.
import mqtt from 'mqtt';
import { Server, scratch, token, equal, check, until, cases } from './lib.mjs';

class Sta {
  async start(name, { args } = {}) {
    this.data = scratch(name);
    this.server = await new Server(this.data, { args }).start();
    this.admin = token(this.data, 'admin');
    this.reader = token(this.data, 'read');
    this.ingest = token(this.data, 'ingest');
    return this;
  }
  async ask(method, path, body, { as = this.admin, type = 'application/json' } = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return this.server.request(method, `/v1.1${path}`, { token: as, body: text, headers: text === undefined ? {} : { 'content-type': type } });
  }
  async get(path) {
    const answer = await this.ask('GET', encodeURI(path), undefined, { as: this.reader });
    equal(answer.status, 200, `GET ${path}: ${answer.text}`);
    return answer.json;
  }
  // The id of what was made.
  async post(path, body, options) {
    const answer = await this.ask('POST', path, body, options);
    equal(answer.status, 201, `POST ${path}: ${answer.text}`);
    check(answer.headers.location?.startsWith(`http://${this.server.http}/v1.1/`), `Location: ${answer.headers.location}`);
    return Number(answer.headers.location.match(/\((\d+)\)$/)[1]);
  }
  async status(expected, method, path, body, options) {
    const answer = await this.ask(method, path, body, options);
    equal(answer.status, expected, `${method} ${path}: ${answer.text}`);
    return answer;
  }
  stop() { return this.server.stop(); }
}

const point = (x, y) => ({ type: 'Point', coordinates: [x, y] });
const location = (name, x, y) => ({ name, description: name, encodingType: 'application/geo+json', location: point(x, y) });
const datastream = (name, more = {}) => ({
  name, description: name, observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
  unitOfMeasurement: { name: 'degree Celsius', symbol: '°C', definition: 'http://unitsofmeasure.org/ucum.html#para-30' },
  ObservedProperty: { name: 'Temperature', definition: 'http://example.org/t', description: 'How warm' },
  Sensor: { name: 'DHT22', description: 'A sensor', encodingType: 'application/pdf', metadata: 'http://example.org/dht22.pdf' }, ...more,
});
const oven = () => ({
  name: 'Oven', description: 'This thing is an oven', properties: { owner: 'Aigul', colour: 'silver', weight: 2.50 },
  Locations: [location('Kitchen', 76.9, 43.2)],
  Datastreams: [datastream('Oven temperature', {
    Observations: [{ phenomenonTime: '2024-01-01T00:00:00Z', result: 10.0 }, { phenomenonTime: '2024-01-01T01:00:00Z', result: 12.5 }],
  })],
});

await cases({
  'the root names the eight sets and what is conformed to': async () => {
    const sta = await new Sta().start('sta-root');
    const root = await sta.get('');
    equal(root.value.map(({ name }) => name).sort(), ['Datastreams', 'FeaturesOfInterest', 'HistoricalLocations', 'Locations', 'Observations', 'ObservedProperties', 'Sensors', 'Things']);
    check(root.value.every(({ url, name }) => url === `http://${sta.server.http}/v1.1/${name}`), 'absolute addresses');
    check(root.serverSettings.conformance.includes('http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel'), 'conformance');
    for (const { name } of root.value) equal((await sta.get(`/${name}?$count=true`)), { '@iot.count': 0, value: [] }, `an empty town: ${name}`);
    equal((await sta.server.request('GET', '/v1.1/Things')).status, 401, 'not for anybody');
    await sta.stop();
  },
  'a thing with everything inside is made at once, and read back as the standard shows it': async () => {
    const sta = await new Sta().start('sta-deep');
    const id = await sta.post('/Things', oven());
    const thing = await sta.get(`/Things(${id})`);
    const self = `http://${sta.server.http}/v1.1/Things(${id})`;
    equal(thing, {
      '@iot.selfLink': self, '@iot.id': id, name: 'Oven', description: 'This thing is an oven', properties: { owner: 'Aigul', colour: 'silver', weight: 2.5 },
      'Locations@iot.navigationLink': `${self}/Locations`, 'HistoricalLocations@iot.navigationLink': `${self}/HistoricalLocations`, 'Datastreams@iot.navigationLink': `${self}/Datastreams`,
    });
    const all = await sta.get(`/Things(${id})?$expand=Datastreams($expand=Observations($orderby=phenomenonTime desc;$top=1;$count=true),Sensor,ObservedProperty),Locations($select=name),HistoricalLocations/Locations`);
    const [stream] = all.Datastreams;
    equal([stream['Observations@iot.count'], stream.Observations.length, stream.Observations[0].result], [2, 1, 12.5]);
    check(stream['Observations@iot.nextLink'].includes('/Datastreams('), 'the rest of an expansion has a link');
    equal([stream.Sensor.name, stream.ObservedProperty.name, stream.unitOfMeasurement.symbol], ['DHT22', 'Temperature', '°C']);
    equal(stream.phenomenonTime, '2024-01-01T00:00:00Z/2024-01-01T01:00:00Z');
    equal(stream.observedArea, point(76.9, 43.2));
    equal(all.Locations, [{ name: 'Kitchen' }]);
    equal(all.HistoricalLocations.map((h) => h.Locations.map((l) => l.name)), [['Kitchen']]);
    equal((await sta.get('/FeaturesOfInterest')).value.map((f) => [f.name, f.feature]), [['Kitchen', point(76.9, 43.2)]], 'made from the place');
    const raw = await sta.status(200, 'GET', `/Things(${id})/properties/weight/$value`);
    equal(raw.text, '2.5');
    const digits = await sta.post('/Things', '{"name":"D","description":"D","properties":{"weight":2.50}}');
    equal((await sta.status(200, 'GET', `/Things(${digits})/properties/weight/$value`)).text, '2.50', 'the digits that were sent');
    await sta.stop();
  },
  'paths lead anywhere, and nowhere is 404': async () => {
    const sta = await new Sta().start('sta-paths');
    const id = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${id})/Datastreams`)).value[0]['@iot.id'];
    const [first] = (await sta.get(`/Datastreams(${stream})/Observations?$orderby=phenomenonTime`)).value;
    equal((await sta.get(`/Things(${id})/Datastreams(${stream})/Observations(${first['@iot.id']})/FeatureOfInterest`)).name, 'Kitchen');
    equal((await sta.get(`/Observations(${first['@iot.id']})/Datastream/Thing/Locations`)).value[0].name, 'Kitchen');
    equal(await sta.get(`/Things(${id})/name`), { name: 'Oven' });
    equal((await sta.status(200, 'GET', `/Observations(${first['@iot.id']})/result/$value`)).text, '10.0');
    equal((await sta.status(200, 'GET', `/Observations(${first['@iot.id']})/phenomenonTime/$value`)).text, '2024-01-01T00:00:00Z');
    equal(await sta.get(`/Things(${id})/Datastreams/$ref`), { value: [{ '@iot.selfLink': `http://${sta.server.http}/v1.1/Datastreams(${stream})` }] });
    await sta.status(204, 'GET', `/Observations(${first['@iot.id']})/resultTime`);
    for (const path of ['/Things(9999)', '/Things(9223372036854775807)', "/Things('a')", '/Nothing', `/Things(${id})/nothing`, `/Things(${id})/properties/nothing`, `/Things(${id})/Datastreams(9999)`, '/MultiDatastreams'])
      await sta.status(404, 'GET', path);
    await sta.status(400, 'GET', '/Things(x)');
    await sta.stop();
  },
  'options that are unknown are 501, malformed ones 400 with their position': async () => {
    const sta = await new Sta().start('sta-errors');
    for (const option of ['$search=x', '$apply=x', '$nothing=1', '$expand=Datastreams($search=x)']) await sta.status(501, 'GET', `/Things?${option}`);
    for (const [option, position] of [['$filter=name%20eq', 8], ['$orderby=nothing', 1], ['$select=name,nothing', 6], ['$expand=Datastreams($top=x)', 18], ['$top=-1', 1], ['$top=3x', 2], ['$skip=a', 1], ['$count=maybe', 1]]) {
      const answer = await sta.status(400, 'GET', `/Things?${option}`);
      check(answer.json.code === 400 && answer.json.message.includes(`position ${position}:`), `${option}: ${answer.text}`);
    }
    await sta.status(400, 'GET', '/Things(1)/name?$filter=x').catch(() => {});
    const broken = await sta.status(400, 'POST', '/Things', '{"name":"x",}');
    check(/line 1, column \d+/.test(broken.json.message), broken.text);
    await sta.status(400, 'POST', '/Things', { name: 'no description' });
    await sta.status(405, 'POST', '/Things(1)', {}).catch(async () => sta.status(404, 'POST', '/Things(1)', {}));
    await sta.stop();
  },
  'pages lead to every row once, also where rows share a time': async () => {
    const sta = await new Sta().start('sta-pages');
    const thing = await sta.post('/Things', { name: 'T', description: 'T', Locations: [location('L', 1, 1)] });
    const one = await sta.post(`/Things(${thing})/Datastreams`, datastream('one'));
    const two = await sta.post(`/Things(${thing})/Datastreams`, datastream('two'));
    const rows = [one, two].map((id) => ({
      Datastream: { '@iot.id': id }, components: ['phenomenonTime', 'result'],
      dataArray: Array.from({ length: 60 }, (_, i) => [new Date(Date.UTC(2024, 0, 1, 0, Math.floor(i / 4))).toISOString(), i]),
    }));
    const made = (await sta.status(201, 'POST', '/CreateObservations', rows)).json;
    equal(new Set(made).size, 120, 'each has its own address');
    for (const order of ['', '&$orderby=phenomenonTime', '&$orderby=phenomenonTime desc', '&$orderby=result,id desc', '&$orderby=id', '&$orderby=id desc', '&$filter=result ge 0']) {
      const seen = [];
      let link = `/Observations?$top=7&$select=id,phenomenonTime,result${order}`;
      while (link) {
        const page = await sta.get(link);
        seen.push(...page.value);
        check(page.value.length === 7 || !page['@iot.nextLink'], 'full pages');
        link = page['@iot.nextLink'] && decodeURI(page['@iot.nextLink'].split('/v1.1')[1]);
      }
      equal(new Set(seen.map((row) => row['@iot.id'])).size, 120, `all once${order}`);
      equal(seen.length, 120, `none twice${order}`);
      if (order.startsWith('&$orderby=phen')) {
        const times = seen.map((row) => row.phenomenonTime), sorted = [...times].sort();
        equal(times, order.endsWith('desc') ? sorted.reverse() : sorted);
      }
    }
    equal((await sta.get(`/Datastreams(${one})/Observations?$count=true&$top=3&$skip=58`)).value.length, 2);
    equal((await sta.get('/Observations?$top=0&$count=true')), { '@iot.count': 120, value: [] });
    const grouped = await sta.get(`/Observations?$resultFormat=dataArray&$orderby=Datastream/id,id&$top=1000`);
    equal(grouped.value.map((g) => [g.components, g['dataArray@iot.count']]), [[['id', 'phenomenonTime', 'resultTime', 'result'], 60], [['id', 'phenomenonTime', 'resultTime', 'result'], 60]]);
    await sta.stop();
  },
  'what is answered is there after a kill, and ids stay': async () => {
    const sta = await new Sta().start('sta-kill');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    const before = [];
    for (let i = 0; i < 50; i++) {
      const body = { phenomenonTime: '2024-02-01T00:00:00Z', resultTime: `2024-02-01T00:00:${String(i).padStart(2, '0')}Z`, result: i % 2 ? { i } : i, parameters: { i } };
      before.push([await sta.post(`/Datastreams(${stream})/Observations`, body), body.result]);
    }
    const changed = before[3][0];
    await sta.status(200, 'PATCH', `/Observations(${changed})`, { result: 'changed' });
    await sta.status(200, 'DELETE', `/Observations(${before[5][0]})`);
    await sta.server.kill();
    await sta.server.start();
    for (const [id, result] of before) {
      if (id === before[5][0]) await sta.status(404, 'GET', `/Observations(${id})`);
      else equal((await sta.get(`/Observations(${id})`)).result, id === changed ? 'changed' : result);
    }
    equal((await sta.get(`/Datastreams(${stream})/Observations?$count=true&$top=0`))['@iot.count'], 51);
    equal((await sta.get(`/Datastreams(${stream})`)).resultTime, '2024-02-01T00:00:00Z/2024-02-01T00:00:49Z');
    await sta.stop();
  },
  'entities are changed, replaced, patched, linked and removed with what hangs from them': async () => {
    const sta = await new Sta().start('sta-change');
    const thing = await sta.post('/Things', oven());
    await sta.status(200, 'PATCH', `/Things(${thing})`, { name: 'Cooker', '@iot.id': 77 });
    equal((await sta.get(`/Things(${thing})`)).name, 'Cooker');
    await sta.status(400, 'PUT', `/Things(${thing})`, { name: 'Only a name' });
    await sta.status(200, 'PUT', `/Things(${thing})`, { name: 'Stove', description: 'New' });
    equal((await sta.get(`/Things(${thing})`)).properties, undefined, 'PUT takes away what is not given');
    await sta.status(200, 'PATCH', `/Things(${thing})`, [{ op: 'add', path: '/properties', value: { a: 1 } }, { op: 'add', path: '/properties/b', value: [1] }, { op: 'replace', path: '/name', value: 'Hearth' }], { type: 'application/json-patch+json' });
    equal([(await sta.get(`/Things(${thing})`)).name, (await sta.get(`/Things(${thing})`)).properties], ['Hearth', { a: 1, b: [1] }]);
    await sta.status(400, 'PATCH', `/Things(${thing})`, { Locations: [location('inline', 1, 1)] });
    // A new place is a new history.
    const garden = await sta.post('/Locations', location('Garden', 77, 44));
    await sta.status(200, 'PATCH', `/Things(${thing})`, { Locations: [{ '@iot.id': garden }] });
    equal((await sta.get(`/Things(${thing})/Locations`)).value.map((l) => l.name), ['Garden']);
    equal((await sta.get(`/Things(${thing})/HistoricalLocations?$count=true`))['@iot.count'], 2);
    const mapped = await sta.server.get(`/api/v1/things/${thing}`, sta.admin);
    check(JSON.stringify(mapped).includes('77'), `the map shows it there: ${JSON.stringify(mapped)}`);
    await sta.status(200, 'DELETE', `/Things(${thing})/Locations(${garden})/$ref`);
    equal((await sta.get(`/Things(${thing})/Locations`)).value, []);
    await sta.status(200, 'POST', `/Things(${thing})/Locations/$ref`, { '@iot.id': garden });
    equal((await sta.get(`/Things(${thing})/Locations`)).value.length, 1);
    const sensor = (await sta.get('/Sensors')).value[0]['@iot.id'];
    await sta.status(200, 'DELETE', `/Sensors(${sensor})`);
    for (const set of ['Sensors', 'Datastreams', 'Observations']) equal((await sta.get(`/${set}?$count=true&$top=0`))['@iot.count'], 0, `${set} go with the sensor`);
    await sta.status(200, 'DELETE', `/Things(${thing})`);
    await sta.status(404, 'GET', `/Things(${thing})`);
    equal((await sta.get('/HistoricalLocations')).value, []);
    equal((await sta.get('/Locations')).value.length, 2, 'places stay');
    await sta.status(200, 'DELETE', `/Locations(${garden})`);
    await sta.status(404, 'DELETE', `/Locations(${garden})`);
    await sta.stop();
  },
  'nothing of a deep insert stays if one part of it is wrong': async () => {
    const sta = await new Sta().start('sta-whole');
    const bad = oven();
    delete bad.Datastreams[0].Sensor.metadata;
    await sta.status(400, 'POST', '/Things', bad);
    const future = oven();
    future.Datastreams[0].Observations[1].phenomenonTime = '2200-01-01T00:00:00Z';
    await sta.status(400, 'POST', '/Things', future);
    for (const set of ['Things', 'Datastreams', 'Sensors', 'ObservedProperties', 'Observations']) equal((await sta.get(`/${set}?$count=true&$top=0`))['@iot.count'], 0, set);
    await sta.stop();
  },
  'tokens of devices create observations and nothing else; readers change nothing': async () => {
    const sta = await new Sta().start('sta-rights');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    await sta.post(`/Datastreams(${stream})/Observations`, { result: 5 }, { as: sta.ingest });
    for (const [method, path, body] of [['POST', '/Things', { name: 'x', description: 'x' }], ['PATCH', `/Things(${thing})`, { name: 'x' }], ['DELETE', `/Things(${thing})`]]) {
      await sta.status(403, method, path, body, { as: sta.ingest });
      await sta.status(403, method, path, body, { as: sta.reader });
    }
    await sta.status(403, 'POST', `/Datastreams(${stream})/Observations`, { result: 5 }, { as: sta.reader });
    await sta.stop();
  },
  'a batch is answered in order, and its groups are done whole or not at all': async () => {
    const sta = await new Sta().start('sta-batch');
    const answer = await sta.status(200, 'POST', '/$batch', { requests: [
      { id: '1', atomicityGroup: 'a', method: 'post', url: 'Things', body: { name: 'A', description: 'A', Locations: [location('L', 1, 1)] } },
      { id: '2', atomicityGroup: 'a', method: 'post', url: 'Datastreams', body: { ...datastream('in a batch'), Thing: { '@iot.id': '$1' } } },
      { id: '3', method: 'get', url: 'Things(999)' },
      { id: '4', atomicityGroup: 'b', method: 'post', url: 'Things', body: { name: 'B', description: 'B' } },
      { id: '5', atomicityGroup: 'b', method: 'post', url: 'Things', body: { name: 'no description' } },
      { id: '6', method: 'get', url: 'Things?$count=true&$select=name' },
    ] });
    equal(answer.json.responses.map(({ id, status }) => [id, status]), [['1', 201], ['2', 201], ['3', 404], ['4', 424], ['5', 400], ['6', 200]]);
    equal(answer.json.responses[5].body, { '@iot.count': 1, value: [{ name: 'A' }] });
    const parts = ['--b', 'Content-Type: application/http', '', 'GET /v1.1/Things?$select=name HTTP/1.1', 'Host: x', '', '', '--b', 'Content-Type: multipart/mixed; boundary=c', '',
      '--c', 'Content-Type: application/http', 'Content-ID: 1', '', 'POST /v1.1/Things HTTP/1.1', 'Content-Type: application/json', '', JSON.stringify({ name: 'C', description: 'C' }),
      '--c', 'Content-Type: application/http', 'Content-ID: 2', '', 'PATCH $1 HTTP/1.1', 'Content-Type: application/json', '', JSON.stringify({ name: 'D' }), '--c--', '--b--', ''].join('\r\n');
    const mixed = await sta.status(200, 'POST', '/$batch', parts, { type: 'multipart/mixed; boundary=b' });
    check(mixed.headers['content-type'].startsWith('multipart/mixed'), mixed.headers['content-type']);
    equal([...mixed.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code), ['200', '201', '200']);
    equal((await sta.get('/Things?$select=name&$orderby=id')).value.map(({ name }) => name), ['A', 'D']);
    await sta.stop();
  },
  'a batch keeps 32 MB of what it reads, and what it writes is done all the same': async () => {
    const sta = await new Sta().start('sta-batch-large');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    const dataArray = Array.from({ length: 10_000 }, (_, i) => [new Date(Date.UTC(2024, 1, 1) + i * 1000).toISOString(), i]);
    await sta.status(201, 'POST', '/CreateObservations', [{ Datastream: { '@iot.id': stream }, components: ['phenomenonTime', 'result'], dataArray }]);
    const requests = Array.from({ length: 100 }, (_, i) => ({ id: `${i}`, method: 'get', url: 'Observations?$top=10000' }));
    requests.push({ id: 'last', method: 'post', url: `Datastreams(${stream})/Observations`, body: { result: 5 } });
    const [batch] = await Promise.all([sta.status(200, 'POST', '/$batch', { requests }), sta.post(`/Datastreams(${stream})/Observations`, { result: 6 }, { as: sta.ingest })]);
    check(batch.text.length < 40e6, `${batch.text.length} bytes`);
    const codes = batch.json.responses.map(({ status }) => status);
    const answered = codes.indexOf(413);
    check(answered > 1 && answered < 50, `${answered} are answered`);
    equal(codes, [...Array(answered).fill(200), ...Array(100 - answered).fill(413), 201]);
    equal(batch.json.responses[0].body.value.length, 10_000);
    equal((await sta.get('/Observations?$top=0&$count=true'))['@iot.count'], 10_004);
    await sta.stop();
  },
  'many observations and those of a feature go in steps, while others are stored': async () => {
    const sta = await new Sta().start('sta-many-go');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    const many = async () => {
      const dataArray = Array.from({ length: 12_000 }, (_, i) => [new Date(Date.UTC(2024, 1, 1) + i * 1000).toISOString(), i]);
      await sta.status(201, 'POST', '/CreateObservations', [{ Datastream: { '@iot.id': stream }, components: ['phenomenonTime', 'result'], dataArray }]);
    };
    const count = async () => (await sta.get('/Observations?$top=0&$count=true'))['@iot.count'];
    await many();
    const path = `/Datastreams(${stream})/Observations`;
    await Promise.all([sta.status(200, 'DELETE', `${path}?$filter=phenomenonTime%20ge%202024-02-01T00:00:00Z%20and%20result%20lt%2011000`), sta.post(path, { result: 20_000 }, { as: sta.ingest })]);
    equal(await count(), 2 + 1000 + 1);
    const chain = await sta.server.get('/api/v1/audit?action=observation.erased&limit=1', sta.admin);
    check(JSON.stringify(chain).includes('observation.erased'), JSON.stringify(chain));
    const [feature] = (await sta.get(`${path}?$top=1&$expand=FeatureOfInterest`)).value;
    await sta.status(200, 'DELETE', `/FeaturesOfInterest(${feature.FeatureOfInterest['@iot.id']})`);
    equal(await count(), 0);
    await sta.server.kill();
    await sta.server.start();
    equal(await count(), 0, 'after a kill');
    await sta.stop();
  },
  'QGIS and Grafana find what they ask for': async () => {
    const sta = await new Sta().start('sta-clients');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    equal((await sta.get("/Locations?$top=0&$count=true&$filter=location/type eq 'Point' or location/geometry/type eq 'Point'"))['@iot.count'], 1);
    equal((await sta.get("/Locations?$top=100&$count=false&$filter=geo.intersects(location, geography'POLYGON((76 43, 77 43, 77 44, 76 44, 76 43))')")).value.length, 1);
    equal((await sta.get('/Things?$expand=Locations($orderby=id desc;$top=3;$expand=Things($top=101))')).value[0].Locations[0].Things.length, 1);
    equal((await sta.get(`/Datastreams(${stream})/Observations?$filter=phenomenonTime gt 2023-12-31T23:00:00.000Z and phenomenonTime lt 2024-01-01T00:30:00.000Z&$select=phenomenonTime,result&$orderby=phenomenonTime asc&$top=1000`)).value, [{ phenomenonTime: '2024-01-01T00:00:00Z', result: 10 }]);
    const geo = await sta.get('/Locations?$resultFormat=GeoJSON');
    equal([geo.type, geo.features[0].geometry, geo.features[0].properties.name], ['FeatureCollection', point(76.9, 43.2), 'Kitchen']);
    const csv = await sta.status(200, 'GET', `/Datastreams(${stream})/Observations?$resultFormat=CSV&$select=phenomenonTime,result&$orderby=phenomenonTime`);
    equal(csv.text, 'phenomenonTime,result\r\n2024-01-01T00:00:00Z,10.0\r\n2024-01-01T01:00:00Z,12.5\r\n');
    await sta.stop();
  },
  'GeoJSON and CSV say where the next page is': async () => {
    const sta = await new Sta().start('sta-pages');
    const requests = Array.from({ length: 250 }, (_, i) => ({ id: `${i}`, method: 'post', url: 'Locations', body: location(`L${i}`, 70 + i / 1000, 50) }));
    await sta.status(200, 'POST', '/$batch', { requests });
    const names = requests.map(({ body }) => body.name).sort();
    const rest = (url) => url.slice(url.indexOf('/v1.1') + 5);
    let seen = [], pages = 0;
    for (let path = '/Locations?$resultFormat=GeoJSON&$count=true'; path; pages++) {
      const geo = (await sta.status(200, 'GET', path)).json;
      equal(geo['@iot.count'], 250);
      seen.push(...geo.features.map(({ properties }) => properties.name));
      path = pages < 5 && geo['@iot.nextLink'] && rest(geo['@iot.nextLink']);
    }
    equal([pages, seen.sort()], [3, names]);
    seen = [], pages = 0;
    for (let path = '/Locations?$resultFormat=CSV&$select=name'; path; pages++) {
      const csv = await sta.status(200, 'GET', path);
      seen.push(...csv.text.trim().split('\r\n').slice(1));
      const next = /^<(.*)>; rel="next"$/.exec(csv.headers.link ?? '');
      path = pages < 5 && next && rest(next[1]);
    }
    equal([pages, seen.sort()], [3, names]);
    const batch = await sta.status(200, 'POST', '/$batch', { requests: [{ id: '1', method: 'get', url: 'Locations?$resultFormat=CSV&$select=name' }] });
    check(/rel="next"$/.test(batch.json.responses[0].headers?.link), 'a batch says it too');
    await sta.stop();
  },
  'observations are created and told by MQTT': async () => {
    const sta = await new Sta().start('sta-mqtt');
    const thing = await sta.post('/Things', oven());
    const stream = (await sta.get(`/Things(${thing})/Datastreams`)).value[0]['@iot.id'];
    const bus = token(sta.data, 'bus');
    const client = await mqtt.connectAsync(`mqtt://${sta.server.mqtt}`, { username: bus });
    const told = {};
    client.on('message', (topic, payload) => (told[topic] ??= []).push(JSON.parse(payload)));
    const topics = [`v1.1/Datastreams(${stream})/Observations`, 'v1.1/Observations?$select=result,phenomenonTime', `v1.1/Things(${thing})`, `v1.1/Things(${thing})/name`, 'v1.1/Things', `v1.1/Datastreams(${stream + 1})/Observations`];
    await client.subscribeAsync(topics);
    await client.publishAsync(`v1.1/Datastreams(${stream})/Observations`, JSON.stringify({ phenomenonTime: '2024-05-01T00:00:00Z', result: 7.50, parameters: { by: 'mqtt' } }), { qos: 1 });
    equal((await sta.get(`/Datastreams(${stream})/Observations?$filter=result eq 7.5`)).value.length, 1, 'acknowledged, so it is there');
    await client.publishAsync('v1.1/Observations', JSON.stringify({ phenomenonTime: '2024-05-02T00:00:00Z', result: 'ON', Datastream: { '@iot.id': stream } }), { qos: 1 });
    await sta.status(200, 'PATCH', `/Things(${thing})`, { name: 'Stove' });
    await until('told of all', () => told[topics[0]]?.length === 2 && told[topics[1]]?.length === 2 && told[topics[3]]?.length === 1);
    equal(told[topics[1]], [{ phenomenonTime: '2024-05-01T00:00:00Z', result: 7.5 }, { phenomenonTime: '2024-05-02T00:00:00Z', result: 'ON' }]);
    equal([told[topics[0]][0].parameters, told[topics[0]][0]['@iot.id'] > 0, Object.keys(told[topics[0]][0]).some((key) => key.endsWith('navigationLink'))], [{ by: 'mqtt' }, true, false]);
    equal([told[topics[2]][0].name, told[topics[3]], told[topics[4]][0].name, told[topics[5]]], ['Stove', [{ name: 'Stove' }], 'Stove', undefined]);
    await client.publishAsync(`v1.1/Things(${thing})`, '{"name":"no"}', { qos: 0 });
    await client.publishAsync(`v1.1/Datastreams(${stream})/Observations`, '{"no":"result"}', { qos: 0 });
    await until('what is refused is counted', async () => /qala_ingest_rejected_total\{[^}]*malformed[^}]*\} [1-9]/.test((await sta.server.request('GET', '/metrics', { token: sta.reader })).text));
    equal((await sta.get(`/Things(${thing})`)).name, 'Stove');
    await client.endAsync();
    await sta.stop();
  },
  'what devices send by MQTT telemetry is there for SensorThings': async () => {
    const sta = await new Sta().start('sta-devices', { args: ['--auto-claim'] });
    const reading = [{ thing: 'A-1', key: 'pm2_5', time: new Date().toISOString(), value: 12.5 }];
    const answer = await sta.server.request('POST', '/api/v2/readings', { token: sta.ingest, headers: { 'content-type': 'application/json' }, body: JSON.stringify(reading) });
    equal(answer.status, 204, answer.text);
    const [stream] = (await sta.get('/Datastreams?$expand=Thing,ObservedProperty,Observations($orderby=phenomenonTime desc;$top=1)')).value;
    equal([stream.ObservedProperty.definition !== undefined, stream.Observations[0].result], [true, 12.5]);
    await sta.stop();
  },
});
