// Start: with the year, from the start of the process to the first answer (24 h of one datastream), after a stop and after
// kill -9 in the middle of a load; the folder's files are not in memory. After each kill: is everything acknowledged there?
import { client } from '../engines.mjs';
import { forgetPages, median, settings, sleep } from '../machine.mjs';
import { idsOf, pathOfQala, windows } from './queries.mjs';
import { loadQala, loadVictoria, ofQala, ofVictoria } from '../year.mjs';

async function timed(engine, path, headers) {
  forgetPages(engine.data);
  const before = performance.now();
  await engine.start();
  await engine.until('the first answer', async () => (await engine.get(path, headers)).length > 0);
  return { ready_s: engine.ready_s, answer_s: (performance.now() - before) / 1000 };
}

export async function start(figures, raw) {
  const qala = ofQala();
  await loadQala(qala);
  await qala.start();
  const [window] = windows(settings.seed, 1);
  const path = pathOfQala('Q2', window, await idsOf(qala));
  const headers = { authorization: `Bearer ${qala.token('read')}` };
  const ingest = qala.token('ingest');
  const stopped = [];
  for (let n = 0; n < settings.runs; n++) {
    await qala.stop();
    stopped.push(await timed(qala, path, headers));
    raw({ step: 'start', engine: 'qala', after: 'stop', ...stopped.at(-1) });
  }
  const killed = [];
  let lost = 0;
  let acknowledged = 0;
  for (let n = 0; n < settings.runs; n++) {
    const before = await qala.count();
    let acked = 0;
    const from = settings.year + 8 * n;  // later days: nothing of the year is sent again
    const load = client('load', { port: qala.port, path: '/api/v2/write', token: ingest, days: from + 8, from, acked: 1 }, {
      lines: (text) => { acked = Number(text.match(/acked (\d+)\n[^]*$/)?.[0].match(/acked (\d+)/g)?.at(-1).slice(6) ?? acked); } }).catch(() => {});
    while (acked === 0) await sleep(10);
    await sleep(500);
    await qala.stop('SIGKILL');
    await load;
    killed.push(await timed(qala, path, headers));
    const found = (await qala.count()) - before;
    acknowledged += acked;
    lost += Math.max(0, acked - found);
    raw({ step: 'start', engine: 'qala', after: 'kill -9', acknowledged: acked, found, ...killed.at(-1) });
  }
  await qala.stop();
  let peer;
  const victoria = ofVictoria();
  if (victoria) {
    await loadVictoria(victoria);
    const theirs = [];
    for (let n = 0; n < settings.runs; n++) {
      theirs.push(await timed(victoria, '/api/v1/label/sensor/values'));
      await victoria.stop();
      raw({ step: 'start', engine: 'victoria-metrics', after: 'stop', ...theirs.at(-1) });
    }
    peer = { name: 'VictoriaMetrics', value: median(theirs.map((t) => t.answer_s)) };
  }
  figures.add('start', 'after a stop, to the first answer', 's', median(stopped.map((t) => t.answer_s)), { floor: 0.5, aim: 0.2, peer });
  figures.add('start', 'after kill -9 under load, to the first answer', 's', median(killed.map((t) => t.answer_s)), { floor: 1, aim: 0.5 });
  figures.add('start', 'acknowledged readings lost by kill -9', 'readings', lost, { floor: 0, aim: 0, note: `${killed.length} kills, ${acknowledged} acknowledged` });
}
