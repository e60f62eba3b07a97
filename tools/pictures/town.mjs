// The town that is photographed: the living demo town on its evening, with people who have worked in it for a while.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, qalaSim, root, scratch, token, until } from '../../tests/node/lib.mjs';
import { certificate, hookServer, mailServer } from '../../tests/node/receivers.mjs';

export const password = 'a long walk in the snow';
const screens = join(root, 'web/dist');
const args = existsSync(join(screens, 'control/index.html')) ? ['--web', screens] : [];

async function session(server, user) {
  const answer = await server.request('POST', '/api/v1/session', { body: JSON.stringify({ user, password }) });
  return { cookie: answer.headers['set-cookie'][0].split(';')[0], 'x-qala-csrf': answer.json.csrf };
}

// As a person, or with a token; what is refused stops the tool.
async function send(server, who, method, path, body) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await server.request(method, path, { ...(typeof who === 'string' ? { token: who } : { headers: who }), body: text });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? answer.json : null;
}

// A server before its first hour; a second factor is due for its administrator.
export async function emptyTown() {
  const data = scratch('pictures-empty');
  const config = join(scratch('pictures-config'), 'qala.toml');
  writeFileSync(config, '[sign_in]\ntotp_from = "admin"\n');
  const server = await new Server(data, { args: [...args, '--config', config] }).start();
  return { server, address: `http://${server.http}`, link: readFileSync(join(data, 'setup-link'), 'utf8').trim() };
}

export async function livingTown() {
  const data = scratch('pictures');
  const admin = token(data, 'admin', 'demo town');
  // Its name is on the page of the system: nothing of this machine.
  const backups = mkdtempSync(join(tmpdir(), 'qala-backups-'));
  process.on('exit', () => rmSync(backups, { recursive: true, force: true }));
  const keys = certificate(data);
  const [mail, hook] = [await mailServer(keys, { user: 'qala', password: 'secret' }), await hookServer()];
  writeFileSync(join(data, 'mail-password'), 'secret\n');
  const config = join(scratch('pictures-config'), 'qala.toml');
  writeFileSync(config, `[mail]\nhost = "localhost"\nport = ${mail.port}\nuser = "qala"\npassword_file = "${join(data, 'mail-password')}"\nfrom = "qala@ushozek.kz"\nca_file = "${keys.file}"\n[notify]\nallow_private = ["127.0.0.1/32"]\n`);
  const server = await new Server(data, { args: [...args, '--config', config], env: { QALA_BACKUP_FOLDER: backups } }).start();
  const address = `http://${server.http}`;
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '22', '--scenario', 'evening', '--cameras', '16'], { stdio: 'ignore' });
  process.on('exit', () => sim.kill('SIGKILL'));
  const ask = (who, ...rest) => send(server, who, ...rest);
  const code = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim()).searchParams.get('code');
  await ask({ origin: address }, 'POST', '/api/v1/setup', { code, user: 'asem', password, language: 'kk' });
  const open = async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms;
  await until('the evening has its alarms', async () => new Set((await open()).map(({ severity }) => severity)).size >= 4, 600);
  const { things, zones } = await server.get('/api/v1/things', admin);
  const town = { server, sim, data, admin, address, things, zones, open, mail, hook, read: token(data, 'read', 'wall') };
  town.ask = ask;
  town.session = (user) => session(server, user);
  town.thing = (key) => things.find((thing) => thing.key === key) ?? things.find((thing) => thing.name === key);
  await people(town);
  await evening(town);
  await lorawan(town);
  await warnings(town);
  await cameras(town);
  return town;
}

