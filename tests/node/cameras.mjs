// Cameras end to end: real RTSP from simulated cameras, the real worker, sockets of pictures, recordings, masks, looks,
// evidence. What leaves over a socket is decoded by ffmpeg.
import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { behind, clockIn, greys, moments, pictures, simulated, spread, verify, window } from './footage.mjs';
import { Server, cases, check, equal, run, scratch, token, until } from './lib.mjs';
import { addDevice } from './town.mjs';
import { ZonedTown } from './zoned.mjs';

// A town with cameras of a simulator.
async function town(name, count, sim) {
  const data = scratch(name);
  const admin = token(data, 'admin');
  const server = await new Server(data).start();
  const ask = async (method, path, body, who = admin) => {
    const answer = await server.request(method, `/api/v1${path}`, { token: who, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, json: answer.text && answer.headers['content-type']?.includes('json') ? answer.json : null, text: answer.text, headers: answer.headers };
  };
  const cameras = [];
  for (let n = 1; n <= count; n++) {
    const made = await ask('POST', '/cameras', { key: `К-${n}`, name: `Street ${n}`, lon: 70.95, lat: 51.99, main: { url: sim.url(n) }, sub: { url: sim.url(n, 'sub') } });
    equal(made.status, 201, `camera ${n}: ${made.text}`);
    cameras.push(made.json.id);
  }
  const all = async () => (await ask('GET', '/cameras')).json.cameras;
  const live = () => until('all cameras are live', async () => (await all()).every(({ state }) => state === 'live'), 120);
  return { data, admin, server, ask, cameras, all, live };
}

// A socket of pictures: what came, in order. With `?p=` since a WebSocket of node takes no header.
function look(town, path) {
  const socket = new WebSocket(`ws://${town.server.http}/api/v1${path}${path.includes('?') ? '&' : '?'}p=${town.admin}`);
  socket.binaryType = 'arraybuffer';
  const seen = { socket, texts: [], fragments: [], init: null, pictures: 0, at: [], closed: null };
  let next = null;
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') {
      const message = JSON.parse(data);
      seen.texts.push(message);
      next = message;
      if (message.type === 'format') seen.fragments = [], seen.at = [];
    } else if (next?.type === 'format') {
      seen.init = Buffer.from(data);
    } else if (next?.type === 'picture') {
      seen.pictures++;
    } else {
      seen.fragments.push(Buffer.from(data));
      seen.at.push(next.ms);
    }
  };
  seen.ended = new Promise((done) => {
    socket.onclose = ({ code }) => { seen.closed = code; done(code); };
    socket.onerror = () => done(0); // refused
  });
  seen.format = () => seen.texts.findLast(({ type }) => type === 'format');
  seen.mp4 = () => Buffer.concat([seen.init, ...seen.fragments]);
  seen.close = async () => { socket.close(); await seen.ended; };
  return seen;
}

function workerOf(server) {
  const pid = execFileSync('sh', ['-c', `pgrep -P ${server.child.pid} -f qala-video || true`], { encoding: 'utf8' }).trim();
  check(/^\d+$/.test(pid), `the worker is a child of the server: "${pid}"`);
  return Number(pid);
}

