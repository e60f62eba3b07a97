// Sign-in at a real identity provider, and everything a hostile one, a thief of codes or a lost network would try.
import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, run, check, equal, until, cases } from './lib.mjs';
import { Identity, Visitor, claimsOf, signed, signedByPublicKey, unsigned } from './identity.mjs';
import { generateKeyPairSync } from 'node:crypto';

const people = {
  's-aigul': { preferred_username: 'aigul', groups: ['control-room', 'choir'], locale: 'ru-KZ' },
  's-boss': { preferred_username: 'boss', groups: ['town-it'] },
  's-guest': { preferred_username: 'guest', groups: ['choir'] },
  's-admin': { preferred_username: 'admin', groups: ['town-it'] },
};
const password = 'a long walk in the snow';

// A town, its provider, a local administrator.
async function town(name, keys = {}) {
  const identity = await new Identity(structuredClone(people)).start();
  const data = scratch(`oidc-${name}`);
  const secret = join(data, 'secret');
  const settings = { issuer: identity.issuer, client_id: 'qala', client_secret_file: secret, roles_claim: 'groups', operators: 'control-room', admins: 'nobody, town-it', create_users: true, ...keys };
  const config = `${data}.toml`;
  writeFileSync(config, '[oidc]\n' + Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join(''));
  const admin = token(data, 'admin');
  writeFileSync(secret, 'a secret of the test\n');
  const server = await new Server(data, { args: ['--config', config] }).start();
  const address = `http://${server.http}`;
  identity.serve(address);
  const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
  const made = await server.request('POST', '/api/v1/setup', { body: JSON.stringify({ code: link.searchParams.get('code'), user: 'local', password, language: 'en' }) });
  equal(made.status, 201, `the local administrator: ${made.text}`);
  return { identity, server, data, admin, address, start: `${address}/api/v1/oidc/start?return=/control/shift`,
    async end() { await server.stop(); await identity.stop().catch(() => {}); } };
}
const signedIn = async (visitor, address) => {
  const answer = await visitor.request(`${address}/api/v1/session`);
  return answer.status === 200 ? answer.json() : null;
};
// The end of a sign-in that must fail: why, as the page is told, and nobody is signed in.
async function refused(visitor, address, url, why, what) {
  const answer = await visitor.request(url);
  equal([answer.status, answer.headers.get('location')], [302, `/control/?problem=${why}`], what);
  equal(visitor.cookie(address, 'qala_session'), undefined, `${what}: no session`);
}