// Makers' devices: two that are known, one that is not, with what they said in the last hours.
async function lorawan(town) {
  const { ask, admin } = town;
  const thermometer = `// Milesight EM300-TH: temperature in tenths of a degree, humidity in half per cent.
function decodeUplink(input) {
  var b = input.bytes;
  return {
    data: { temperature: ((b[2] | (b[3] << 8)) << 16 >> 16) / 10, humidity: b[6] / 2 },
    warnings: b[6] > 200 ? ['humidity out of range'] : [],
  };
}
`;
  const level = 'function decodeUplink(input) {\n  return { data: { distance: input.bytes[0] << 8 | input.bytes[1] } };\n}\n';
  const codec = await ask(admin, 'POST', '/api/v1/codecs', { name: 'Milesight EM300', script: thermometer });
  const other = await ask(admin, 'POST', '/api/v1/codecs', { name: 'Dragino LDDS75', script: level });
  const profile = (name, maker, model, decoder, fields) => ask(admin, 'POST', '/api/v1/device-profiles', { name, maker, model, decoder: { kind: 'codec', codec: decoder.id }, fields });
  const attics = await profile('Шатыр асты', 'Milesight', 'EM300-TH', codec, [
    { path: 'data.temperature', datastream: 'temperature', property: 'temperature', unit: '°C' },
    { path: 'data.humidity', datastream: 'humidity', property: 'humidity', unit: '%' },
  ]);
  await profile('Снег на крышах', 'Dragino', 'LDDS75', other, [{ path: 'data.distance', datastream: 'distance', property: 'distance', unit: 'mm' }]);
  const { token: hook } = await ask(admin, 'POST', '/api/v1/tokens', { name: 'chirpstack', scope: 'ingest' });
  const devices = [['24e124136b502201', '№2 мектеп, шатыр асты'], ['24e124136b502202', 'Мәдениет үйі, шатыр асты'], ['a84041c2d1826e11', 'LDDS75']];
  const now = Date.now();
  for (let step = 12; step > 0; step--) {
    for (const [place, [devEui, deviceName]] of devices.entries()) {
      const tenths = -84 + 9 * place + step;
      const bytes = [3, 103, tenths & 255, (tenths >> 8) & 255, 4, 104, 118 + place];
      await ask(hook, 'POST', '/api/v1/lorawan/chirpstack?event=up', {
        deduplicationId: `${devEui}-${step}`, time: new Date(now - step * 600_000).toISOString(), deviceInfo: { applicationId: 'roofs', deviceName, devEui },
        devAddr: '00189440', fCnt: 40 - step, fPort: 85, data: Buffer.from(bytes).toString('base64'), rxInfo: [{ gatewayId: 'g', rssi: -97 - 6 * place, snr: 6.5 - place }],
        txInfo: { modulation: { lora: { spreadingFactor: 9 } } },
      });
    }
  }
  for (const [dev_eui, name] of devices.slice(0, 2)) await ask(admin, 'PUT', `/api/v1/lorawan/devices/${dev_eui}`, { profile: attics.id, thing: null, name });
}

// One that two people have put out, and a draft; both with the words that templates bring.
async function warnings(town) {
  const { ask } = town;
  const [asem, dana] = await Promise.all(['asem', 'dana'].map(town.session));
  const { templates } = await ask(asem, 'GET', '/api/v1/warnings/setup');
  const draft = (hazard) => {
    const { hours, event, ...words } = templates.find((one) => one.hazard === hazard);
    return ask(asem, 'POST', '/api/v1/warnings', { ...words, expires: Date.now() + hours * 3_600_000 });
  };
  const { id } = await draft('frost');
  await ask(dana, 'POST', `/api/v1/warnings/${id}/approve`, { revision: 1 });
  await ask(asem, 'POST', `/api/v1/warnings/${id}/publish`, { revision: 1 });
  town.warning = id;
  town.draft = (await draft('water')).id;
}

// They live, and a minute of them is recorded.
async function cameras(town) {
  const all = async () => (await town.server.get('/api/v1/cameras', town.admin)).cameras.filter(({ main }) => main);
  town.cameras = await until('the cameras live', async () => { const list = await all(); return list.length >= 16 && list.every(({ state }) => state === 'live') && list; }, 300);
  await until('a minute is recorded', async () => {
    const { spans } = await town.server.get(`/api/v1/cameras/${town.cameras[0].id}/recordings`, town.admin);
    return spans.length && spans.at(-1).to - spans[0].from > 60_000;
  }, 180);
}

