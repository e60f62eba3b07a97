// What the HTTP interface counts, refuses and lets in, seen from outside.
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { addThing, client, grows, refusal } from './town.mjs';

// The status line of an upgrade, and what follows it.
function upgrade(server, headers) {
  const [host, port] = server.http.split(':');
  return new Promise((done, failed) => {
    const socket = net.connect(Number(port), host);
    let text = '';
    socket.on('error', failed);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      socket.destroy();
      done({ status: Number(text.split(' ')[1]), text });
    });
    const lines = { Host: server.http, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers };
    socket.write(`GET /api/v1/stream HTTP/1.1\r\n${Object.entries(lines).map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`);
  });
}

await cases({
  'a body that is bad as a whole is counted by reason': async () => {
    const data = scratch('bodies');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data).start();
    const send = async (path, status, body, headers = {}) => {
      const answer = await server.request('POST', path, { body, headers, token: ingest });
      equal(answer.status, status, `${path}: ${answer.text}`);
    };
    const csv = { 'content-type': 'text/csv' };
    const gzip = { 'content-encoding': 'gzip' };
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/readings', 400, 'no JSON'));
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/readings', 400, ''));
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/readings', 400, 'thing;key;value\na;b;1\n', csv));
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/write?precision=week', 400, 'telemetry,thing=a v=1'));
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/write', 400, 'this is no gzip', gzip));
    await grows(server, admin, 'malformed', 1, () => send('/api/v2/write', 415, 'x', { 'content-encoding': 'br' }));
    await grows(server, admin, 'oversized', 1, () => send('/api/v2/readings', 413, gzipSync(Buffer.alloc(130 << 20, ' ')), gzip));
    const reject = (await server.get('/api/v1/health', admin)).rejects.find((r) => r.reason === 'oversized');
    check(reject.samples[0].text.includes('larger') && reject.last > 1.7e12, `the newest example is shown: ${JSON.stringify(reject)}`);
    equal((await server.get('/api/v1/health', admin)).ingest.accepted, 0, 'nothing was taken');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'an upgrade without a session is answered 401, not upgraded': async () => {
    const data = scratch('upgrade');
    const read = token(data, 'read');
    const ingest = token(data, 'ingest');
    const server = await new Server(data).start();
    const origin = `http://${server.http}`;
    const none = await upgrade(server, { Origin: origin });
    equal(none.status, 401, none.text);
    check(none.text.includes('session.none') && !/^upgrade:/im.test(none.text), `the answer of any request without a session: ${none.text}`);
    equal((await upgrade(server, {})).status, 401, 'nor for a program that shows nothing');
    equal((await upgrade(server, { Origin: origin, Cookie: 'qala_session=made-up' })).status, 401, 'a made-up session');
    equal((await upgrade(server, { Authorization: 'Bearer made-up' })).status, 401, 'a made-up token');
    equal((await upgrade(server, { Authorization: `Bearer ${ingest}` })).status, 403, 'a token that may not read');
    equal((await upgrade(server, { Origin: 'http://evil.example', Authorization: `Bearer ${read}` })).status, 403, 'a foreign page');
    equal((await upgrade(server, { Cookie: 'qala_session=made-up' })).status, 403, 'a cookie without an origin');
    equal((await upgrade(server, { Authorization: `Bearer ${read}` })).status, 101, 'a token that may');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'logins made by API let devices in over MQTT': async () => {
    const data = scratch('logins');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const ask = (method, path, body) => server.request(method, path, { token: admin, body: body && JSON.stringify(body) });
    const thing = await addThing(server, admin, { key: 'meter-12' });
    const made = await ask('POST', `/api/v1/things/${thing.id}/token`, { user: 'meter12', password: 'its-password' });
    equal([made.status, Object.keys(made.json)], [201, ['id']], 'nothing secret is answered');
    const bus = await ask('POST', '/api/v1/tokens', { name: 'node-red', scope: 'bus', user: 'node-red', password: 'flows-and-flows' });
    equal(bus.status, 201, bus.text);
    const listener = await client(server.mqtt, { username: 'node-red', password: 'flows-and-flows' });
    await listener.subscribeAsync('qala/things/#');
    const device = await client(server.mqtt, { username: 'meter12', password: 'its-password' });
    await device.publishAsync('v1/devices/me/telemetry', '{"power": 12}', { qos: 1 });
    await until('the bus hears it', () => listener.received.some((m) => m.topic === 'qala/things/meter-12/power'), 20);
    check(await refusal(client(server.mqtt, { username: 'meter12', password: 'another-password' })), 'a wrong password');
    for (const bad of [{ user: 'x' }, { password: 'some-password' }, { user: '', password: 'some-password' }, { user: 'x', password: 'short' },
      { certificate: 'abc' }, { token: 'own-token-1', user: 'x', password: 'some-password' }]) {
      equal((await ask('POST', '/api/v1/tokens', { name: 'bad', scope: 'bus', ...bad })).status, 400, JSON.stringify(bad));
    }
    equal((await ask('POST', '/api/v1/tokens', { name: 'twice', scope: 'bus', user: 'node-red', password: 'flows-and-flows' })).status, 409, 'in use already');
    const list = (await server.get('/api/v1/tokens', admin)).tokens;
    equal(list.map((t) => [t.name, t.scope, t.kind]), [['admin', 'admin', 'token'], ['meter-12', 'device', 'login'], ['node-red', 'bus', 'login']], 'listed, the refused ones not');
    check(!JSON.stringify(list).includes('password'), 'without secrets');
    equal((await ask('DELETE', `/api/v1/tokens/${made.json.id}`)).status, 204, 'withdrawn');
    await until('the connection ends', () => !device.connected, 10);
    listener.end(true);
    equal(await server.stop(), 0, 'SIGTERM');
  },
});
