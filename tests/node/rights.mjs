// Who may do what where: every route of the server with every kind of user, and what no path names: lists of alarms,
// imports, claims, rules, things that would move.
import mqtt from 'mqtt';
import { check, equal, token, until, cases } from './lib.mjs';
import { addDevice } from './town.mjs';
import { ZonedTown } from './zoned.mjs';

const rank = { viewer: 0, operator: 1, engineer: 2, admin: 3 };
// Of its own accord: who signs in, what devices send, what monitors ask.
const anybody = [
  'DELETE /api/v1/session', 'GET /api/v1/session', 'GET /api/v1/setup', 'GET /api/v1/sign-in', 'GET /api/v1/town', 'GET /health', 'GET /metrics', 'GET /ready',
  'POST /api/v1/session', 'POST /api/v1/session/second', 'POST /api/v1/setup', 'POST /api/v1/welcome', 'POST /api/v1/welcome/look', 'POST /api/v1/{token}/attributes',
  'POST /api/v1/{token}/telemetry', 'POST /api/v2/readings', 'POST /api/v2/write', 'POST /write',
  'POST /api/v1/lorawan/chirpstack', 'POST /api/v1/lorawan/tts',
  'POST /v1.1/{rest*}', 'OPTIONS /v1.1', 'OPTIONS /v1.1/{rest*}', 'GET /api', 'GET /api/v1/openapi.json', 'GET /', 'GET /kk', 'GET /ru', 'GET /en',
  'GET /cap/feed.atom', 'GET /cap/{file}',
  'GET /ngsi-ld/v1/context.jsonld', ...['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [`${method} /ngsi-ld/v1/context.jsonld`, `${method} /ngsi-ld/v1/{rest*}`]), // refused to all
];
// What each changes of his own, whatever his role.
const ones_own = [
  'DELETE /api/v1/session', 'PUT /api/v1/session/language', 'PUT /api/v1/session/password', 'POST /api/v1/session/totp',
  'POST /api/v1/session/totp/confirm', 'POST /api/v1/session/totp/recovery', 'POST /api/v1/session/totp/remove',
  'DELETE /api/v1/sessions', 'DELETE /api/v1/sessions/{id}',
  'POST /api/v1/views', 'PUT /api/v1/views/start', 'PUT /api/v1/views/{id}', 'DELETE /api/v1/views/{id}', // the room says whose they are (src/views)
  'POST /api/v1/notifications/browsers', 'PUT /api/v1/notifications/browsers/{id}', 'DELETE /api/v1/notifications/browsers/{id}',
  'POST /api/v1/notifications/browsers/{id}/test',
];

// The rule in one line, written once more: the role everywhere, or one grant that covers all of it.
const may = (user, role, part = {}) =>
  rank[user.role] >= rank[role] ||
  user.grants.some((g) => rank[g.role] >= rank[role] && (!g.zone || g.zone === part.zone) && (!g.kind || g.kind === part.kind));
const may_somewhere = (user, role) => rank[user.role] >= rank[role] || user.grants.some((g) => rank[g.role] >= rank[role]);

await cases({
  'every route says who may, and holds to it, for every kind of user': async () => {
    const town = await new ZonedTown().start('routes');
    const { west, east } = town.zone;
    const users = {
      viewer: { role: 'viewer', grants: [] },
      operator: { role: 'operator', grants: [] },
      engineer: { role: 'engineer', grants: [] },
      root: { role: 'admin', grants: [] },
      operator_west: { role: 'viewer', grants: [{ role: 'operator', zone: west }] },
      engineer_bins: { role: 'viewer', grants: [{ role: 'engineer', kind: 'bin' }] },
      engineer_bins_east: { role: 'operator', grants: [{ role: 'engineer', zone: east, kind: 'bin' }] },
      operator_cameras_east: { role: 'viewer', grants: [{ role: 'operator', zone: east, kind: 'camera' }] },
      engineer_lamps: { role: 'viewer', grants: [{ role: 'engineer', kind: 'lamp' }, { role: 'operator', zone: east }] },
    };
    for (const [name, { role, grants }] of Object.entries(users)) await town.person(name, role, grants);
    const parts = [
      { zone: west, kind: 'bin', ...(await town.fullBin('BW-1', 'west')) },
      { zone: east, kind: 'bin', ...(await town.fullBin('BE-1', 'east')) },
    ];
    const cameras = [await town.camera('CW-1', 'west'), await town.camera('CE-1', 'east')];
    const { routes } = await town.status(200, 'viewer', 'GET', '/api/v1/routes');
    check(routes.length > 60, `${routes.length} routes`);
    const name = ({ method, path }) => `${method} ${path}`;
    equal(routes.filter(({ who }) => who === null).map(name), [], 'routes that say nothing of who may: with_role(), RoleRouter or for_anybody()');
    equal(routes.filter(({ who }) => who === 'anybody').map(name).filter((one) => !anybody.includes(one)), [], 'routes for anybody that this test does not know of');
    const changing = routes.filter(({ method }) => method !== 'GET');
    equal(changing.filter(({ who }) => who === 'viewer').map(name).filter((one) => !ones_own.includes(one)), [], 'routes by which a viewer changes something');

    const fill = (path, part) => path.replace('{rule}', 'bin_full').replace('{key}', 'no_such_rule').replace('{thing}', part.id);
    for (const route of routes.filter(({ who }) => rank[who] !== undefined)) {
      const { method, path, who, of } = route;
      const by_object = of === 'alarm' || of === 'thing';
      for (const part of of === 'camera' ? cameras : by_object ? parts : [parts[0]]) {
        const id = of === 'alarm' ? part.alarm : of === 'thing' || of === 'camera' ? part.id : 999999;
        for (const [caller, user] of Object.entries(users)) {
          const allowed = of === 'town' ? may(user, who) : of === 'somewhere' ? may_somewhere(user, who) : may(user, who, part);
          if (allowed && (name(route) === 'DELETE /api/v1/session' || name(route) === 'DELETE /api/v1/things/{id}' || name(route) === 'DELETE /api/v1/cameras/{id}')) continue; // gone is gone
          const answer = await town.ask(caller, method, fill(path, part).replace(/\{[a-z]+\}/, id), method === 'GET' ? undefined : '{}');
          const refused = answer.status === 401 || (answer.status === 403 && ['session.role', 'session.elsewhere'].includes(answer.json.error.code));
          // Somewhere: what is to be changed is in the body, and looked at by the handler. Here only whether it is asked at all.
          const turned_away = of === 'somewhere' ? refused && answer.json.error.code === 'session.role' : refused;
          equal(turned_away, !allowed, `${caller}: ${name(route)} (${who}, ${of}) of ${part.zone === west ? 'west' : 'east'}: ${answer.status} ${answer.text.slice(0, 200)}`);
        }
      }
    }
    for (const { method, path } of routes.filter(({ who }) => rank[who] !== undefined)) {
      const answer = await town.server.request(method, path.replace(/\{[a-z]+\}/g, '1'), { body: method === 'GET' ? undefined : '{}' });
      equal(answer.status, 401, `nobody: ${method} ${path}`);
    }
    await town.stop();
  },

  'an operator of one zone answers its alarms, and is told of the others': async () => {
    const town = await new ZonedTown().start('alarms');
    await town.person('saule', 'viewer', [{ role: 'operator', zone: town.zone.west }]);
    await town.person('dana', 'operator');
    await town.person('guest', 'viewer');
    const mine = await town.fullBin('BW-1', 'west');
    const other = await town.fullBin('BE-1', 'east');
    equal((await town.status(200, 'saule', 'GET', '/api/v1/session')).user.grants, [{ role: 'operator', zone: town.zone.west }], 'the session knows the grants');
    await town.elsewhere('saule', 'POST', `/api/v1/alarms/${other.alarm}/acknowledge`, {});
    await town.elsewhere('saule', 'POST', `/api/v1/alarms/${other.alarm}/comments`, { text: 'x' });
    await town.elsewhere('saule', 'POST', `/api/v1/alarms/${other.alarm}/shelve`, { minutes: 5, reason: 'x' });
    equal((await town.status(200, 'saule', 'GET', '/api/v1/alarms?state=open')).alarms.length, 2, 'reading is for the whole town');
    const all = await town.status(200, 'saule', 'POST', '/api/v1/alarms/acknowledge', { ids: [other.alarm, mine.alarm, 987654] });
    equal(all, { acknowledged: [mine.alarm], already: [], unknown: [987654], not_allowed: [other.alarm] }, 'all at once: those that are hers');
    const open = (await town.server.get('/api/v1/alarms?state=open', town.admin)).alarms;
    equal(open.find(({ id }) => id === other.alarm).handling, 'unacknowledged', 'the other is as it was');
    equal((await town.status(200, 'saule', 'GET', `/api/v1/alarms/${mine.alarm}/assignees`)).users, ['saule', 'dana'], 'who may answer this one');
    equal((await town.status(200, 'dana', 'GET', `/api/v1/alarms/${other.alarm}/assignees`)).users, ['dana'], 'and the other');
    equal((await town.status(400, 'dana', 'PUT', `/api/v1/alarms/${other.alarm}/assignee`, { assignee: 'saule' })).error.code, 'alarm.assignee_may_not', 'nobody gets what he may not answer');
    equal((await town.status(200, 'dana', 'PUT', `/api/v1/alarms/${mine.alarm}/assignee`, { assignee: 'saule' })).assignee, 'saule', 'but what he may');
    // A thing that moves takes its alarms along.
    await town.status(200, 'admin', 'PUT', `/api/v1/things/${other.id}`, { zone: town.zone.west });
    await town.status(200, 'saule', 'POST', `/api/v1/alarms/${other.alarm}/acknowledge`, {});
    await town.stop();
  },

  'an alarm that is raised while others are acknowledged stays with who may answer it': async () => {
    const town = await new ZonedTown().start('meanwhile');
    await town.person('saule', 'viewer', [{ role: 'operator', zone: town.zone.west }]);
    const first = await town.fullBin('BE-0', 'east');
    const bins = [];
    for (let n = 1; n <= 5; n++) bins.push(await addDevice(town.server, town.admin, { key: `BE-${n}`, kind: 'bin', zone: town.zone.east }));
    // So many that are not there that the others come meanwhile; then those that will be the next.
    const none = Array.from({ length: 9900 }, (_, n) => 5_000_000 + n);
    const next = Array.from({ length: 20 }, (_, n) => first.alarm + 1 + n);
    const asked = town.status(200, 'saule', 'POST', '/api/v1/alarms/acknowledge', { ids: [...none, ...next] });
    for (const bin of bins) await town.server.request('POST', `/api/v1/${bin.token}/telemetry`, { body: JSON.stringify({ fill_level: 97 }) });
    const answer = await asked;
    equal(answer.acknowledged, [], 'none of another zone');
    equal([...answer.unknown, ...answer.not_allowed].sort((a, b) => a - b), [...next, ...none], 'and each is told');
    const open = await until('all are raised', async () => { const { alarms } = await town.server.get('/api/v1/alarms?state=open', town.admin); return alarms.length > bins.length && alarms; });
    check(open.every(({ id }) => id <= next.at(-1)), `they are those that were named: ${open.map(({ id }) => id)}`);
    equal(open.filter(({ handling }) => handling !== 'unacknowledged'), [], 'and wait for who may');
    await town.stop();
  },

  'what is taken back is gone with the next request': async () => {
    const town = await new ZonedTown().start('takenback');
    const id = await town.person('saule', 'viewer', [{ role: 'operator', kind: 'bin' }]);
    const bin = await town.fullBin('BW-1', 'west');
    await town.status(200, 'saule', 'POST', `/api/v1/alarms/${bin.alarm}/comments`, { text: 'seen' });
    await town.status(204, 'admin', 'PUT', `/api/v1/users/${id}`, { grants: [] });
    equal((await town.status(403, 'saule', 'POST', `/api/v1/alarms/${bin.alarm}/comments`, { text: 'seen' })).error.code, 'session.role', 'no role anywhere any more');
    await town.stop();
  },

  'an engineer of one part changes nothing of another, and moves nothing in or out': async () => {
    const town = await new ZonedTown().start('things');
    const { west, east } = town.zone;
    await town.person('bolat', 'viewer', [{ role: 'engineer', zone: west, kind: 'bin' }]);
    const mine = await town.thing('BW-1', { kind: 'bin', zone: west });
    const other = await town.thing('BE-1', { kind: 'bin', zone: east });
    const put = (id, body) => ['PUT', `/api/v1/things/${id}`, body];
    await town.status(200, 'bolat', ...put(mine.id, { name: 'by the school' }));
    await town.elsewhere('bolat', ...put(other.id, { name: 'mine now' }));
    await town.elsewhere('bolat', ...put(other.id, { zone: west }));
    await town.elsewhere('bolat', ...put(mine.id, { zone: east }));
    await town.elsewhere('bolat', ...put(mine.id, { zone: 0 }));
    await town.elsewhere('bolat', ...put(mine.id, { kind: 'lamp' }));
    await town.status(201, 'bolat', 'POST', '/api/v1/things', { key: 'BW-2', kind: 'bin', zone: west });
    await town.elsewhere('bolat', 'POST', '/api/v1/things', { key: 'BE-2', kind: 'bin', zone: east });
    await town.elsewhere('bolat', 'DELETE', `/api/v1/things/${other.id}`);
    await town.status(201, 'bolat', 'POST', `/api/v1/things/${mine.id}/token`);
    await town.elsewhere('bolat', 'POST', `/api/v1/things/${other.id}/token`);

    const file = (...rows) => ['POST', '/api/v1/things/import?format=csv', ['key,kind,zone,datastream', ...rows, ''].join('\n')];
    equal((await town.status(200, 'bolat', ...file('BW-3,bin,west,fill_level'))).created, 1, 'a file of what is his');
    const mixed = await town.status(400, 'bolat', ...file('BW-4,bin,west,fill_level', 'BE-1,bin,west,', 'BE-4,bin,east,'));
    check(mixed.problems.length >= 2 && mixed.problems.every((line) => /BE-[14]/.test(line)), `what is not his is named: ${mixed.problems}`);
    const stream = await town.status(400, 'bolat', ...file('BE-1,bin,east,fill_level'));
    check(/BE-1, datastream fill_level/.test(stream.problems[0]), `nor datastreams of others: ${stream.problems}`);
    const zones = await town.status(400, 'bolat', 'POST', '/api/v1/things/import?format=csv', 'key,kind,zone,zone_name_kk,zone_name_ru,zone_name_en\nBW-5,bin,west,А,Б,В\n');
    check(/zones/.test(zones.problems[0]), `nor zones: ${zones.problems}`);
    const keys = (await town.server.get('/api/v1/things', town.admin)).things.map(({ key }) => key);
    equal(['BW-3', 'BW-4', 'BE-4', 'BW-5'].map((key) => keys.includes(key)), [true, false, false, false], 'and nothing of such a file is taken');
    await town.stop();
  },

  "a gateway's credential needs the right for all that is behind it": async () => {
    const town = await new ZonedTown().start('gateway');
    const { west, east } = town.zone;
    await town.person('bolat', 'viewer', [{ role: 'engineer', zone: west }]);
    const gateway = await town.thing('G-1', { kind: 'gateway', zone: west });
    await town.thing('BW-1', { kind: 'bin', zone: west, gateway: gateway.id });
    await town.status(201, 'bolat', 'POST', `/api/v1/things/${gateway.id}/token`);
    await town.thing('BE-1', { kind: 'bin', zone: east, gateway: gateway.id });
    await town.elsewhere('bolat', 'POST', `/api/v1/things/${gateway.id}/token`);
    await town.stop();
  },

  'a device is claimed as what one has the right for': async () => {
    const town = await new ZonedTown().start('claims');
    const { west, east } = town.zone;
    await town.person('bolat', 'viewer', [{ role: 'engineer', zone: west, kind: 'bin' }]);
    await town.thing('BE-1', { kind: 'bin', zone: east });
    const provisioning = token(town.data, 'provisioning');
    const client = mqtt.connect(`mqtt://${town.server.mqtt}`, { username: provisioning, clientId: 'box', reconnectPeriod: 0 });
    await new Promise((done, failed) => client.on('connect', done).on('error', failed));
    await client.publishAsync('v1/devices/me/telemetry', JSON.stringify({ fill_level: 3 }), { qos: 1 });
    await client.endAsync();
    const { id } = (await until('the device waits', async () => (await town.server.get('/api/v1/unclaimed', town.admin)).devices[0] && town.server.get('/api/v1/unclaimed', town.admin))).devices[0];
    const claim = (body) => ['POST', `/api/v1/unclaimed/${id}/claim`, body];
    await town.elsewhere('bolat', ...claim({ kind: 'bin', zone: east }));
    await town.elsewhere('bolat', ...claim({ kind: 'lamp', zone: west }));
    await town.elsewhere('bolat', ...claim({ kind: 'bin' }));
    await town.elsewhere('bolat', ...claim({ key: 'BE-1', kind: 'bin', zone: west }));
    await town.elsewhere('bolat', 'DELETE', `/api/v1/unclaimed/${id}`);
    equal((await town.status(200, 'bolat', ...claim({ kind: 'bin', zone: west }))).zone, west, 'claimed');
    await town.stop();
  },

  'a rule needs the right for all that it speaks of, before and after': async () => {
    const town = await new ZonedTown().start('rules');
    await town.person('bolat', 'viewer', [{ role: 'engineer', kind: 'bin' }]);
    await town.person('west', 'viewer', [{ role: 'engineer', zone: town.zone.west }]);
    const rule = { name: { kk: 'а', ru: 'б', en: 'c' }, property: 'fill_level', comparison: '>', limit: 50, clear: 40, severity: 4 };
    await town.status(200, 'bolat', 'PUT', '/api/v1/rules/half_full', { ...rule, kind: 'bin' });
    await town.elsewhere('bolat', 'PUT', '/api/v1/rules/half_full', { kind: 'lamp' });
    await town.elsewhere('bolat', 'PUT', '/api/v1/rules/half', rule);
    await town.elsewhere('bolat', 'PUT', '/api/v1/rules/battery_low', { kind: 'bin' });
    await town.elsewhere('west', 'PUT', '/api/v1/rules/half_full', { limit: 99 });
    await town.elsewhere('west', 'DELETE', '/api/v1/rules/half_full');
    await town.status(200, 'west', 'PUT', '/api/v1/rules/half_west', { ...rule, kind: 'bin', zone: 'west' });
    await town.elsewhere('west', 'PUT', '/api/v1/rules/half_soon', { ...rule, kind: 'bin', zone: 'not_there_yet' });
    await town.status(204, 'bolat', 'DELETE', '/api/v1/rules/half_full');
    // What an edit made smaller must not become large again by who has the small part only.
    await town.status(200, 'admin', 'PUT', '/api/v1/rules/battery_low', { kind: 'bin' });
    await town.elsewhere('bolat', 'DELETE', '/api/v1/rules/battery_low');
    await town.status(200, 'bolat', 'PUT', '/api/v1/rules/battery_low', { limit: 12 });
    await town.stop();
  },
});