await cases({
  'people come in with the role of their groups, and go': async () => {
    const { server, address, start, admin, end } = await town('people');
    equal((await server.get('/api/v1/sign-in')).provider.en, "Sign in with the town's account", 'what stands on the button');
    const visitor = new Visitor();
    const back = await visitor.signInAt(start, 's-aigul');
    const flow = await visitor.request(back);
    equal([flow.status, flow.headers.get('location')], [302, '/control/shift'], 'back where it began');
    const session = await signedIn(visitor, address);
    equal([session.user.name, session.user.role, session.user.language, session.method, session.user.provider], ['aigul', 'operator', 'ru', 'provider', true], 'who that is');
    const listed = (await server.get('/api/v1/sessions', admin)).sessions.find((one) => one.user.name === 'aigul');
    equal([listed.browser, listed.from, listed.method], ['Firefox 128, Linux', '127.0.0.1', 'provider'], 'the session in the list');
    const local = await server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: 'aigul', password: 'any password at all' }) });
    equal([local.status, local.json.error.code], [401, 'session.wrong_password'], 'no password here');
    // out: here at once, there by the address that is given
    const out = await visitor.request(`${address}/api/v1/session`, { method: 'DELETE', headers: { 'x-qala-csrf': session.csrf } });
    equal(out.status, 200, 'signed out');
    equal(await signedIn(visitor, address), null, 'the session is gone');
    const page = await visitor.follow((await out.json()).sign_out);
    equal(page.response.status, 200, `the provider's page: ${page.url}`);
    check((await page.response.text()).includes('logout'), 'the provider asks whether to sign out there too');
    await end();
  },

  'the role follows the groups, and who has none has no way in': async () => {
    const { server, identity, address, start, admin, end } = await town('groups');
    const guest = new Visitor();
    await refused(guest, address, await guest.signInAt(start, 's-guest'), 'oidc.no_role', 'a stranger');
    const boss = new Visitor();
    await boss.request(await boss.signInAt(start, 's-boss'));
    equal((await signedIn(boss, address)).user.role, 'admin', 'the highest role counts');
    identity.people['s-boss'].groups = ['control-room'];
    const again = new Visitor();
    await again.request(await again.signInAt(start, 's-boss'));
    equal((await signedIn(again, address)).user.role, 'operator', 'at the next sign-in');
    equal((await signedIn(boss, address)).user.role, 'operator', 'also where he is signed in already');
    equal((await server.get('/api/v1/users', admin)).users.map((user) => user.name).sort(), ['boss', 'local'], 'one user, the same');
    await end();
  },

  'a local user is not taken over, somebody announced is': async () => {
    const { server, data, address, start, end } = await town('announced', { create_users: false });
    run('user', 'add', '--data', data, '--name', 'aigul', '--role', 'operator', '--provider');
    const known = new Visitor();
    await known.request(await known.signInAt(start, 's-aigul'));
    equal((await signedIn(known, address)).user.name, 'aigul', 'the one who was announced');
    const stranger = new Visitor();
    await refused(stranger, address, await stranger.signInAt(start, 's-boss'), 'oidc.unknown_user', 'not announced');
    run('user', 'add', '--data', data, '--name', 'admin', '--role', 'viewer', '--provider');
    await server.request('GET', '/api/v1/session');
    const third = new Visitor();
    await third.request(await third.signInAt(start, 's-admin'));
    equal((await signedIn(third, address)).user.role, 'admin', 'by the groups');
    await end();
  },

  'a code and a state are good once, in the browser that began': async () => {
    const { address, start, end } = await town('once');
    const visitor = new Visitor();
    const back = await visitor.signInAt(start, 's-aigul');
    await refused(new Visitor(), address, back, 'oidc.state', 'a thief with the whole address, in another browser');
    equal((await visitor.request(back)).headers.get('location'), '/control/shift', 'the one who began');
    const again = await visitor.request(back);
    equal(again.headers.get('location'), '/control/?problem=oidc.state', 'a second time');
    // the stolen code in a sign-in of the thief's own: PKCE and the provider refuse it
    const thief = new Visitor();
    const begun = await thief.request(start);
    const stolen = new URL(back);
    stolen.searchParams.set('state', new URL(begun.headers.get('location')).searchParams.get('state'));
    await refused(thief, address, stolen.href, 'oidc.refused', 'the code in another sign-in');
    const victim = new Visitor();
    const unused = new URL(await victim.signInAt(start, 's-aigul'));
    const second = new Visitor();
    unused.searchParams.set('state', new URL((await second.request(start)).headers.get('location')).searchParams.get('state'));
    await refused(second, address, unused.href, 'oidc.refused', 'a fresh code without its verifier');
    await end();
  },

  'tokens that are not for us, not of now, or not signed are refused': async () => {
    const { identity, address, start, end } = await town('tokens');
    const now = () => Math.floor(Date.now() / 1000);
    const stranger = { kid: 'k1', key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
    const lies = {
      'another nonce': (token) => signed(identity.key, { ...claimsOf(token), nonce: 'x' }),
      'another audience': (token) => signed(identity.key, { ...claimsOf(token), aud: 'another program' }),
      'several audiences without azp': (token) => signed(identity.key, { ...claimsOf(token), aud: ['qala', 'another'] }),
      'made for another party': (token) => signed(identity.key, { ...claimsOf(token), azp: 'another' }),
      'another issuer': (token) => signed(identity.key, { ...claimsOf(token), iss: 'https://id.example' }),
      'expired': (token) => signed(identity.key, { ...claimsOf(token), exp: now() - 120 }),
      'of the future': (token) => signed(identity.key, { ...claimsOf(token), iat: now() + 600, exp: now() + 900 }),
      'unsigned': (token) => unsigned(claimsOf(token)),
      'signed with the public key as a secret': (token) => signedByPublicKey(identity.key, claimsOf(token)),
      'signed by somebody else': (token) => signed(stranger, claimsOf(token)),
      'signature cut off': (token) => token.slice(0, token.lastIndexOf('.') + 1),
    };
    for (const [what, lie] of Object.entries(lies)) {
      identity.lie = lie;
      const visitor = new Visitor();
      await refused(visitor, address, await visitor.signInAt(start, 's-aigul'), 'oidc.refused', what);
    }
    identity.lie = (token) => signed(identity.key, claimsOf(token)); // the test's own signing is good
    const honest = new Visitor();
    await honest.request(await honest.signInAt(start, 's-aigul'));
    equal((await signedIn(honest, address)).user.name, 'aigul', 'the same road without a lie');
    await end();
  },

  'rotated keys are fetched, a provider that is gone is said': async () => {
    const { server, identity, address, start, admin, end } = await town('rotate');
    for (const turn of ['k1', 'k2']) {
      const visitor = new Visitor();
      await visitor.request(await visitor.signInAt(start, 's-aigul'));
      equal((await signedIn(visitor, address))?.user.name, 'aigul', `with the key ${turn}`);
      if (turn === 'k1') identity.rotate();
    }
    // gone between the provider's page and ours
    const visitor = new Visitor();
    const back = await visitor.signInAt(start, 's-aigul');
    await identity.stop();
    await refused(visitor, address, back, 'oidc.unreachable', 'nobody answers');
    await until('the health page says so', async () => (await server.get('/api/v1/health', admin)).problems.some((one) => one.code === 'oidc.unreachable'));
    const local = await server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: 'local', password }) });
    equal(local.status, 200, 'passwords work without it');
    await identity.start(identity.port);
    const later = new Visitor();
    await later.request(await later.signInAt(start, 's-aigul'));
    equal((await signedIn(later, address))?.user.name, 'aigul', 'and when it is back');
    await until('the problem is over', async () => !(await server.get('/api/v1/health', admin)).problems.some((one) => one.code === 'oidc.unreachable'));
    await end();
  },

  'nothing leads out of the control room, and no answer of a stranger is shown': async () => {
    const { address, end, server } = await town('return');
    for (const hostile of ['//evil.example', 'https://evil.example', '/control//evil.example', '/api/v1/session']) {
      const visitor = new Visitor();
      const back = await visitor.signInAt(`${address}/api/v1/oidc/start?return=${encodeURIComponent(hostile)}`, 's-aigul');
      equal((await visitor.request(back)).headers.get('location'), '/control/', `back to ${hostile}`);
    }
    const visitor = new Visitor();
    const begun = await visitor.request(`${address}/api/v1/oidc/start`);
    const cookie = begun.headers.getSetCookie().find((line) => line.startsWith('qala_oidc='));
    check(/HttpOnly; SameSite=Lax; Max-Age=600$/.test(cookie) && cookie.includes('Path=/api/v1/oidc'), `the cookie of a begun sign-in: ${cookie.replace(/=.*?;/, '=…;')}`);
    const state = new URL(begun.headers.get('location')).searchParams.get('state');
    await refused(visitor, address, `${address}/api/v1/oidc/callback?state=${state}&error=access_denied&error_description=<script>`, 'oidc.cancelled', 'the person said no');
    equal(new URL((await server.request('GET', '/api/v1/oidc/start')).headers.location).searchParams.get('response_type'), 'code', 'where it begins');
    equal((await server.request('GET', '/api/v1/oidc/callback')).headers.location, '/control/?problem=oidc.state', 'nothing at all');
    await end();
  },
});
