// Who is signed in, and how that ends: lists, revoking (with the live streams), the next operator at a screen, the second
// factor from the policy to the lost telephone, passwords, lock-out.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { Server, scratch, token, run, check, equal, cases, qala, until } from './lib.mjs';

const password = 'a long walk in the snow';

async function town(name, settings = '', users = { boss: 'admin', aigul: 'operator', berik: 'operator' }) {
  const data = scratch(`sessions-${name}`);
  const config = `${data}.toml`;
  writeFileSync(config, settings);
  process.on('exit', () => rmSync(config, { force: true }));
  for (const [user, role] of Object.entries(users)) {
    execFileSync(qala, ['user', 'add', '--data', data, '--config', config, '--name', user, '--role', role, '--language', 'en'], { input: `${password}\n` });
  }
  const admin = token(data, 'admin');
  const server = await new Server(data, { args: ['--config', config] }).start();
  return { data, config, admin, server };
}
// A browser: its cookie, and the token against forged requests.
class Screen {
  constructor(server, agent = 'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/128.0') {
    Object.assign(this, { server, agent, cookie: '', csrf: '' });
  }
  async ask(method, path, body) {
    const headers = { 'user-agent': this.agent, ...(this.cookie && { cookie: this.cookie }), ...(this.csrf && { 'x-qala-csrf': this.csrf }) };
    const answer = await this.server.request(method, `/api/v1${path}`, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
    for (const line of answer.headers['set-cookie'] ?? []) this.cookie = line.split(';')[0];
    if (answer.status < 300 && answer.text && answer.json.csrf) this.csrf = answer.json.csrf;
    return answer;
  }
  async signIn(user, secret = password) {
    return this.ask('POST', '/session', { user, password: secret });
  }
  code(answer) {
    return `${answer.status} ${answer.status < 400 ? '' : answer.json.error.code}`.trim();
  }
  // The live stream; `closed` gives the code it was closed with.
  async stream(headers = { cookie: this.cookie, origin: `http://${this.server.http}` }, query = '') {
    const socket = new WebSocket(`ws://${this.server.http}/api/v1/stream${query}`, { headers });
    const closed = new Promise((done) => socket.addEventListener('close', (event) => done(event.code)));
    await new Promise((done, failed) => {
      socket.addEventListener('message', done, { once: true });
      socket.addEventListener('error', () => failed(new Error('no stream')), { once: true });
    });
    return { socket, closed };
  }
}
async function signedIn(server, user) {
  const screen = new Screen(server);
  const answer = await screen.signIn(user);
  equal(answer.status, 200, `${user} signs in: ${answer.text}`);
  return screen;
}

await cases({
  'the own sessions are listed and ended, with their live streams': async () => {
    const { server, data } = await town('list');
    const mine = await signedIn(server, 'aigul');
    const other = await signedIn(server, 'aigul');
    const his = await signedIn(server, 'berik');
    const boss = await signedIn(server, 'boss');
    const list = (await mine.ask('GET', '/sessions')).json.sessions;
    equal(list.map((one) => [one.user.name, one.browser, one.from, one.method, one.current]), [
      ['aigul', 'Firefox 128, Windows', '127.0.0.1', 'password', true], ['aigul', 'Firefox 128, Windows', '127.0.0.1', 'password', false]], 'only the own');
    equal((await boss.ask('GET', '/sessions')).json.sessions.length, 4, 'an administrator sees all');
    const foreign = (await his.ask('GET', '/sessions')).json.sessions[0].id;
    equal(mine.code(await mine.ask('DELETE', `/sessions/${foreign}`)), '404 session.not_found', 'nobody ends a stranger');
    const stream = await other.stream();
    const stays = await mine.stream();
    equal((await mine.ask('DELETE', `/sessions/${list[1].id}`)).status, 204, 'ended');
    equal(await stream.closed, 4401, 'its stream is closed');
    equal(other.code(await other.ask('GET', '/session')), '401 session.none', 'and it is none any more');
    equal(stays.socket.readyState, WebSocket.OPEN, 'the other stream lives');
    const third = await signedIn(server, 'aigul');
    equal((await mine.ask('DELETE', '/sessions')).json, { ended: 1 }, 'all others');
    equal((await third.ask('GET', '/session')).status, 401, 'ended too');
    equal((await boss.ask('DELETE', `/sessions/${foreign}`)).status, 204, 'an administrator ends everybody');
    equal((await his.ask('GET', '/session')).status, 401, 'he is out');
    // from outside: a token that is withdrawn, a user that is removed
    const reading = token(data, 'read');
    const wall = await mine.stream({}, `?p=${reading}`);
    const id = run('token', 'list', '--data', data).split('\n').find((line) => line.includes(' read ')).trim().split(/\s+/)[0];
    run('token', 'revoke', '--data', data, '--id', id);
    equal(await wall.closed, 4401, 'a withdrawn token shows nothing more');
    run('user', 'remove', '--data', data, '--name', 'aigul');
    equal(await stays.closed, 4401, 'nor does a removed user see anything');
    await server.stop();
  },

  'the next operator takes the place, wrong passwords take nothing': async () => {
    const { server, admin } = await town('next');
    const screen = await signedIn(server, 'aigul');
    const before = screen.cookie;
    const wrong = await screen.signIn('berik', 'not his password');
    equal(screen.code(wrong), '401 session.wrong_password', 'not him');
    equal((await screen.ask('GET', '/session')).json.user.name, 'aigul', 'she is still there');
    const next = await screen.signIn('berik');
    equal(next.json.user.name, 'berik', 'the next one');
    const old = new Screen(server);
    old.cookie = before;
    equal((await old.ask('GET', '/session')).status, 401, 'the session before has ended');
    equal((await server.get('/api/v1/sessions', admin)).sessions.map((one) => one.user.name), ['berik'], 'one browser, one session');
    const entries = (await server.get('/api/v1/audit?limit=10', admin)).entries.filter((one) => one.action.startsWith('session.')).map((one) => `${one.actor} ${one.action}`);
    check(entries.includes('user aigul session.ended') && entries.includes('user berik session.opened'), `both are in the audit chain: ${entries}`);
    await server.stop();
  },

  'a required second factor opens nothing before it is there': async () => {
    const { server, data, config } = await town('totp', '[sign_in]\ntotp_from = "operator"\nfailures = 3\n');
    const screen = await signedIn(server, 'aigul');
    equal((await screen.ask('GET', '/session')).json.must_enrol, true, 'it is due');
    for (const [method, path] of [['GET', '/things'], ['GET', '/alarms'], ['GET', '/sessions'], ['GET', '/health'], ['POST', '/shift'], ['PUT', '/session/password']]) {
      equal(screen.code(await screen.ask(method, path, method === 'GET' ? undefined : {})), '403 session.must_enrol', `${method} ${path}`);
    }
    await screen.stream().then(() => { throw new Error('a stream was opened'); }, () => {});
    const offered = (await screen.ask('POST', '/session/totp', {})).json;
    const app = new TOTP({ secret: Secret.fromBase32(offered.secret) });
    check(offered.uri.startsWith('otpauth://totp/Qala%20') && offered.uri.includes(`secret=${offered.secret}&issuer=Qala%20`), `for the QR code: ${offered.uri.replace(offered.secret, '…')}`);
    equal(screen.code(await screen.ask('POST', '/session/totp/confirm', { code: '000000' })), '403 totp.wrong_code', 'not a code of it');
    const used = app.generate();
    const { recovery } = (await screen.ask('POST', '/session/totp/confirm', { code: used })).json;
    equal([recovery.length, new Set(recovery).size], [10, 10], 'ten recovery codes');
    equal((await screen.ask('GET', '/things')).status, 200, 'now it opens');
    equal(statSync(join(data, 'second-factor.key')).mode & 0o077, 0, 'the key is the server\'s alone');

    const again = new Screen(server);
    const begun = await again.signIn('aigul');
    equal([Object.keys(begun.json), again.cookie], [['second_step'], ''], 'the password alone gives no session');
    const ticket = begun.json.second_step;
    equal(again.code(await again.ask('POST', '/session/second', { ticket, code: used })), '401 session.wrong_code', 'a code is good once');
    equal((await again.ask('POST', '/session/second', { ticket, code: app.generate({ timestamp: Date.now() + 30_000 }) })).json.method, 'totp', 'the next one');

    // a thief who knows the password
    const thief = new Screen(server);
    for (let n = 0; n < 3; n++) {
      const second = (await thief.signIn('aigul')).json.second_step;
      equal((await thief.ask('POST', '/session/second', { ticket: second, code: '000000' })).status, 401, `try ${n}`);
    }
    equal(thief.code(await thief.signIn('aigul')), '429 session.locked', 'wrong codes lock, though the password is right');

    // removed by himself: not while it is required; by the command line, for a lost telephone
    equal(again.code(await again.ask('POST', '/session/totp/remove', { password, code: recovery[0] })), '429 session.locked', 'not even the right one, now');
    run('user', 'totp-reset', '--data', data, '--name', 'aigul');
    await until('a reset ends the sessions', async () => (await again.ask('GET', '/session')).status === 401); // the command line's changes are seen within a second
    check(/aigul/.test(run('user', 'list', '--data', data)), 'the user is still there');
    equal(config.length > 0, true, 'configured');
    await server.stop();
  },

  'a second factor can be added and removed by who wants it, and survives a backup': async () => {
    const { server, data, admin } = await town('want');
    const screen = await signedIn(server, 'aigul');
    equal(screen.code(await screen.ask('POST', '/session/totp', { password: 'not hers' })), '403 account.wrong_password', 'an open screen is not enough');
    const offered = (await screen.ask('POST', '/session/totp', { password })).json;
    const app = new TOTP({ secret: Secret.fromBase32(offered.secret) });
    const { recovery } = (await screen.ask('POST', '/session/totp/confirm', { code: app.generate() })).json;
    equal(screen.code(await screen.ask('POST', '/session/totp', { password })), '409 totp.exists', 'once');
    equal(screen.code(await screen.ask('POST', '/session/totp/recovery', { password, code: 'zzzzz-zzzzz' })), '403 session.wrong_code', 'codes are for who has the telephone');
    const renewed = (await screen.ask('POST', '/session/totp/recovery', { password, code: recovery[0] })).json.recovery;
    equal(renewed.length, 10, 'new ones');
    run('backup', '--data', data, '--to', join(data, '..', `${data.split('/').pop()}-copy`));
    const copy = join(data, '..', `${data.split('/').pop()}-copy`);
    const restored = scratch('sessions-restored');
    run('restore', '--from', copy, '--data', restored);
    rmSync(copy, { recursive: true });
    check(existsSync(join(restored, 'second-factor.key')), 'the key is in the backup');
    check(!readFileSync(join(restored, 'town.db')).includes(offered.secret), 'the secret is not in town.db');
    const there = await new Server(restored).start();
    const far = new Screen(there);
    const { second_step: ticket } = (await far.signIn('aigul')).json;
    equal((await far.ask('POST', '/session/second', { ticket, code: renewed[1] })).status, 200, 'the restored town knows the codes');
    equal((await far.ask('POST', '/session/totp/remove', { password, code: app.generate({ timestamp: Date.now() + 30_000 }) })).status, 204, 'and the telephone');
    equal((await far.ask('GET', '/session')).json.user.second_factor, false, 'removed by herself');
    await there.stop();
    const id = (await server.get('/api/v1/users', admin)).users.find((user) => user.name === 'aigul').id;
    equal((await server.request('DELETE', `/api/v1/users/${id}/totp`, { token: admin })).status, 204, 'an administrator resets it');
    equal((await screen.ask('GET', '/session')).status, 401, 'which ends her sessions');
    equal(screen.code(await screen.signIn('aigul')), '200', 'the password is enough again');
    await server.stop();
  },

  'who signs in as many at once leaves room for others': async () => {
    const { server } = await town('many');
    const guesses = Array.from({ length: 60 }, (_, n) => new Screen(server).signIn(`nobody-${n}`, 'a guess'));
    const answers = (await Promise.all(guesses)).map((one) => [one.status, one.headers['retry-after']].join(' ').trim());
    equal([...new Set(answers)].sort(), ['401', '503 1'], 'checked, or told to come again');
    await signedIn(server, 'aigul');
    await server.stop();
  },

  'passwords are long, and not what everybody tries first': async () => {
    const { server, data, config } = await town('passwords', '[town]\nname_en = "Greenfield"\n[sign_in]\nleast_length = 12\nfailures = 2\nfirst_wait_s = 30\n');
    equal((await server.get('/api/v1/sign-in')).least_length, 12, 'the page knows');
    const screen = await signedIn(server, 'aigul');
    const other = await signedIn(server, 'aigul');
    const change = async (fresh, old = password) => screen.code(await screen.ask('PUT', '/session/password', { old, password: fresh }));
    equal(await change('eleven char'), '400 password.too_short', 'too short');
    equal(await change('greenfield12'), '400 password.town_name', 'the town');
    equal(await change('aigul aigul aigul'), '400 password.user_name', 'the user');
    equal(await change('password12345'), '400 password.common', 'well known');
    equal(await change('a walk by the river', 'not hers'), '403 account.wrong_password', 'the old one is asked for');
    equal(await change('a walk by the river'), '204', 'changed');
    equal([(await screen.ask('GET', '/session')).status, (await other.ask('GET', '/session')).status], [200, 401], 'the others end');
    for (let n = 0; n < 2; n++) equal(await change('a walk in the hills', 'guess'), '403 account.wrong_password', 'guessing');
    const locked = await screen.ask('PUT', '/session/password', { old: 'a walk by the river', password: 'a walk in the hills' });
    equal([locked.status, Number(locked.headers['retry-after']) > 20], [429, true], 'guessing locks here as well');
    const refused = (() => { try { execFileSync(qala, ['user', 'add', '--data', data, '--config', config, '--name', 'x', '--role', 'viewer'], { input: 'greenfield12\n', stdio: 'pipe' }); return ''; } catch (error) { return error.stderr.toString(); } })();
    check(refused.includes("town's name"), `the command line has the same rules: ${refused}`);
    await server.stop();
  },
});
