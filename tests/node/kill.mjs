// kill -9 at random moments with acknowledgements in flight over MQTT and HTTP: nothing acknowledged may be missing,
// nothing may be there twice. QALA_TEST_KILLS sets how often (default 50).
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { Device, Writer, found, random } from './load.mjs';

const kills = Number(process.env.QALA_TEST_KILLS ?? 50);
const devices = 8;
const writers = 4;
const totals = { kills: 0, inFlight: 0, leastInFlight: Infinity, acknowledged: 0, found: 0, doubled: 0, missing: 0 };

await cases({
  'nothing acknowledged is lost over kill -9': async () => {
    const data = scratch('kill');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = new Server(data, { args: ['--auto-claim'], env: { QALA_MQTT_DEVICE_MESSAGES_PER_SECOND: '0' } });
    await server.start();
    const clients = [];
    for (let i = 0; i < devices; i++) {
      const thing = await server.request('POST', '/api/v1/things', { token: admin, body: JSON.stringify({ key: `m${i}`, name: `m${i}`, kind: 'meter' }) });
      equal(thing.status, 201, 'a thing is made');
      const made = await server.request('POST', `/api/v1/things/${thing.json.id}/token`, { token: admin });
      clients.push(new Device(i, made.json.token));
    }
    const lines = Array.from({ length: writers }, (_, i) => new Writer(i, ingest));
    for (let k = 0; k < kills; k++) {
      await Promise.all(clients.map((c) => c.connect(server)));
      clients.forEach((c) => c.publish());
      const runs = lines.map((w) => w.run(server));
      const before = clients.reduce((sum, c) => sum + c.acknowledged.size, 0);
      await until('MQTT acknowledgements', () => clients.reduce((sum, c) => sum + c.acknowledged.size, 0) > before + 200);
      await new Promise((wake) => setTimeout(wake, random() * 60));
      await until('100 acknowledgements in flight', () => clients.reduce((sum, c) => sum + c.pending.size, 0) >= 100);
      const flying = clients.reduce((sum, c) => sum + c.pending.size, 0) + lines.reduce((sum, w) => sum + w.inFlight, 0);
      const killed = server.kill();
      clients.forEach((c) => c.stop());
      lines.forEach((w) => w.stop());
      await killed;
      await Promise.all(runs);
      totals.kills++;
      totals.inFlight += flying;
      totals.leastInFlight = Math.min(totals.leastInFlight, flying);
      await server.start();
    }
    const things = await server.get('/api/v1/things', admin);
    const ids = new Map(things.things.map((t) => [t.key, t.datastreams.find((d) => d.key === 'v')?.id]));
    let stored = 0;
    for (const client of [...clients, ...lines]) {
      const seen = await found(server, admin, ids, client.key);
      totals.acknowledged += client.acknowledged.size;
      for (const n of client.acknowledged) if (!seen.has(n)) totals.missing++;
      for (const times of seen.values()) if (times > 1) totals.doubled++;
      stored += [...seen.values()].reduce((sum, times) => sum + times, 0);
    }
    totals.found = stored;
    console.log(JSON.stringify(totals));
    const counted = await server.get('/v1.1/Observations?$top=0&$count=true', admin);
    equal(counted['@iot.count'], stored, 'the count agrees with what is there');
    check(totals.leastInFlight >= 100, 'at least 100 acknowledgements were in flight at every kill');
    equal(totals.missing, 0, 'acknowledged readings that are missing');
    equal(totals.doubled, 0, 'readings that are there twice');
    equal(await server.stop(), 0, 'SIGTERM ends it with 0');
  },
});
