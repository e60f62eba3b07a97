// SensorThings over HTTP: the year of `queries` for reading, 10,000 Things for a filter, an empty town for dataArray.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, Qala } from '../engines.mjs';
import { median, randomOf, settings } from '../machine.mjs';
import { kDay, kHour, kStart, loadQala, ofQala } from '../year.mjs';
import { idsOf } from './queries.mjs';

const kThings = 10_000;
const kArray = { streams: 100, rows: 100, requests: 200 };
const iso = (ms) => new Date(ms).toISOString();

// Ten million observations are 23 days and three and a half hours of 3,000 datastreams.
const kTenMillion = Math.round(10_000_000 / 3000) * 600_000;

async function ask(qala, name, paths, raw, seconds = 15) {
  const file = join(settings.data, 'paths.txt');
  const often = Array.from({ length: Math.max(100, paths.length) }, (_, n) => paths[n % paths.length].replaceAll(' ', '%20'));
  writeFileSync(file, `${often.join('\n')}\n`);
  const before = qala.cpu();
  const seen = await client('query', { port: qala.port, token: qala.token('read'), file, seconds });
  const cpu_ms = ((qala.cpu() - before) * 1000) / seen.times.n;
  raw({ step: 'sensorthings', name, cpu_ms, ...seen });
  return { ms: seen.times.p50_ms, note: `processor ${cpu_ms.toPrecision(3)} ms, ${Math.round(seen.bytes_each / 1024)} KB` };
}

async function reading(figures, raw) {
  const qala = ofQala();
  await loadQala(qala);
  await qala.start();
  const random = randomOf(settings.seed);
  const ids = await idsOf(qala);
  const many = Array.from({ length: 100 }, () => ({ stream: ids[random.below(ids.length)], month: kStart + random.below(Math.max(1, (settings.year - 24) * 24)) * kHour }));
  const shows = async (what, paths, bars, check) => {
    if (check) check(JSON.parse(await qala.get(paths[0].replaceAll(' ', '%20'), { authorization: `Bearer ${qala.token('read')}` })));
    const { ms, note } = await ask(qala, what, paths, raw);
    figures.add('sensorthings', what, 'ms median', ms, { floor: bars?.[0], aim: bars?.[1], note });
  };
  const must = (good, what) => { if (!good) throw new Error(`sensorthings: ${what}`); };
  await shows('$count of ten million observations', many.map(({ month }) => `/v1.1/Observations?$count=true&$top=0&$filter=phenomenonTime ge ${iso(month)} and phenomenonTime lt ${iso(month + kTenMillion)}`), [200, 50],
    (page) => must(settings.year < 30 || Math.abs(page['@iot.count'] - 10_000_000) < 5000, `counted ${page['@iot.count']}`));
  await shows('newest of 3,000 by $expand', [`/v1.1/Datastreams?$top=3000&$expand=Observations($orderby=phenomenonTime desc;$top=1)`], [80, 30],
    (page) => must(page.value.length === 3000 && page.value.every((one) => one.Observations.length === 1), 'not all have a newest value'));
  await shows('the same, names and values only', [`/v1.1/Datastreams?$top=3000&$select=name&$expand=Observations($orderby=phenomenonTime desc;$top=1;$select=result,phenomenonTime)`]);
  const since = (month) => `phenomenonTime ge ${iso(Math.min(month, kStart + (settings.year - 70) * kDay))}`;
  const tenThousand = (page) => must(page.value.length === 10_000, `a page of ${page.value.length}`);
  await shows('page of 10,000 observations, of all', ['/v1.1/Observations?$top=10000'], [60, 25], tenThousand);
  await shows('page of 10,000 observations, of one datastream in time', many.map(({ stream, month }) => `/v1.1/Datastreams(${stream})/Observations?$top=10000&$orderby=phenomenonTime&$filter=${since(month)}`), [60, 25], tenThousand);
  await shows('the same as dataArray', many.map(({ stream, month }) => `/v1.1/Datastreams(${stream})/Observations?$top=10000&$resultFormat=dataArray&$orderby=phenomenonTime&$filter=${since(month)}`));
  await qala.stop();
}

