// Cameras that are found, joined, turned and listened to by ONVIF. The simulated ones are first proven right with a
// client of others' (npm: onvif), then the server does the same with them.
import { spawn } from 'node:child_process';
import http from 'node:http';
import onvif from 'onvif';
import { cases, check, equal, qalaSim, until } from './lib.mjs';
import { ZonedTown } from './zoned.mjs';

const user = 'steer', password = 'cold-street-7';

async function simulated(count) {
  const child = spawn(qalaSim, ['cameras', '--rtsp', '127.0.0.1:0', '--count', String(count), '--user', user, '--password', password], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (text) => { out += text; });
  await until('simulated cameras', () => /^ready rtsp=\S+/m.test(out), 300);
  const at = out.match(/^ready rtsp=(\S+)/m)[1];
  const get = async (path) => (await fetch(`http://${at}${path}`)).text();
  return {
    at,
    service: (n) => `http://${at}/onvif/${n}/device_service`,
    stream: (n, which = 'main') => `rtsp://${at}/camera/${n}/${which}`,
    async fault(line) { equal((await fetch(`http://${at}/faults`, { method: 'POST', body: line })).status, 200, line); },
    // How the n-th stands: where it looks, what it was told.
    async ptz(n) { return JSON.parse((await get('/ptz')).split('\n')[n - 1]); },
    stop: () => child.kill(),
  };
}

// The client of others'.
function foreign(sim, n, secret = password) {
  const [hostname, port] = sim.at.split(':');
  return new Promise((done, failed) => {
    const cam = new onvif.Cam({ hostname, port: Number(port), path: `/onvif/${n}/device_service`, username: user, password: secret, timeout: 20_000 }, (error) => (error ? failed(error) : done(cam)));
  });
}
const call = (cam, name, ...given) => new Promise((done, failed) => cam[name](...given, (error, value) => (error ? failed(error) : done(value))));

