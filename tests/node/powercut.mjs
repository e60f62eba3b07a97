// The power fails again and again: kill -9, then everything that was not synced is taken back (tests/shim), all of it or
// a random part. Nothing acknowledged over MQTT and HTTP may be missing, nothing may be there twice, things made and
// datastreams that came up are still there, the server starts, `qala check` finds it sound.
// QALA_TEST_CUTS sets how often (default 15).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases, qala, root } from './lib.mjs';
import { addDevice, command, program, readings, things } from './town.mjs';
import { Device, Writer, base, found, random } from './load.mjs';

const cuts = Number(process.env.QALA_TEST_CUTS ?? 15);
const shim = join(qala, '../libqala_shim.so');
const powercut = join(root, 'tests/shim/powercut.mjs');
const totals = { cuts: 0, inFlight: 0, acknowledged: 0, found: 0, doubled: 0, missing: 0, takenBack: 0 };

async function load(server, clients, writers) {
  await Promise.all(clients.map((c) => c.connect(server)));
  clients.forEach((c) => c.publish());
  return writers.map((w) => w.run(server));
}

const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);

await cases({
  'nothing acknowledged is lost when the power fails': async () => {
    check(existsSync(shim), 'the shim is built');
    const place = scratch('powercut');
    const data = join(place, 'town');
    const journal = join(place, 'journal');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const env = { QALA_MQTT_DEVICE_MESSAGES_PER_SECOND: '0', LD_PRELOAD: shim, TEST_SHIM_FOLDER: data, TEST_SHIM_JOURNAL: journal, TEST_SHIM_SYNC_US: '2000' };
    const server = new Server(data, { args: ['--auto-claim'], env });
    await server.start();
    const clients = [];
    for (let i = 0; i < 6; i++) clients.push(new Device(i, (await addDevice(server, admin, { key: `m${i}` })).token));
    const writers = Array.from({ length: 3 }, (_, i) => new Writer(i, ingest));
    for (let k = 0; k < cuts; k++) {
      const runs = await load(server, clients, writers);
      const before = sum(clients, (c) => c.acknowledged.size);
      await until('MQTT acknowledgements', () => sum(clients, (c) => c.acknowledged.size) > before + 100);
      await addDevice(server, admin, { key: `made-${k}` });
      const fresh = await server.request('POST', '/api/v2/write?precision=ms', { body: `telemetry,thing=new-${k} k=${k} ${base + k}`, token: ingest });
      equal(fresh.status, 204, 'a name nobody knew');
      await new Promise((wake) => setTimeout(wake, random() * 80));
      totals.inFlight += sum(clients, (c) => c.pending.size) + sum(writers, (w) => w.inFlight);
      const killed = server.kill();
      [...clients, ...writers].forEach((c) => c.stop());
      await killed;
      await Promise.all(runs);
      const cut = await program(process.execPath, [powercut, journal, data, String(k)]);
      equal(cut.code, 0, `the cut: ${cut.err}`);
      totals.takenBack += Number(cut.out.match(/: (\d+) writes/)[1]);
      totals.cuts++;
      await server.start();
      check((await things(server, admin)).has(`made-${k}`), 'a thing that was made is there');
      equal((await readings(server, admin, `new-${k}`, 'k')).map(([at, value]) => [at - base, value]), [[k, k]], 'the first reading of a new datastream is there, under its name');
    }
    const ids = new Map([...(await things(server, admin)).values()].map((t) => [t.key, t.datastreams.find((d) => d.key === 'v')?.id]));
    for (const sender of [...clients, ...writers]) {
      const seen = await found(server, admin, ids, sender.key);
      totals.acknowledged += sender.acknowledged.size;
      for (const n of sender.acknowledged) if (!seen.has(n)) totals.missing++;
      for (const times of seen.values()) if (times > 1) totals.doubled++;
      totals.found += seen.size;
    }
    console.log(JSON.stringify(totals));
    equal(totals.missing, 0, 'acknowledged readings that are missing');
    equal(totals.doubled, 0, 'readings that are there twice');
    check(totals.takenBack > 0, 'the shim has seen writes that were not synced');
    equal(await server.stop(), 0, 'SIGTERM ends it with 0');
    check((await command(0, ['check', '--data', data])).out.includes('sound'), 'sound');
  },
});
