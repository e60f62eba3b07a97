// Queries over HTTP, warm, windows at random over the year: the paths are those of docs/performance.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client } from '../engines.mjs';
import { randomOf, settings } from '../machine.mjs';
import { kDay, kHour, kStart, loadQala, loadVictoria, ofQala, ofVictoria } from '../year.mjs';

const kLimit = 80;
const bars = { Q1: [9, 2], Q2: [0.5, 0.2], Q3: [0.7, 0.3], Q4: [55, 25], Q5: [20, 5], 'Q5 random day': [60, 25] };
const words = { Q1: 'latest of 3,000', Q2: '24 h raw of one', Q3: '30 d hourly of one', Q4: '30 daily means of 3,000', Q5: 'hourly mean over a limit, last 24 h', 'Q5 random day': 'hourly mean over a limit, random day' };
export const names = Object.keys(words);

// Windows begin at whole hours anywhere in the year.
export function windows(seed, count) {
  const random = randomOf(seed);
  const long = Math.min(30, settings.year - 1);
  return Array.from({ length: count }, () => ({
    stream: random.below(3000),
    day: kStart + random.below((settings.year - 1) * 24) * kHour,
    month: kStart + random.below((settings.year - long) * 24) * kHour,
    long,
  }));
}

export function pathOfQala(name, w, ids) {
  const end = kStart + settings.year * kDay;
  if (name === 'Q1') return '/api/v1/latest';
  if (name === 'Q2') return `/api/v1/datastreams/${ids[w.stream]}/observations?from=${w.day}&to=${w.day + kDay}`;
  if (name === 'Q3') return `/api/v1/datastreams/${ids[w.stream]}/buckets?from=${w.month}&to=${w.month + w.long * kDay}&unit=hour`;
  if (name === 'Q4') return `/api/v1/buckets?datastreams=all&from=${w.month}&to=${w.month + w.long * kDay}&unit=day`;
  if (name === 'Q5') return `/api/v1/exceedance?from=${end - kDay}&to=${end}&unit=hour&limit=${kLimit}`;
  return `/api/v1/exceedance?from=${w.day}&to=${w.day + kDay}&unit=hour&limit=${kLimit}`;
}

function pathOfVictoria(name, w, sensors) {
  const s = (ms) => ms / 1000;
  const end = kStart + settings.year * kDay;
  const ask = (what, at) => `/api/v1/query?nocache=1&time=${at}&query=${encodeURIComponent(what)}`;
  const range = (what, from, to, step) => `/api/v1/query_range?nocache=1&start=${from}&end=${to}&step=${step}&query=${encodeURIComponent(what)}`;
  const one = `{sensor="${sensors[w.stream]}"}`;
  const over = (at) => ask(`max_over_time(avg_over_time({sensor!=""}[1h])[24h:1h]) > ${kLimit}`, at);
  if (name === 'Q1') return ask('last_over_time({sensor!=""}[1h])', s(end) - 1);
  if (name === 'Q2') return ask(`${one}[24h]`, s(w.day + kDay) - 1);
  if (name === 'Q3') return range(`avg_over_time(${one}[1h])`, s(w.month) + 3600, s(w.month + w.long * kDay), '1h');
  if (name === 'Q4') return range('avg_over_time({sensor!=""}[1d])', s(w.month) + 86400, s(w.month + w.long * kDay), '1d');
  return over(name === 'Q5' ? s(end) : s(w.day + kDay));
}

export const idsOf = async (qala) => (await qala.ask('/api/v1/things')).things.flatMap((t) => t.datastreams.map((d) => d.id)).sort((a, b) => a - b);

async function measure(engine, name, paths) {
  const file = join(settings.data, 'paths.txt');
  writeFileSync(file, `${paths.join('\n')}\n`);
  return client('query', { port: engine.port, token: engine.token?.('read') ?? '', file, seconds: 25 });
}

export async function queries(figures, raw) {
  const asked = windows(settings.seed, 200);
  const qala = ofQala();
  await loadQala(qala);
  const results = { qala: {}, victoria: {} };
  await qala.start();
  const ids = await idsOf(qala);
  for (const name of names) {
    results.qala[name] = await measure(qala, name, asked.map((w) => pathOfQala(name, w, ids)));
    raw({ step: 'query', engine: 'qala', name, seed: settings.seed, ...results.qala[name] });
  }
  const observed = await qala.count();
  await qala.stop();
  const victoria = ofVictoria();
  if (victoria) {
    await loadVictoria(victoria);
    await victoria.start();
    const sensors = JSON.parse(await victoria.get('/api/v1/label/sensor/values')).data;
    for (const name of names) {
      results.victoria[name] = await measure(victoria, name, asked.map((w) => pathOfVictoria(name, w, sensors)));
      raw({ step: 'query', engine: 'victoria-metrics', name, seed: settings.seed, ...results.victoria[name] });
    }
    await victoria.stop();
  }
  console.log(`  ${observed} readings loaded; windows of seed ${settings.seed}`);
  for (const name of names) {
    const ours = results.qala[name].times;
    const theirs = results.victoria[name]?.times;
    figures.add('queries', `${name.split(' ')[0]} ${words[name]}`, 'ms median', ours.p50_ms, {
      floor: bars[name][0], aim: bars[name][1], peer: theirs && { name: 'VictoriaMetrics', value: theirs.p50_ms },
      note: `p99 ${ours.p99_ms.toPrecision(3)}${theirs ? `, peer's ${theirs.p99_ms.toPrecision(3)}` : ''}` });
  }
}