// An operator's live picture, by his cookie; close() is what a closed tab is.
function looks(server, id, cookie) {
  const [host, port] = server.http.split(':');
  return new Promise((done, failed) => {
    const request = http.request({ host, port, path: `/api/v1/cameras/${id}/live`, headers: { cookie, connection: 'Upgrade', upgrade: 'websocket', origin: `http://${server.http}`, 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
    request.on('upgrade', (_answer, socket) => done({ close: () => socket.destroy() }));
    request.on('response', ({ statusCode }) => failed(new Error(`refused: ${statusCode}`)));
    request.on('error', failed);
    request.end();
  });
}

const find = (town, hosts, secret = password) => town.status(200, 'admin', 'POST', '/api/v1/cameras/discover', { hosts, ...(secret ? { user, password: secret } : {}) });

// A camera of the simulator as discovery tells it, joined to the town.
async function join(town, sim, n, more = {}) {
  const { found: [device] } = await find(town, [sim.service(n)]);
  const [main, sub] = device.profiles;
  const made = await town.status(201, 'admin', 'POST', '/api/v1/cameras', {
    key: `К-${n}`, name: device.name, lon: 70.95, lat: 51.99, ptz: device.ptz, record: 'never',
    main: { url: main.url, user, password }, sub: { url: sub.url, user, password },
    onvif: { url: device.address, profile: main.token }, ...more });
  return made.id;
}

await cases({
  'the simulated cameras are right to a client that is not ours': async () => {
    const sim = await simulated(2);
    const cam = await foreign(sim, 1);
    equal((await call(cam, 'getDeviceInformation')).model, 'Simulated PTZ', 'device');
    check(cam.profiles.length === 2 && cam.uri.ptz && cam.uri.events, 'profiles and services');
    equal((await call(cam, 'getStreamUri', { protocol: 'RTSP' })).uri, sim.stream(1), 'its stream');
    await call(cam, 'continuousMove', { x: 1, y: 0.5, zoom: 0 });
    await until('it moves', async () => (await sim.ptz(1)).pan > 0.02);
    equal((await call(cam, 'getStatus')).moveStatus.panTilt, 'MOVING', 'and says so');
    await call(cam, 'stop', { panTilt: true, zoom: true });
    check(!(await sim.ptz(1)).moving, 'stopped');
    await call(cam, 'setPreset', { presetName: 'Gate' });
    check('Gate' in (await call(cam, 'getPresets')), 'a preset is kept');
    await call(cam, 'gotoPreset', { preset: 'home' });
    equal((await sim.ptz(1)).pan, 0, 'and gone to');
    await call(cam, 'createPullPointSubscription');
    const first = await call(cam, 'pullMessages', {});
    equal(first.notificationMessage.length, 2, 'what is, at first');
    const next = call(cam, 'pullMessages', {});
    await sim.fault('motion 1');
    const told = (await next).notificationMessage;
    check(told.topic._.endsWith('CellMotionDetector/Motion') && told.message.message.data.simpleItem.$.Value === true, `motion: ${JSON.stringify(told.message)}`);
    await call(cam, 'unsubscribe');
    let refused = await foreign(sim, 1, 'wrong').then((other) => call(other, 'getDeviceInformation')).catch((error) => error);
    check(refused instanceof Error, 'a wrong password is refused');
    await sim.fault('clock 2 +7200');
    equal((await call(await foreign(sim, 2), 'getDeviceInformation')).serialNumber, 'SIM-0002', 'signed in the time of the camera');
    await sim.fault('digestonly 2');
    equal((await call(await foreign(sim, 2), 'getDeviceInformation')).serialNumber, 'SIM-0002', 'by HTTP Digest');
    sim.stop();
  },

  'cameras are found, told apart and joined, and their picture comes': async () => {
    const sim = await simulated(3);
    const town = await new ZonedTown().start('onvif');
    const bare = await find(town, [sim.at], '');
    equal(bare.found.map(({ name, hardware, profiles, refused, camera }) => [name, hardware, profiles.length, refused, camera]),
      [1, 2, 3].map((n) => [`Street ${n}`, 'SIM-PTZ', 0, 'denied', null]), 'who is there, without a password');
    equal(bare.silent, [], 'all answered');
    const { found } = await find(town, [sim.at]);
    equal(found.map(({ address, hardware, ptz }) => [address, hardware, ptz]), [1, 2, 3].map((n) => [sim.service(n), 'Qala Simulated PTZ', true]), 'with one');
    equal(found[1].profiles.map(({ url, codec }) => [url, codec]), [[sim.stream(2), 'H264'], [sim.stream(2, 'sub'), 'H264']], 'its streams');
    check(found[1].profiles[0].width === 1280 && found[1].profiles[1].width === 640, 'and their sizes');
    check(!JSON.stringify(found).includes(password), 'no password is told');

    const id = await join(town, sim, 2);
    await until('its picture comes', async () => (await town.status(200, 'admin', 'GET', `/api/v1/cameras/${id}/still?width=320`).catch(() => null)) !== null || (await town.ask('admin', 'GET', `/api/v1/cameras/${id}/still`)).status === 200, 90);
    equal((await find(town, [sim.at])).found.map(({ camera }) => camera), [null, id, null], 'which one is known');

    await sim.fault('clock 1 -86400');
    await sim.fault('digestonly 2');
    await sim.fault('nat 3');
    equal((await find(town, [sim.service(1), sim.service(2), sim.service(3)])).found.map(({ refused, profiles }) => [refused, profiles[0]?.url]),
      [1, 2, 3].map((n) => [null, sim.stream(n)]), 'with a wrong clock, without signatures, behind an address translation');
    equal((await find(town, [sim.service(1)], 'wrong')).found.map(({ refused, profiles }) => [refused, profiles.length]), [['denied', 0]], 'a wrong password is said');
    const nobody = await find(town, ['127.0.0.1:9'], '');
    equal([nobody.found, nobody.silent], [[], ['127.0.0.1:9']], 'who does not answer is said, too');

    for (const [body, field] of [[{ hosts: ['a b'] }, 'hosts'], [{ hosts: ['http://u:p@10.0.0.1/'] }, 'hosts'], [{ hosts: ['rtsp://10.0.0.1/'] }, 'hosts'], [{ user, password }, 'hosts']])
      check((await town.status(400, 'admin', 'POST', '/api/v1/cameras/discover', body)).error.message.startsWith(field), `${JSON.stringify(body)} is refused`);
    await town.person('oper', 'operator');
    await town.status(403, 'oper', 'POST', '/api/v1/cameras/discover', { hosts: [sim.at] });
    equal(await town.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'a camera is turned by one at a time, and never left turning': async () => {
    const sim = await simulated(2);
    const town = await new ZonedTown().start('steering');
    const id = await join(town, sim, 1);
    for (const name of ['asem', 'berik']) await town.person(name, 'operator');
    await town.person('viewer', 'viewer');
    const ptz = `/api/v1/cameras/${id}/ptz`;
    const steer = (who, wish, status = 200) => town.status(status, who, 'POST', ptz, wish);
    const still = async () => !(await sim.ptz(1)).moving;

    equal((await town.status(200, 'asem', 'GET', ptz)).presets, [{ preset: 'home', name: 'Home' }], 'presets');
    await steer('viewer', { pan: 1 }, 403);
    await steer('asem', { pan: 2 }, 400);
    await steer('asem', {}, 400);
    await steer('asem', { pan: 1, tilt: -0.5 });
    await until('it turns', async () => { const { pan, tilt } = await sim.ptz(1); return pan > 0.02 && tilt < 0; });
    // While he holds it: on a slow machine his lease may have ended by itself in between.
    const refused = (wish) => until(`who else wants ${JSON.stringify(wish)} is refused`, async () => {
      await steer('asem', { pan: 1, tilt: -0.5 });
      const answer = await town.ask('berik', 'POST', ptz, wish);
      return answer.status === 409 && answer.json.error;
    });
    const held = await refused({ stop: true });
    equal([held.code, held.by], ['camera.steered', 'asem'], 'one at a time, and who');
    equal((await town.status(200, 'berik', 'GET', ptz)).holder, { name: 'asem', mine: false }, 'who holds it is shown');
    await steer('asem', { stop: true });
    check(await still(), 'he lets go: it stands');
    await steer('asem', { save: 'Gate' }, 403);
    const { preset } = await until('the lease is over', async () => { const answer = await town.ask('admin', 'POST', ptz, { save: 'Gate' }); return answer.status === 200 && answer.json; });
    check((await town.status(200, 'asem', 'GET', ptz)).presets.some(({ name }) => name === 'Gate'), 'an engineer keeps a view');
    await until('it is free again', async () => (await town.status(200, 'asem', 'GET', ptz)).holder === null);

    // The line to his browser is cut: nothing more is said.
    const before = await sim.ptz(1);
    await steer('berik', { pan: -1 });
    await until('it is stopped at the end of the lease', still);
    const after = await sim.ptz(1);
    equal([after.stops - before.stops, after.ran_out], [1, before.ran_out], 'by us, before its own time is over');

    await until('free', async () => (await town.status(200, 'asem', 'GET', ptz)).holder === null);
    const view = await looks(town.server, id, town.sessions.asem.cookie);
    await steer('asem', { pan: 0.5 });
    const stops = (await sim.ptz(1)).stops;
    view.close();
    await until('who looks no longer steers no longer', async () => (await sim.ptz(1)).stops === stops + 1);
    await steer('berik', { preset });
    check(Math.abs((await sim.ptz(1)).pan) > 0.001, 'to the view that was kept, at once');
    await until('free', async () => (await town.status(200, 'asem', 'GET', ptz)).holder === null);
    await steer('asem', { zoom: 1 });
    await town.status(204, 'asem', 'DELETE', '/api/v1/session');
    await until('nor does who signed out', still);
    equal((await sim.ptz(1)).ran_out, 0, 'and the camera never had to stop by itself');

    const chain = (await town.status(200, 'admin', 'GET', '/api/v1/audit?action=camera.steer')).entries;
    equal(chain.map(({ actor, object }) => [actor?.subject ?? actor, object]).length, 6, `each begin is in the chain: ${JSON.stringify(chain)}`);
    await sim.fault('unauthorized 1');
    equal((await steer('berik', { pan: 1 }, 503)).error.code, 'camera.onvif_denied', 'the camera does not take the password');
    await sim.fault('clear 1');
    equal((await town.status(200, 'admin', 'PUT', `/api/v1/cameras/${id}/masks`, { masks: [{ name: 'w', points: [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]] }] })).masks, 1, 'a mask');
    equal((await steer('berik', { pan: 1 }, 409)).error.code, 'camera.masks_hold', 'a camera with masks is not turned');
    equal(await town.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'what a camera notices itself becomes readings and makes it record; where it does not answer, that is seen': async () => {
    const sim = await simulated(1);
    await sim.fault('freeze 1'); // nothing moves in its picture
    const town = await new ZonedTown().start('events');
    const { found: [device] } = await find(town, [sim.service(1)]);
    const id = await join(town, sim, 1, { record: 'motion', onvif: { url: device.address, events: true, profile: device.profiles[0].token } });
    const camera = async () => (await town.status(200, 'admin', 'GET', '/api/v1/cameras')).cameras[0];
    await until('it is listened to', async () => (await camera()).events?.state === 'on', 90);
    const { thing } = await camera();
    const streams = (await town.status(200, 'admin', 'GET', `/api/v1/things/${thing}`)).datastreams;
    const latest = async (key) => {
      const stream = streams.find((one) => one.key === key);
      const { values } = await town.status(200, 'admin', 'GET', '/api/v1/latest');
      return values.find(([datastream]) => datastream === stream.id)?.[2];
    };
    await until('nothing moves at first', async () => (await latest('motion')) === 0);
    check(!(await camera()).recording, 'so nothing is recorded');
    await sim.fault('motion 1');
    await sim.fault('input 1');
    await until('motion is a reading', async () => (await latest('motion')) === 1);
    await until('so is the input', async () => (await latest('digital_input')) === 1);
    await until('and it records', async () => (await camera()).recording, 90);
    await sim.fault('clear 1');
    await until('and it is over', async () => (await latest('motion')) === 0 && (await latest('digital_input')) === 0);
    check((await sim.ptz(1)).subscriptions >= 1, 'by a pull point');

    await sim.fault('unauthorized 1');
    await until('a password that is refused is seen', async () => (await camera()).events.state === 'denied', 90);
    await sim.fault('clear 1');
    await town.status(200, 'admin', 'PATCH', `/api/v1/cameras/${id}`, { onvif: { user, password } });
    await until('who sees to it need not wait', async () => (await camera()).events.state === 'on', 90);
    await sim.fault('cut 1 300s');
    await until('a camera that is away is seen', async () => (await camera()).events.state === 'lost', 90);
    await until('on the page of health, too', async () => (await town.status(200, 'admin', 'GET', '/api/v1/health')).problems.some(({ code }) => code === 'video.events'), 90);
    await sim.fault('clear 1');
    await until('and comes back by itself', async () => (await camera()).events.state === 'on', 120);
    equal(await town.server.stop(), 0, 'stopped');
    sim.stop();
  },
});