async function filtering(figures, raw) {
  const qala = await new Qala('things-qala').fresh().start();
  const thing = (n) => ({ name: `Lamp ${n}`, description: 'on a post', properties: { district: `d${n % 50}`, maker: { name: n % 7 ? 'Aldan' : 'Nura', year: 2000 + (n % 25) }, watt: n % 90 } });
  for (let n = 0; n < kThings; n += 500) {
    const requests = Array.from({ length: 500 }, (_, k) => ({ id: String(k), method: 'post', url: 'Things', body: thing(n + k) }));
    const { responses } = await qala.ask('/v1.1/$batch', 'POST', JSON.stringify({ requests }));
    if (!responses.every(({ status }) => status === 201)) throw new Error(`a Thing was not made: ${JSON.stringify(responses.find(({ status }) => status !== 201))}`);
  }
  const paths = Array.from({ length: 50 }, (_, n) => `/v1.1/Things?$count=true&$filter=properties/district eq 'd${n}' and properties/maker/name eq 'Aldan' and properties/watt gt 30`);
  const { ms, note } = await ask(qala, 'filter on properties', paths, raw);
  figures.add('sensorthings', `$filter of three properties over ${kThings.toLocaleString('en')} Things`, 'ms median', ms, { note });
  await qala.stop();
}

async function dataArray(figures, raw) {
  const rates = [];
  for (let run = 0; run < settings.runs; run++) {
    const qala = await new Qala('array-qala').fresh().start();
    const stream = (n) => ({ name: `d${n}`, description: 'd', observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement', unitOfMeasurement: { name: 'degree', symbol: '°C', definition: 'x' },
      Sensor: { name: `s${n}`, description: 's', encodingType: 'text/html', metadata: 'x' }, ObservedProperty: { name: `p${n}`, definition: `http://example.org/p${n}`, description: 'p' } });
    await qala.ask('/v1.1/Things', 'POST', JSON.stringify({ name: 'Array', description: 'a', Locations: [{ name: 'l', description: 'l', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [70.95, 51.99] } }], Datastreams: Array.from({ length: kArray.streams }, (_, n) => stream(n)) }));
    const ids = (await qala.ask('/v1.1/Datastreams?$top=1000&$select=id')).value.map((one) => one['@iot.id']);
    const from = Date.now() - kArray.requests * kArray.rows * 1000;
    const bodies = Array.from({ length: kArray.requests }, (_, r) => JSON.stringify(ids.map((id, n) => ({ Datastream: { '@iot.id': id }, components: ['phenomenonTime', 'result'], 'dataArray@iot.count': kArray.rows,
      dataArray: Array.from({ length: kArray.rows }, (_, k) => [iso(from + (r * kArray.rows + k) * 1000), ((r * 7 + k + n) % 400) / 10]) }))));
    const before = qala.cpu();
    const began = performance.now();
    for (const body of bodies) {
      const refused = (await qala.ask('/v1.1/CreateObservations', 'POST', body)).find((one) => one.startsWith('error'));
      if (refused) throw new Error(`sensorthings: ${refused}`);
    }
    const [wall_s, cpu_s] = [(performance.now() - began) / 1000, qala.cpu() - before];
    const readings = kArray.requests * ids.length * kArray.rows;
    if (await qala.count() !== readings) throw new Error('sensorthings: not all of the dataArray is there');
    raw({ step: 'dataArray', readings, wall_s, cpu_s, bytes: bodies.reduce((sum, body) => sum + body.length, 0) });
    rates.push(readings / cpu_s);
    await qala.stop();
  }
  figures.add('sensorthings', 'dataArray taken in a server CPU second', 'observations', median(rates), { better: 'more', note: `answers name each of them, ${kArray.streams * kArray.rows} a request` });
}

export async function sensorthings(figures, raw) {
  await reading(figures, raw);
  await filtering(figures, raw);
  await dataArray(figures, raw);
}