async function people(town) {
  const { ask, admin, zones } = town;
  await ask(admin, 'POST', '/api/v1/users', { name: 'dana', role: 'operator', language: 'kk', password });
  await ask(admin, 'POST', '/api/v1/users', { name: 'bolat', role: 'engineer', language: 'ru', password });
  await ask(admin, 'POST', '/api/v1/users', { name: 'saule', role: 'viewer', language: 'kk', password, grants: [{ role: 'operator', zone: zones[0].id }] });
  town.welcome = (await ask(admin, 'POST', '/api/v1/users', { name: 'marat', role: 'operator', language: 'ru' })).link.path;
  for (const [name, scope] of [['water meters of the region', 'provisioning'], ['evening report', 'read'], ['street lighting', 'ingest']]) await ask(admin, 'POST', '/api/v1/tokens', { name, scope });
  const asem = await town.session('asem');
  const recipient = (fields) => ask(asem, 'POST', '/api/v1/notifications/recipients', fields);
  await recipient({ name: 'Диспетчерская района', channel: 'webhook', address: town.hook.url, language: 'ru', severities: [1, 2] });
  const mail = await recipient({ name: 'Жылу торабының инженері', channel: 'mail', address: 'engineer@ushozek.kz', language: 'kk', severities: [1, 2, 3] });
  await ask(asem, 'POST', `/api/v1/notifications/recipients/${mail.recipient.id}/test`);
  const first = town.things.filter(({ kind }) => kind === 'air_station').sort((a, b) => a.key.localeCompare(b.key))[0];
  const view = (name, page, address, shared = false) => ask(asem, 'POST', '/api/v1/views', { name, page, address, shared });
  await view('Ауа, кешегімен салыстыру', 'compare', `/control/compare?s=${first.datastreams[0].id}&r=h24&back=1`, true);
  await view('Жауапсыз дабылдар', 'alarms', '/control/alarms');
  await view('Түнгі көрініс', 'overview', '/control/overview');
  const provisioning = await ask(admin, 'POST', '/api/v1/tokens', { name: 'new devices', scope: 'provisioning' });
  const rows = ['bin-new-01 fill_level=43', 'bin-new-02 fill_level=71', 'meter-4711 volume=182.4'].map((row) => row.split(' '));
  await ask(provisioning.token, 'POST', '/api/v2/write?precision=ms', rows.map(([thing, value]) => `telemetry,thing=${thing} ${value} ${Date.now()}`).join('\n')).catch(() => {});
}

// Some alarms are answered, some put aside; the shift has changed hands once.
async function evening(town) {
  const { ask } = town;
  const [asem, dana, bolat] = await Promise.all(['asem', 'dana', 'bolat'].map(town.session));
  await ask(dana, 'POST', '/api/v1/shift');
  await ask(dana, 'POST', '/api/v1/shift/entries', { text: 'ЖП-3-ке жылу бригадасы шықты, шамамен бір сағаттан кейін жетеді' });
  await ask(dana, 'POST', '/api/v1/shift/entries', { text: 'На Школьной темно, электрики знают' });
  const all = (await town.open()).filter(({ cause }) => !cause);
  const lesser = all.filter(({ severity }) => severity >= 3);
  const act = (who, alarm, what, body) => alarm && ask(who, 'POST', `/api/v1/alarms/${alarm.id}/${what}`, body).catch(() => null);
  await act(asem, lesser.at(-1), 'shelve', { minutes: 120, reason: 'қоқыс көлігі жолда' });
  await act(asem, lesser.at(-2), 'shelve', { minutes: 60, reason: 'вывезут утром' });
  if (lesser.at(-3)) await ask(bolat, 'PUT', `/api/v1/out-of-service/${lesser.at(-3).rule}/${lesser.at(-3).thing}`, { reason: 'датчик снят на поверку' }).catch(() => null);
  const high = all.filter(({ severity }) => severity === 2);
  await act(dana, high[0], 'comments', { text: 'бригада жолда' });
  if (high[0]) await ask(dana, 'PUT', `/api/v1/alarms/${high[0].id}/assignee`, { assignee: 'bolat' });
  await act(dana, high[1], 'acknowledge', {});
  await act(asem, lesser[0], 'acknowledge', {});
  await ask(dana, 'POST', '/api/v1/shift/offer', { note: 'ЖП-3 әлі салқын; көшедегі шам сөніп тұр' });
  for (let left = 10; left > 0; left--) {
    const { open } = await ask(asem, 'GET', '/api/v1/shift');
    const taken = await ask(asem, 'POST', '/api/v1/shift/accept', { seen: open.digest }).catch(() => null);
    if (taken) break;
  }
  await ask(asem, 'POST', '/api/v1/shift/entries', { text: 'Бригада ЖП-3-те: сорғы ауыстырылуда' }).catch(() => null);
}
