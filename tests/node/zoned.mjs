// A town of two zones with people who may do different things in it; who they are and what they send.
import { Server, scratch, token, check, equal, until } from './lib.mjs';
import { addDevice, addThing } from './town.mjs';

export const password = 'warm rooms 12';
const csv = ['key,kind,zone,zone_name_kk,zone_name_ru,zone_name_en', 'W-0,other,west,Батыс,Запад,West', 'E-0,other,east,Шығыс,Восток,East', ''].join('\n');

export class ZonedTown {
  async start(name) {
    this.data = scratch(name);
    this.admin = token(this.data, 'admin');
    this.server = await new Server(this.data).start();
    equal((await this.ask('admin', 'POST', '/api/v1/things/import?format=csv', csv)).status, 200, 'two zones');
    const { zones } = await this.server.get('/api/v1/things', this.admin);
    this.zone = Object.fromEntries(zones.map(({ key, id }) => [key, id]));
    this.sessions = {};
    return this;
  }

  // Makes a user who signs in at once.
  async person(name, role, grants = []) {
    const made = await this.ask('admin', 'POST', '/api/v1/users', { name, role, grants, password, language: 'en' });
    equal(made.status, 201, `the user ${name}: ${made.text}`);
    await this.signIn(name);
    return made.json.id;
  }

  async signIn(name, secret = password) {
    const answer = await this.server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: name, password: secret }) });
    if (answer.status === 200) this.sessions[name] = { cookie: answer.headers['set-cookie'][0].split(';')[0], csrf: answer.json.csrf };
    return answer;
  }

  // As that user; "admin" is a token of scope admin.
  ask(who, method, path, body) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    if (who === 'admin') return this.server.request(method, path, { token: this.admin, body: text });
    const { cookie, csrf } = this.sessions[who];
    return this.server.request(method, path, { headers: { cookie, 'x-qala-csrf': csrf }, body: text });
  }

  async status(expected, who, method, path, body) {
    const answer = await this.ask(who, method, path, body);
    equal(answer.status, expected, `${who}: ${method} ${path} ${JSON.stringify(body) ?? ''}: ${answer.text}`);
    return answer.text ? answer.json : null;
  }

  // Refused because the right is for another part of the town, not for another reason.
  async elsewhere(who, method, path, body) {
    equal((await this.status(403, who, method, path, body)).error.code, 'session.elsewhere', `${who}: ${method} ${path}`);
  }

  // A full bin in that zone, with its open alarm.
  async fullBin(key, zone) {
    const bin = await addDevice(this.server, this.admin, { key, kind: 'bin', zone: this.zone[zone] });
    await this.server.request('POST', `/api/v1/${bin.token}/telemetry`, { body: JSON.stringify({ fill_level: 97 }) });
    bin.alarm = await until(`${key} raises an alarm`, async () =>
      (await this.server.get('/api/v1/alarms?state=open', this.admin)).alarms.find((alarm) => alarm.thing === bin.id && alarm.rule === 'bin_full')?.id);
    return bin;
  }

  // A camera in that zone, of which nothing comes.
  async camera(key, zone) {
    const made = await this.status(201, 'admin', 'POST', '/api/v1/cameras', { key, name: key, zone: this.zone[zone], main: { url: 'rtsp://127.0.0.1:9/none' } });
    return { zone: this.zone[zone], kind: 'camera', id: made.id };
  }

  thing(key, fields) {
    return addThing(this.server, this.admin, { key, ...fields });
  }

  async stop() {
    equal(await this.server.stop(), 0, 'SIGTERM');
    check(true, 'stopped');
  }
}
