// The demo town lives: its devices go on reporting by every road until they are told to stop, also without any history.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Server, cases, check, equal, qalaSim, scratch, token, until } from './lib.mjs';
import { health } from './town.mjs';

await cases({
  'the town lives on by itself': async () => {
    const data = scratch('demo');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '0'], { stdio: 'ignore' });
    const ended = once(sim, 'exit');
    const taken = async () => (await health(server, admin)).ingest.accepted;
    await until('readings come', async () => (await taken()) > 500, 120);
    const before = await taken();
    await until('and go on coming', async () => (await taken()) > before + 500, 120);
    const metrics = await (await fetch(`http://${server.http}/metrics`, { headers: { authorization: `Bearer ${admin}` } })).text();
    for (const road of ['mqtt', 'gateway', 'http']) check(new RegExp(`qala_ingest_readings_total\\{transport="${road}"\\} [1-9]`).test(metrics), `by ${road}`);
    equal(sim.exitCode, null, 'the town did not end by itself');
    sim.kill();
    await ended;
    await server.stop();
  },
});
