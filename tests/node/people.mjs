// Users, one-time links, locks, tokens, the record of who did what: by API and by command, beside the running server.
import { execFileSync, spawnSync } from 'node:child_process';
import { check, equal, qala, run, token, until, cases } from './lib.mjs';
import { ZonedTown, password } from './zoned.mjs';

const own = 'a snowy road home';
const code = (path) => path.split('#')[1];
const user = async (town, name) => (await town.server.get('/api/v1/users', town.admin)).users.find((one) => one.name === name);

await cases({
  'a new user chooses a password by a link that works once': async () => {
    const town = await new ZonedTown().start('links');
    const made = await town.status(201, 'admin', 'POST', '/api/v1/users', { name: 'saule', role: 'viewer', language: 'ru', grants: [{ role: 'operator', zone: town.zone.west }] });
    check(made.link.path.startsWith('/control/welcome#'), 'the link is for the control room, its code behind the #');
    const given = { code: code(made.link.path) };
    const welcome = (path, body) => town.server.request('POST', `/api/v1/welcome${path}`, { body: JSON.stringify(body) });
    equal((await welcome('/look', given)).json, { name: 'saule', language: 'ru' }, 'whose it is');
    equal((await welcome('', { ...given, password: 'short' })).status, 400, 'a weak password is refused');
    equal((await welcome('', { ...given, password: own })).status, 204, 'and does not use the link up');
    equal((await town.signIn('saule', own)).json.user.grants, [{ role: 'operator', zone: town.zone.west }], 'she signs in with it');
    for (const answer of [await welcome('', { ...given, password: password }), await welcome('/look', given), await welcome('/look', { code: 'invented' })]) {
      equal([answer.status, answer.json.error.code], [403, 'welcome.over'], 'used, or invented: the same answer');
    }
    equal((await user(town, 'saule')).link_expires, null, 'no link is out');
    check((await user(town, 'saule')).last_sign_in !== null, 'when she signed in is known');
    await town.stop();
  },

  'a new link puts out whoever knew the old password': async () => {
    const town = await new ZonedTown().start('reset');
    const id = await town.person('saule', 'operator');
    const link = await town.status(201, 'admin', 'POST', `/api/v1/users/${id}/link`);
    equal((await town.ask('saule', 'GET', '/api/v1/alarms')).status, 401, 'the session is over');
    equal((await town.signIn('saule')).status, 401, 'the old password is void');
    await town.server.request('POST', '/api/v1/welcome', { body: JSON.stringify({ code: code(link.path), password: own }) });
    equal((await town.signIn('saule', own)).status, 200, 'the new one works');
    await town.stop();
  },

  'an administrator cannot lock himself out, nor be the last to go': async () => {
    const town = await new ZonedTown().start('last');
    const id = await town.person('root', 'admin');
    equal((await town.status(409, 'root', 'POST', `/api/v1/users/${id}/link`)).error.code, 'user.yourself', 'no link for oneself');
    equal((await town.status(409, 'root', 'DELETE', `/api/v1/users/${id}`)).error.code, 'user.yourself', 'nobody removes himself');
    equal((await town.status(409, 'root', 'PUT', `/api/v1/users/${id}`, { role: 'engineer' })).error.code, 'user.last_admin', 'nor becomes less, as the last one');
    equal((await town.status(409, 'admin', 'DELETE', `/api/v1/users/${id}`)).error.code, 'user.last_admin', 'nor is removed by a token');
    const other = await town.person('dana', 'admin');
    await town.status(204, 'root', 'DELETE', `/api/v1/users/${other}`);
    equal((await town.ask('dana', 'GET', '/api/v1/alarms')).status, 401, 'whoever is removed is out at once');
    await town.stop();
  },

  'bad grants are refused with what is wrong, and nothing changes': async () => {
    const town = await new ZonedTown().start('bad');
    const id = await town.person('saule', 'viewer');
    const refused = async (grants, what) => {
      const answer = await town.status(400, 'admin', 'PUT', `/api/v1/users/${id}`, { role: 'operator', grants });
      check(answer.error.message.includes(what), `${JSON.stringify(grants)}: ${answer.error.message}`);
    };
    await refused([{ role: 'admin', kind: 'bin' }], 'grants[0].role');
    await refused([{ role: 'operator', kind: 'bin' }, { role: 'operator' }], 'grants[1]');
    await refused([{ role: 'operator', zone: 4711 }], 'there is no zone 4711');
    await refused([{ role: 'operator', kind: 'spaceship' }], '"spaceship" is unknown');
    await refused([{ role: 'operator', kind: 'bin' }, { role: 'operator', kind: 'bin' }], 'twice');
    equal((await user(town, 'saule')).role, 'viewer', 'the role is as it was');
    await town.stop();
  },

  'a lock is seen, and taken back': async () => {
    const town = await new ZonedTown().start('locks');
    const id = await town.person('saule', 'operator');
    const guess = () => town.signIn('saule', 'not the password');
    await until('the administrator sees it', async () => (await guess()) && (await user(town, 'saule')).locked_s > 0);
    await until('the right password has to wait, too', async () => (await guess()) && (await town.signIn('saule')).status === 429);
    await town.status(204, 'admin', 'DELETE', `/api/v1/users/${id}/lock`);
    equal((await user(town, 'saule')).locked_s, 0, 'no longer');
    equal((await town.signIn('saule')).status, 200, 'she is in');
    await town.stop();
  },

  'commands do the same while the server runs': async () => {
    const town = await new ZonedTown().start('commands');
    const at = ['--data', town.data];
    const path = run('user', 'add', ...at, '--name', 'saule', '--role', 'viewer', '--link');
    const chosen = await town.server.request('POST', '/api/v1/welcome', { body: JSON.stringify({ code: code(path), password: own }) });
    equal(chosen.status, 204, `the link of the command works at once: ${chosen.text}`);
    await town.signIn('saule', own);
    run('user', 'grant', ...at, '--name', 'saule', '--role', 'operator', '--zone', 'west', '--kind', 'lamp');
    run('user', 'grant', ...at, '--name', 'saule', '--role', 'engineer', '--kind', 'bin');
    const listed = run('user', 'list', ...at);
    check(/saule {2}last signed in 2/.test(listed) && /engineer +kind bin/.test(listed) && /operator +zone west, kind lamp/.test(listed), listed);
    const bin = await town.fullBin('BW-1', 'west');
    const answers = (status) => until(`she is answered ${status}`, async () => (await town.ask('saule', 'POST', `/api/v1/alarms/${bin.alarm}/comments`, { text: 'x' })).status === status);
    await answers(200);
    run('user', 'revoke', ...at, '--name', 'saule', '--role', 'engineer', '--kind', 'bin');
    await answers(403);
    const refuse = (...args) => spawnSync(qala, ['user', ...args], { encoding: 'utf8' });
    equal(refuse('grant', ...at, '--name', 'saule', '--role', 'operator', '--zone', 'north').status, 2, 'an unknown zone');
    equal(refuse('grant', ...at, '--name', 'saule', '--role', 'admin', '--kind', 'bin').status, 2, 'a role for the whole town only');
    equal(refuse('revoke', ...at, '--name', 'saule', '--role', 'engineer', '--kind', 'bin').status, 1, 'what there is not');
    await town.stop();
  },

  'a token ends when it was said to': async () => {
    const town = await new ZonedTown().start('expiry');
    const make = (expires) => town.ask('admin', 'POST', '/api/v1/tokens', { name: 'report', scope: 'read', expires });
    equal((await make('2001-01-01T00:00:00Z')).status, 400, 'not in the past');
    equal((await make('tomorrow')).status, 400, 'a time');
    equal((await make('2099-01-01T00:00:00Z')).status, 201, 'in time to come');
    const listed = (await town.server.get('/api/v1/tokens', town.admin)).tokens.find(({ name }) => name === 'report');
    check(listed.expires.startsWith('2099-01-01'), 'the list says when');
    await town.stop();
  },

  'the record is searched, verified, and forgets a person who left': async () => {
    const town = await new ZonedTown().start('record');
    const id = await town.person('aigul', 'admin');
    await town.person('root', 'admin');
    await town.status(201, 'aigul', 'POST', '/api/v1/tokens', { name: 'report', scope: 'read' });
    const search = async (query) => (await town.server.get(`/api/v1/audit?${query}`, town.admin)).entries;
    check((await search('who=aigul')).every(({ actor }) => actor === 'user aigul'), 'by who');
    equal((await search('who=aigul&action=token.')).map(({ action }) => action), ['token.created'], 'and by what');
    equal((await search(`object=${encodeURIComponent(`user ${id}`)}&action=created`)).length, 1, 'and by on what');
    equal((await search('from=2099-01-01T00:00:00Z')).length, 0, 'and by when');
    equal((await search('who=100%25')).length, 0, 'a per cent sign is one');
    const [newest] = await search('limit=1');
    equal((await search(`limit=1&before=${newest.sequence}`))[0].sequence, newest.sequence - 1, 'page by page');

    equal((await town.status(409, 'root', 'POST', '/api/v1/audit/erase', { name: 'aigul' })).error.code, 'audit.still_here', 'not while she is a user');
    const before = await town.status(200, 'root', 'POST', '/api/v1/audit/verify');
    check(before.ok && before.head, 'it holds');
    await town.status(204, 'root', 'DELETE', `/api/v1/users/${id}`);
    const erased = await town.status(200, 'root', 'POST', '/api/v1/audit/erase', { name: 'aigul' });
    check(erased.entries > 0 && erased.details > 0, `entries and details: ${JSON.stringify(erased)}`);
    equal((await search('who=aigul')).length, 0, 'her name is gone');
    check(!JSON.stringify(await search('limit=1000')).includes('aigul'), 'also from what others did to her');
    const after = await town.status(200, 'root', 'POST', '/api/v1/audit/verify', { head: before.head });
    check(after.ok && after.erased > 0, `and the record still holds, with the head of before: ${JSON.stringify(after)}`);
    const invited = await town.status(201, 'root', 'POST', '/api/v1/users', { name: 'dana', role: 'viewer', language: 'en' });
    await town.status(204, 'root', 'DELETE', `/api/v1/users/${invited.id}`);
    const never = await town.status(200, 'root', 'POST', '/api/v1/audit/erase', { name: 'dana' });
    check(never.entries === 0 && never.details > 0, `also somebody who never did anything: ${JSON.stringify(never)}`);
    check(!JSON.stringify(await search('limit=1000')).includes('dana'), 'is gone');
    await town.status(404, 'root', 'POST', '/api/v1/audit/erase', { name: 'dana' });
    const forged = await town.status(200, 'root', 'POST', '/api/v1/audit/verify', { head: before.head.replace(/^\d+/, '1') });
    equal(forged.ok, false, 'a head that is not of this record shows');
    check(execFileSync(qala, ['audit', 'verify', '--data', town.data, '--head', before.head], { encoding: 'utf8' }).length > 0, 'the command says the same');
    await town.stop();
  },

  'a read token reads what a viewer reads, and no users': async () => {
    const town = await new ZonedTown().start('wall');
    const wall = token(town.data, 'read');
    for (const path of ['/api/v1/users', '/api/v1/tokens', '/api/v1/audit']) equal((await town.server.request('GET', path, { token: wall })).status, 403, path);
    equal((await town.server.request('GET', '/api/v1/alarms', { token: wall })).status, 200, 'but alarms');
    await town.stop();
  },
});