// A socket with a person's cookie, and the code the server closes it with.
function closeOf(server, path, cookie) {
  const request = http.request({ host: '127.0.0.1', port: server.http.split(':')[1], path, headers: { cookie, connection: 'Upgrade', upgrade: 'websocket', origin: `http://${server.http}`, 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
  const opened = new Promise((done, failed) => {
    request.on('upgrade', (_answer, socket) => done(socket));
    request.on('response', ({ statusCode }) => failed(new Error(`refused: ${statusCode}`)));
    request.on('error', failed);
  });
  request.end();
  const code = opened.then((socket) => new Promise((done) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (part) => {
      bytes = Buffer.concat([bytes, part]);
      const at = bytes.indexOf(0x88); // no picture comes: the close frame is the only one of its kind
      if (at >= 0 && bytes.length >= at + 4) done(bytes.readUInt16BE(at + 2));
    });
    socket.on('end', () => done(0));
  }));
  return { opened, code };
}

await cases({
  'a camera is added, seen live, recorded, found again': async () => {
    const sim = await simulated(2);
    const one = await town('cameras', 2, sim);
    await one.live();
    const list = await one.all();
    equal([list[0].codec.slice(0, 5), list[0].recording, list[0].may_look], ['avc1.', true, true], 'H.264, recording');
    check(!JSON.stringify(list).includes('password":"'), 'no password is told');

    const probed = await one.ask('POST', '/cameras/probe', { url: sim.url(1) });
    equal(probed.status, 200, probed.text);
    check(probed.json.width > 0 && probed.json.fps > 1 && probed.json.picture.startsWith('data:image/jpeg;base64,/9j/'), `probe: ${JSON.stringify(probed.json).slice(0, 300)}`);

    const view = look(one, `/cameras/${one.cameras[0]}/live?stream=sub&reason=smoke`);
    await until('pictures come', () => view.fragments.length > 20, 90);
    equal([view.format().way, view.format().masked], ['plain', false], 'as the camera sends it');
    check(view.at.every((ms) => Math.abs(ms - Date.now()) < 600_000), 'of now');
    await view.close();
    const decoded = pictures(view.mp4());
    check(decoded.length >= 15, `${decoded.length} pictures decoded`);
    check(decoded.some((picture) => !picture.equals(decoded[0])), 'they move');

    const still = await one.ask('GET', `/cameras/${one.cameras[1]}/still?width=320`);
    equal([still.status, still.headers['content-type'], still.headers['x-qala-masked']], [200, 'image/jpeg', '0'], 'a still');

    const spans = await until('something is recorded', async () => {
      const { spans } = (await one.ask('GET', `/cameras/${one.cameras[0]}/recordings`)).json;
      return spans.length && spans.at(-1).to - spans[0].from > 12_000 ? spans : null;
    }, 120);
    const from = spans[0].from + 3000;
    const past = look(one, `/cameras/${one.cameras[0]}/playback?from=${from}`);
    await until('the past plays', () => past.fragments.length > 2 && past.at.at(-1) > from + 6000, 90);
    check(past.at[0] <= from && past.at[0] > from - 3000, `begins with the key frame before: ${past.at[0] - from}`);
    const sought = () => past.texts.filter(({ type }) => type === 'seeking').length;
    past.socket.send(JSON.stringify({ pause: true }));
    past.socket.send(JSON.stringify({ seek: from }));
    await until('it is sought', () => sought() === 1);
    const farthest = past.texts.filter(({ type }) => type === 'at').reduce((most, { ms }) => Math.max(most, ms), 0);
    await until('and plays again', () => past.at.length > 0 && past.at.at(-1) < from + 3000, 90);
    past.socket.send(JSON.stringify({ seek: spans[0].from }));
    await until('it is sought before its minutes', () => sought() === 2);
    await until('and plays from there', () => past.at.some((ms) => ms <= spans[0].from + 1500), 90);
    await past.close();
    check(pictures(past.mp4()).length > 2, 'what was recorded is decoded');

    const looks = (await one.ask('GET', '/looks')).json.looks.map(({ kind, camera, reason }) => [kind, camera, reason]).reverse();
    const back = ['playback', one.cameras[0], ''];
    equal(looks, [['still', one.cameras[0], ''], ['live', one.cameras[0], 'smoke'], ['still', one.cameras[1], ''], back, back], 'each look left a trace, also that of a test, and what was sought before its minutes is another');
    const begins = (await one.ask('GET', '/looks')).json.looks.filter(({ kind }) => kind === 'playback').map((look) => look.from);
    equal(begins, [spans[0].from, from], 'with the minutes that were seen');
    const ends = (await one.ask('GET', '/looks')).json.looks.filter(({ kind }) => kind === 'playback').map((look) => look.to);
    check(ends[1] >= farthest, `also those of who went back before leaving: ${ends[1] - farthest}`);
    const month = new Date(Date.now() + 5 * 3600_000).toISOString().slice(0, 7);
    const sums = (await one.ask('GET', `/looks/summary?month=${month}`)).json.cameras;
    equal(sums.map(({ camera, looks: n, people }) => [camera, n, people]), [[one.cameras[0], 4, 1], [one.cameras[1], 1, 1]], 'as residents see it');
    check(!JSON.stringify(sums).includes('"who"'), 'without names');
    const chain = (await one.ask('GET', '/audit?action=camera.look')).json.entries;
    equal(chain.length, 5, 'and stands in the chain');
    check(/^ok|verified|whole/i.test(run('audit', 'verify', '--data', one.data)), 'which verifies');
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();

    const disk = scratch('footage-disk');
    renameSync(join(one.data, 'footage'), join(disk, 'recordings'));
    const config = join(disk, 'qala.toml');
    writeFileSync(config, `[video]\nfolder = "${join(disk, 'recordings')}"\n`);
    for (const [command, says] of [['check', /^[1-9]\d* fragments: sound/], ['rebuild', /^[1-9]\d* files, [1-9]/]]) {
      const said = run('footage', command, '--data', one.data, '--config', config);
      check(says.test(said), `footage ${command} goes where the configuration says: ${said}`);
    }
  },

  'what a mask hides leaves the server for nobody, until it is lifted with a reason': async () => {
    const sim = await simulated(1);
    const one = await town('masks', 1, sim);
    await one.live();
    const [id] = one.cameras;
    const open = look(one, `/cameras/${id}/live?stream=sub`);
    await until('a picture before', () => open.fragments.length > 15, 90);
    check(pictures(open.mp4()).some((picture) => behind(picture) > 12), 'there is something to see where the mask will be');

    const set = await one.ask('PUT', `/cameras/${id}/masks`, { masks: [window] });
    equal([set.status, set.json.masks], [200, 1], `masks: ${set.text}`);
    await until('who looks already sees the mask', () => open.format()?.masked === true && open.fragments.length > 8, 90);
    await open.close();
    equal(open.format().way, 'transcoded', 'moving pictures, since there is room for one');
    const masked = pictures(open.mp4());
    check(masked.length > 3, `${masked.length} masked pictures`);
    for (const picture of masked) check(behind(picture) <= 6, `nothing is seen behind: ${behind(picture)}`);
    check(masked.some((picture) => spread(picture, [0, 64], [0, 36]) > 20), 'the rest is');
    const still = await one.server.request('GET', `/api/v1/cameras/${id}/still`, { token: one.admin });
    equal(still.headers['x-qala-masked'], '1', 'a masked still');

    for (const tried of [{ camera: id }, { url: sim.url(1) }, { url: sim.url(1, 'sub') }]) {
      const probed = await one.ask('POST', '/cameras/probe', tried);
      equal([probed.status, probed.json.width > 0, probed.json.picture.slice(0, 20)], [200, true, ''], `nor does a test show it: ${JSON.stringify(tried)}`);
    }

    equal((await one.ask('POST', `/cameras/${id}/unmask`, { case: ' ', reason: 'x' })).json.error.code, 'camera.case_needed', 'no case, no lift');
    equal((await one.ask('POST', `/cameras/${id}/unmask`, { case: '17', reason: '' })).json.error.code, 'camera.reason_needed', 'no reason');
    const refused = look(one, `/cameras/${id}/live?stream=sub&unmasked=made-up`);
    await refused.ended;
    equal(refused.texts.length, 0, 'an invented token shows nothing');
    const lift = await one.ask('POST', `/cameras/${id}/unmask`, { case: '17/2026', reason: 'broken window', minutes: 5 });
    equal(lift.status, 201, lift.text);
    const other = token(one.data, 'admin', 'another');
    const borrowed = await one.ask('GET', `/cameras/${id}/still?unmasked=${lift.json.token}`, undefined, other);
    equal([borrowed.status, borrowed.json.error.code], [403, 'camera.masked'], 'a lift is for who gave the reason');
    const lifted = look(one, `/cameras/${id}/live?stream=sub&unmasked=${lift.json.token}`);
    await until('the picture behind', () => lifted.fragments.length > 15, 90);
    equal([lifted.format().way, lifted.format().unmasked], ['plain', true], 'as the camera sends it');
    await lifted.close();
    check(pictures(lifted.mp4()).some((picture) => behind(picture) > 12), 'is seen');
    const kinds = (await one.ask('GET', '/looks')).json.looks.map(({ kind, masked, case: number }) => `${kind} ${masked} ${number}`).reverse();
    equal(kinds, ['live true ', 'still true ', 'unmask false 17/2026', 'live false 17/2026'], 'with its case');
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'a camera that is off keeps its past, and its masks hold there': async () => {
    const sim = await simulated(1);
    const one = await town('off', 1, sim);
    await one.live();
    const [id] = one.cameras;
    const spans = async () => (await one.ask('GET', `/cameras/${id}/recordings`)).json.spans;
    const from = await until('some seconds are recorded', async () => { const all = await spans(); return all.length && all.at(-1).to - all[0].from > 6000 ? all[0].from : null; }, 120);
    equal((await one.ask('PUT', `/cameras/${id}/masks`, { masks: [window] })).status, 200, 'a mask');
    equal((await one.ask('PATCH', `/cameras/${id}`, { off: true })).json.state, 'off', 'off');
    equal((await one.ask('GET', `/cameras/${id}/still`)).json.error.code, 'camera.no_picture', 'nothing is to be seen now');
    const past = look(one, `/cameras/${id}/playback?from=${from}`);
    await until('the past plays', () => past.fragments.length > 3, 90);
    await past.close();
    equal([past.format().way, past.format().masked], ['transcoded', true], 'through the mask');
    for (const picture of pictures(past.mp4())) check(behind(picture) <= 6, `nothing is seen behind: ${behind(picture)}`);
    equal((await one.ask('PATCH', `/cameras/${id}`, { off: false })).status, 200, 'on again');
    await one.live();
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'evidence verifies, and a changed byte is named': async () => {
    const sim = await simulated(1);
    const one = await town('evidence', 1, sim);
    await one.live();
    const [id] = one.cameras;
    const span = await until('ten seconds are recorded', async () => {
      const { spans } = (await one.ask('GET', `/cameras/${id}/recordings`)).json;
      return spans.length && spans.at(-1).to - spans[0].from > 12_000 ? spans[0] : null;
    }, 120);
    const range = { from: span.from + 2000, to: span.from + 7700, case: '17/2026', reason: 'stolen bicycle' };
    equal((await one.ask('POST', `/cameras/${id}/export`, { ...range, to: range.from })).json.error.code, 'evidence.range', 'a range');
    const made = await one.ask('POST', `/cameras/${id}/export`, range);
    equal(made.status, 201, made.text);
    const folder = join(scratch('evidence-out'), 'e');
    mkdirSync(folder);
    for (const [name, part] of [['video.mp4', 'video'], ['manifest.json', 'manifest'], ['manifest.sig', 'signature']]) {
      const answer = await fetch(`http://${one.server.http}/api/v1/evidence/${made.json.id}/${part}`, { headers: { authorization: `Bearer ${one.admin}` } });
      equal(answer.status, 200, name);
      writeFileSync(join(folder, name), Buffer.from(await answer.arrayBuffer()));
    }
    const good = verify(folder);
    equal(good.code, 0, `verifies: ${good.text}`);
    check(good.text.includes(made.json.fingerprint), 'whose it is');
    check(pictures(readFileSync(join(folder, 'video.mp4'))).length > 40, 'any player shows it');
    for (const name of ['video.mp4', 'manifest.json', 'manifest.sig']) {
      const changed = join(scratch('evidence-changed'), 'e');
      cpSync(folder, changed, { recursive: true });
      const bytes = readFileSync(join(changed, name));
      bytes[Math.floor(bytes.length * 0.7)] ^= 1;
      writeFileSync(join(changed, name), bytes);
      const bad = verify(changed);
      check(bad.code !== 0, `a changed byte in ${name} is seen`);
      check(new RegExp(name === 'video.mp4' ? 'video' : 'manifest|signature', 'i').test(bad.text), `and named: ${bad.text}`);
    }
    const looks = (await one.ask('GET', '/looks')).json.looks;
    equal(looks.map(({ kind, case: number }) => `${kind} ${number}`), ['playback 17/2026', 'export 17/2026'], 'the export is a look, and each fetching of its video');
    equal([looks[0].from, looks[0].to], [range.from, range.to], 'at the same minutes');

    // through a mask
    equal((await one.ask('PUT', `/cameras/${id}/masks`, { masks: [window] })).status, 200, 'a mask');
    const masked = await one.ask('POST', `/cameras/${id}/export`, range);
    equal([masked.status, masked.json?.masked], [201, true], masked.text);
    const fetched = async (evidence, part) => Buffer.from(await (await fetch(`http://${one.server.http}/api/v1/evidence/${evidence}/${part}`, { headers: { authorization: `Bearer ${one.admin}` } })).arrayBuffer());
    const seen = pictures(await fetched(masked.json.id, 'video'));
    check(seen.length > 20, `${seen.length} pictures`);
    for (const picture of seen) check(behind(picture) <= 6, `nothing is seen behind: ${behind(picture)}`);
    const manifest = async (evidence) => JSON.parse((await fetched(evidence, 'manifest')).toString());
    const said = await manifest(masked.json.id);
    check(/^avc1\./.test(said.video.codec) && said.video.width > 0 && said.video.height > 0, `what its video is: ${JSON.stringify(said.video)}`);
    const lasts = moments(await fetched(masked.json.id, 'video')).at(-1) * 1000;
    check(lasts < range.to - Date.parse(said.covers.from) + 5, `not a picture at or behind its end: ${lasts} ms, to ${range.to - Date.parse(said.covers.from)}`);
    const beyond = await one.ask('POST', `/cameras/${id}/export`, { ...range, to: Date.now() + 60_000 });
    equal([beyond.status, beyond.json?.masked], [201, true], beyond.text);
    const { covers, spans, sources } = await manifest(beyond.json.id);
    equal(covers.to, spans.at(-1).to, 'it covers what was recorded, not what was asked for');
    check(Date.parse(covers.to) <= Date.parse(sources.at(-1).at) + sources.at(-1).ms, 'and no more than it was made from');
    const torn = sources.find(({ at }) => Date.parse(at) > range.from + 1000);
    const footage = openSync(join(one.data, 'footage', torn.file), 'r+');
    writeSync(footage, Buffer.from([0x51, 0x51, 0x51, 0x51]), 0, 4, torn.offset + torn.bytes - 8);
    closeSync(footage);
    const damaged = await one.ask('POST', `/cameras/${id}/export`, range);
    equal([damaged.status, damaged.json?.damaged, (await manifest(damaged.json?.id)).damaged], [201, 1, 1], 'what was left out because it is not whole is said');

    // with the mask lifted
    const password = 'warm rooms 12';
    const sign = async (name, role) => {
      equal((await one.ask('POST', '/users', { name, role, password, language: 'en' })).status, 201, name);
      const session = await one.server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: name, password }) });
      const cookie = session.headers['set-cookie'][0].split(';')[0];
      return (evidence, part) => one.server.request('GET', `/api/v1/evidence/${evidence}/${part}`, { headers: { cookie } });
    };
    const [operator, engineer] = [await sign('dana', 'operator'), await sign('bolat', 'engineer')];
    const lift = await one.ask('POST', `/cameras/${id}/unmask`, { case: '18/2026', reason: 'broken window' });
    const open = await one.ask('POST', `/cameras/${id}/export?unmasked=${lift.json.token}`, { ...range, case: '18/2026' });
    equal([open.status, open.json?.masked], [201, false], open.text);
    for (const part of ['video', 'manifest', 'signature']) {
      const refused = await operator(open.json.id, part);
      equal(refused.status, 403, `who may lift no mask: ${part}`);
      equal(refused.json.error.code, 'session.role', `for want of the role: ${part}`);
      equal((await operator(masked.json.id, part)).status, 200, `but what is masked: ${part}`);
    }
    equal((await engineer(open.json.id, 'video')).status, 200, 'who may lift it fetches all');
    const after = (await one.ask('GET', '/looks')).json.looks.slice(0, 3).map(({ kind, masked: hidden, who, case: number }) => `${kind} ${hidden} ${who} ${number}`);
    equal(after, ['playback false bolat 18/2026', 'playback true dana 17/2026', 'export false admin 18/2026'], 'with who saw what');
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();

    const half = join(one.data, 'evidence', '999.new');
    mkdirSync(half);
    writeFileSync(join(half, 'video.mp4'), 'half of one');
    const again = await new Server(one.data).start();
    check(!existsSync(half), 'what a killed export left is removed at the start');
    check(existsSync(join(one.data, 'evidence', String(made.json.id), 'video.mp4')), 'and nothing else');
    equal(await again.stop(), 0, 'stopped again');
  },

  'a still of the past is masked, one look, and found beside what happened there': async () => {
    const sim = await simulated(1);
    const one = await town('stills', 1, sim);
    await one.live();
    const [id] = one.cameras;
    const answer = async () => (await one.ask('GET', `/cameras/${id}/recordings`)).json;
    const span = await until('some seconds are recorded', async () => { const { spans } = await answer(); return spans.length && spans.at(-1).to - spans[0].from > 9000 ? spans[0] : null; }, 120);
    const still = (at) => fetch(`http://${one.server.http}/api/v1/cameras/${id}/still?width=640&at=${at}`, { headers: { authorization: `Bearer ${one.admin}` } });
    const first = await still(span.from + 5000);
    equal([first.status, first.headers.get('content-type'), first.headers.get('x-qala-masked')], [200, 'image/jpeg', '0'], 'a picture');
    const at = Number(first.headers.get('x-qala-at'));
    check(at <= span.from + 5000 && at > span.from + 2000, `the key frame before: ${at - span.from}`);
    const open = Buffer.from(await first.arrayBuffer());
    const clock = clockIn(greys(open, 640, 360), { x: 0, y: 0, width: 640 });
    check(clock && clock.camera === 1 && Math.abs(clock.ms - at) < 1500, `of then: ${JSON.stringify(clock)} ${at}`);
    check(behind(pictures(open)[0]) > 12, 'there is something to see where the mask will be');
    const none = await still(span.from - 86_400_000);
    equal([none.status, (await none.json()).error.code], [404, 'camera.nothing_recorded'], 'a gap is a gap');
    equal((await one.ask('GET', `/cameras/${id}/still?at=yesterday`)).status, 400, 'no time');

    equal((await one.ask('PUT', `/cameras/${id}/masks`, { masks: [window] })).status, 200, 'a mask');
    const masked = await until('through the mask', async () => { const picture = await still(span.from + 5000); return picture.headers.get('x-qala-masked') === '1' && Buffer.from(await picture.arrayBuffer()); });
    check(behind(pictures(masked)[0]) <= 6, `nothing is seen behind: ${behind(pictures(masked)[0])}`);
    check(spread(pictures(masked)[0], [0, 64], [0, 36]) > 20, 'the rest is');

    const many = await Promise.all(Array.from({ length: 40 }, (_, n) => still(span.from + 3000 + n * 100).then(({ status }) => status)));
    check(many.includes(200) && many.includes(429), `so many at once are too many: ${many}`);
    check(many.every((status) => [200, 429, 503].includes(status)), `${many}`);

    const looks = (await one.ask('GET', '/looks')).json.looks.filter(({ kind }) => kind === 'still');
    equal(looks.length, 1, 'stills of a minute are one look');
    check(looks[0].from <= span.from - 86_000_000, 'that goes as far as they do');
    const chain = (await one.ask('GET', '/audit?action=camera.look.still')).json.entries;
    check(chain.length >= 2 && chain.length <= 3, `each hour that was seen is in the chain: ${chain.length}`);

    const near = await addDevice(one.server, one.admin, { key: 'near', kind: 'bin', lon: 70.951, lat: 51.9905 });
    const far = await addDevice(one.server, one.admin, { key: 'far', kind: 'bin', lon: 70.97, lat: 51.99 });
    for (const bin of [far, near]) await one.server.request('POST', `/api/v1/${bin.token}/telemetry`, { body: JSON.stringify({ fill_level: 97 }) });
    const marks = await until('the alarm is on the line of time', async () => { const found = (await answer()).marks; return found.length && found; });
    equal(marks.map(({ kind, rule, severity, thing }) => [kind, rule, severity, thing]), [['alarm', 'bin_full', 4, near.id]], 'what the camera may have seen, and nothing else');
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'a worker that dies comes back, a camera that goes is said and comes back': async () => {
    const sim = await simulated(2);
    const one = await town('worker', 2, sim);
    await one.live();
    const view = look(one, `/cameras/${one.cameras[0]}/live?stream=sub`);
    await until('pictures', () => view.fragments.length > 5, 90);
    const recorded = () => one.ask('GET', `/cameras/${one.cameras[0]}/recordings`).then(({ json }) => json.spans);
    const [first] = await until('something is recorded', async () => { const spans = await recorded(); return spans.length ? spans : null; }, 90);
    process.kill(workerOf(one.server), 'SIGKILL');
    await until('the view is told', () => view.texts.some(({ type }) => type === 'interrupted'), 60);
    const before = view.texts.filter(({ type }) => type === 'format').length;
    await until('and goes on by itself', () => view.texts.filter(({ type }) => type === 'format').length > before && view.fragments.length > 5, 90);
    await view.close();
    equal((await one.ask('GET', '/things')).status, 200, 'the room never noticed');
    equal((await recorded())[0].from, first.from, 'what was recorded is there');

    sim.say('cut 2 30s');
    await until('it is said', async () => (await one.all()).find(({ id }) => id === one.cameras[1]).state === 'lost', 90);
    await until('the page of health says it', async () => (await one.ask('GET', '/health')).json.problems.some(({ code }) => code === 'video.lost'), 90);
    await until('an alarm is raised', async () => (await one.ask('GET', '/alarms?state=open')).json.alarms.some(({ rule }) => rule === 'camera_lost'), 90);
    await one.live();
    await until('the alarm is over', async () => !(await one.ask('GET', '/alarms?state=open')).json.alarms.some(({ rule, cleared }) => rule === 'camera_lost' && !cleared), 120);
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'a machine with too much to do gives way in order, and never with its recording': async () => {
    const sim = await simulated(1);
    const one = await town('overload', 1, sim);
    await one.live();
    const [id] = one.cameras;
    const [main, sub] = ['main', 'sub'].map((stream) => look(one, `/cameras/${id}/live?stream=${stream}`));
    await until('pictures of both streams', () => main.fragments.length > 3 && sub.fragments.length > 3, 90);
    const spans = async () => (await one.ask('GET', `/cameras/${id}/recordings`)).json.spans;
    await until('something is recorded', async () => (await spans()).length > 0, 90);
    const still = () => one.ask('GET', `/cameras/${id}/still?width=320&reason=${Math.random()}`);
    const changes = /load of the video worker.*?level=(\d)/g;
    const told = async () => (await one.ask('GET', '/health')).json.problems.find(({ code }) => code === 'video.overload');
    await until('before, all is there', async () => (await still()).status === 200 && !(await told()), 180);

    // The worker has the processor for a third of the time, in pieces, as beside programs that want all of it.
    const worker = workerOf(one.server);
    let going = true;
    const robbed = (async () => {
      const pause = (ms) => new Promise((done) => setTimeout(done, ms));
      while (going) {
        process.kill(worker, 'SIGSTOP');
        await pause(600);
        process.kill(worker, 'SIGCONT');
        await pause(300);
      }
    })();
    const begun = Date.now();
    const before = [...one.server.log.matchAll(changes)].length; // the machine's own doing
    try {
      await until('the small stream gives way', () => sub.texts.some(({ type, reason }) => type === 'ended' && reason === 'overloaded'), 120);
      const refused = await still();
      equal([refused.status, refused.json?.error.code], [503, 'camera.overloaded'], 'stills gave way before it');
      const problem = await until('the page of health says so', told, 60);
      equal(problem.params.level, 3, 'with the level');
      check(!main.texts.some(({ type }) => type === 'ended'), 'the stream that is recorded is shown as before');
    } finally {
      going = false;
      await robbed;
    }
    const levels = [...one.server.log.matchAll(changes)].slice(before).map((match) => match[1]);
    equal(levels.slice(0, 3), ['1', '2', '3'], `one after another: ${levels}`);
    const end = Date.now();
    const all = await until('it is recorded to the end', async () => { const all = await spans(); return all.at(-1).to > end ? all : null; }, 90);
    check(all[0].from < begun && all.every(({ from }, i) => i === 0 || from === all[i - 1].to), `without a gap: ${JSON.stringify(all)}`);
    await until('what gave way last is back first', async () => {
      const again = look(one, `/cameras/${id}/live?stream=sub&reason=again`);
      await until('an answer', () => again.fragments.length > 2 || again.closed !== null || again.texts.some(({ type }) => type === 'ended'), 60);
      const back = again.fragments.length > 2;
      await again.close();
      if (!back) await new Promise((done) => setTimeout(done, 2000));
      return back;
    }, 180);
    await Promise.all([main.close(), sub.close()]);
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'a look that cannot be recorded is none': async () => {
    const sim = await simulated(1);
    const one = await town('unrecorded', 1, sim);
    await one.live();
    const [id] = one.cameras;
    equal((await one.ask('GET', `/cameras/${id}/still`)).status, 200, 'a picture while all is well');
    const { looks } = (await one.ask('GET', '/looks')).json;
    const { DatabaseSync } = await import('node:sqlite');
    const held = new DatabaseSync(join(one.data, 'audit.db'));
    held.exec('BEGIN EXCLUSIVE');
    const [still, live] = await Promise.all([
      one.ask('GET', `/cameras/${id}/still?reason=other`),
      (async () => { const view = look(one, `/cameras/${id}/live`); await view.ended; return view; })(),
    ]);
    equal([still.status, still.json?.error.code], [503, 'look.not_recorded'], 'no picture without a record');
    equal([live.texts.length, live.fragments.length, live.init], [0, 0, null], 'nor a live one');
    held.exec('ROLLBACK');
    held.close();
    equal((await one.ask('GET', `/cameras/${id}/still?reason=third`)).status, 200, 'and again once it can be');
    equal((await one.ask('GET', '/looks')).json.looks.length, looks.length + 1, 'what was refused is no look');
    equal(await one.server.stop(), 0, 'stopped');
    sim.stop();
  },

  'passwords of cameras go nowhere': async () => {
    const zoned = await new ZonedTown().start('passwords');
    const made = await zoned.status(201, 'admin', 'POST', '/api/v1/cameras', { key: 'К-1', name: 'Street', main: { url: 'rtsp://127.0.0.1:9/a', user: 'view', password: 'kept-to-itself' } });
    const all = async () => zoned.status(200, 'admin', 'GET', '/api/v1/cameras');
    check(!JSON.stringify(await all()).includes('kept-to-itself'), 'not shown');
    equal((await all()).cameras[0].main, { url: 'rtsp://127.0.0.1:9/a', user: 'view', udp: false, password_set: true }, 'only that there is one');
    await zoned.status(200, 'admin', 'PATCH', `/api/v1/cameras/${made.id}`, { main: { udp: true } });
    equal((await all()).cameras[0].main.password_set, true, 'stays while the address does');
    await zoned.status(200, 'admin', 'PATCH', `/api/v1/cameras/${made.id}`, { main: { url: 'rtsp://127.0.0.1:9/elsewhere' } });
    equal((await all()).cameras[0].main.password_set, false, 'is not sent to another address');
    await zoned.person('guest', 'viewer');
    equal((await zoned.status(200, 'guest', 'GET', '/api/v1/cameras')).cameras[0].main, undefined, 'addresses are for who may change them');
    check(!JSON.stringify(await zoned.status(200, 'admin', 'GET', '/api/v1/audit?limit=100')).includes('kept-to-itself'), 'nor in the record');
    await zoned.stop();
  },

  'a camera keeps the thing that says who may look': async () => {
    const { DatabaseSync } = await import('node:sqlite');
    const zoned = await new ZonedTown().start('things');
    const [kept, orphan] = [await zoned.camera('CE-1', 'east'), await zoned.camera('CE-2', 'east')];
    await zoned.person('saule', 'viewer', [{ role: 'engineer', zone: zoned.zone.west }]);
    await zoned.person('bolat', 'viewer', [{ role: 'engineer', zone: zoned.zone.east }]);
    const { thing } = await zoned.status(200, 'admin', 'GET', `/api/v1/cameras/${kept.id}`);
    for (const who of ['admin', 'bolat'])
      equal((await zoned.status(409, who, 'DELETE', `/api/v1/things/${thing}`)).error.code, 'thing.is_camera', `${who}: the camera first`);
    check(/remove the camera first/.test((await zoned.ask('admin', 'DELETE', `/v1.1/Things(${thing})`)).text), 'nor by SensorThings');
    await zoned.status(200, 'admin', 'GET', `/api/v1/things/${thing}`);
    await zoned.status(204, 'bolat', 'DELETE', `/api/v1/cameras/${kept.id}`);
    await zoned.status(204, 'bolat', 'DELETE', `/api/v1/things/${thing}`);

    // One that lost its thing to an earlier version.
    const lost = (await zoned.status(200, 'admin', 'GET', `/api/v1/cameras/${orphan.id}`)).thing;
    equal(await zoned.server.stop(), 0, 'stopped');
    const db = new DatabaseSync(join(zoned.data, 'town.db'), { enableForeignKeyConstraints: false });
    db.prepare('DELETE FROM datastream WHERE thing = ?').run(lost);
    db.prepare('DELETE FROM thing WHERE id = ?').run(lost);
    db.close();
    await zoned.server.start();
    for (const who of ['saule', 'bolat']) {
      for (const [method, path, body] of [['GET', '/still'], ['GET', '/masks'], ['GET', '/recordings'], ['PUT', '/masks', { masks: [] }], ['DELETE', '']])
        await zoned.elsewhere(who, method, `/api/v1/cameras/${orphan.id}${path}`, body);
    }
    await zoned.status(204, 'admin', 'DELETE', `/api/v1/cameras/${orphan.id}`);
    for (const id of [orphan.id, kept.id])
      equal((await zoned.status(404, 'saule', 'GET', `/api/v1/cameras/${id}/recordings`)).error.code, 'camera.not_found', 'nor what a removed one recorded');
    await zoned.stop();
  },

  'who may not look sees nothing': async () => {
    const zoned = await new ZonedTown().start('looks');
    const west = await zoned.camera('CW-1', 'west');
    const east = await zoned.camera('CE-1', 'east');
    await zoned.person('guest', 'viewer');
    await zoned.person('saule', 'viewer', [{ role: 'operator', zone: zoned.zone.west }]);
    equal((await zoned.status(403, 'guest', 'GET', `/api/v1/cameras/${west.id}/still`)).error.code, 'session.role', 'a viewer');
    await zoned.elsewhere('saule', 'GET', `/api/v1/cameras/${east.id}/still`);
    await zoned.person('bolat', 'viewer', [{ role: 'engineer', zone: zoned.zone.west }]);
    await zoned.elsewhere('bolat', 'POST', '/api/v1/cameras/probe', { camera: east.id });
    equal((await zoned.status(503, 'bolat', 'POST', '/api/v1/cameras/probe', { camera: west.id })).error.code, 'camera.no_answer', 'his own is tried');
    const mine = await zoned.ask('saule', 'GET', `/api/v1/cameras/${west.id}/still`);
    check(mine.status !== 403, `her own zone: ${mine.status}`);
    for (const [who, id] of [['guest', west.id], ['saule', east.id]]) {
      const { cookie } = zoned.sessions[who];
      const answer = await zoned.server.request('GET', `/api/v1/cameras/${id}/live`, { headers: { cookie, connection: 'Upgrade', upgrade: 'websocket', origin: `http://${zoned.server.http}`, 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
      equal(answer.status, 403, `${who} of ${id}`);
    }
    // What is open ends with the right to it.
    const closed = closeOf(zoned.server, `/api/v1/cameras/${west.id}/live`, zoned.sessions.saule.cookie);
    await closed.opened;
    const saule = (await zoned.status(200, 'admin', 'GET', '/api/v1/users')).users.find(({ name }) => name === 'saule');
    await zoned.status(204, 'admin', 'PUT', `/api/v1/users/${saule.id}`, { grants: [{ role: 'operator', zone: zoned.zone.east }] });
    equal(await closed.code, 4401, 'a role that is taken away ends what was open');
    await zoned.status(403, 'saule', 'POST', `/api/v1/cameras/${west.id}/unmask`, { case: '1', reason: 'x' });
    await zoned.status(403, 'saule', 'GET', '/api/v1/looks');
    // So does a lift of the masks, while he may go on looking.
    const at = `/api/v1/cameras/${west.id}`;
    const { token: lift } = await zoned.status(201, 'bolat', 'POST', `${at}/unmask`, { case: '1', reason: 'x', minutes: 60 });
    check((await zoned.ask('bolat', 'GET', `${at}/still?unmasked=${lift}`)).status !== 403, 'his lift holds');
    const bare = closeOf(zoned.server, `${at}/live?unmasked=${lift}`, zoned.sessions.bolat.cookie);
    await bare.opened;
    const bolat = (await zoned.status(200, 'admin', 'GET', '/api/v1/users')).users.find(({ name }) => name === 'bolat');
    await zoned.status(204, 'admin', 'PUT', `/api/v1/users/${bolat.id}`, { grants: [{ role: 'operator', zone: zoned.zone.west }] });
    equal((await zoned.status(403, 'bolat', 'GET', `${at}/still?unmasked=${lift}`)).error.code, 'camera.masked', 'a lift ends with the right to lift');
    equal(await Promise.race([bare.code, new Promise((done) => setTimeout(done, 30_000, 'still open'))]), 4403, 'and what it showed');
    check((await zoned.ask('bolat', 'GET', `${at}/still`)).status !== 403, 'he may look');
    await zoned.stop();
  },
});
