// Who is told of alarms, and that it holds: refusals, deadlines, a full morning of alarms, kill -9 in between.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { Server, scratch, token, run, until, check, equal, cases } from './lib.mjs';
import { answer, browser, certificate, hookServer, mailServer, silentServer, vapid } from './receivers.mjs';

const data = scratch('notify');
const aside = scratch('notify-aside');
const tls = certificate(aside);
const account = { user: 'qala', password: 'Жазғытұры-1' };
writeFileSync(join(aside, 'password'), account.password + '\n');
const mail = await mailServer(tls, account);
const hook = await hookServer();
const push = await hookServer();
push.respond = (_request, response) => (response.writeHead(201), response.end());

const admin = token(data, 'admin');
const ingest = token(data, 'ingest');
function config(more = {}) {
  const file = join(aside, 'qala.toml');
  const { notify = '', mailPort = mail.port, ca = tls.file } = more;
  writeFileSync(file, `[mail]\nhost = "localhost"\nport = ${mailPort}\ntls = "starttls"\nuser = "${account.user}"\npassword_file = "${join(aside, 'password')}"
from = "qala@example.kz"\nca_file = "${ca}"\n[notify]\naddress = "https://qala.example.kz/"\nallow_private = ["127.0.0.1/32"]\ntimeout_s = 10\n${notify}\n[alarms]\nescalate_high_s = 0\n`);
  return ['--config', file];
}
const server = new Server(data, { args: [...config(), '--auto-claim'] });
await server.start();

const api = async (method, path, body, who = admin) => {
  const answered = await server.request(method, `/api/v1/notifications${path}`, { token: who, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return { status: answered.status, json: answered.text ? answered.json : null };
};
const recipient = async (body) => {
  const made = await api('POST', '/recipients', { language: 'en', severities: [], events: ['raised', 'cleared'], ...body });
  equal(made.status, 201, JSON.stringify(made.json));
  return made.json;
};
const listed = async (id) => (await api('GET', '')).json.recipients.find((one) => one.id === id);
const remove = async (id) => equal((await api('DELETE', `/recipients/${id}`)).status, 204, 'removed');

// A heat substation whose water is too cold raises at once; each has a name of its own.
let clock = Date.now();
async function water(names, temperature) {
  clock = Math.max(clock + 1000, Date.now());
  const lines = names.map((name) => `telemetry,thing=${name} battery=${temperature} ${clock}`).join('\n');
  equal((await server.request('POST', '/api/v2/write?precision=ms', { token: ingest, body: lines })).status, 204, 'readings are taken');
}
const rule = { name: { kk: 'Батарея отырып қалды', ru: 'Батарея села', en: 'Battery is flat' }, property: 'battery', comparison: '<', limit: 20, clear: 30, for_s: 0, severity: 2, enabled: true };
equal((await server.request('PUT', '/api/v1/rules/test_flat', { token: admin, body: JSON.stringify(rule), headers: { 'content-type': 'application/json' } })).status, 200, 'a rule of the test');
for (const { key } of (await server.get('/api/v1/rules', admin)).rules) {
  if (key !== 'test_flat') await server.request('PUT', `/api/v1/rules/${key}`, { token: admin, body: '{"enabled":false}', headers: { 'content-type': 'application/json' } });
}
const cold = (...names) => water(names, 5);
const warm = (...names) => water(names, 95);
const newest = (list, what) => until(what, () => list[list.length - 1]);

await cases({
  'a mail arrives over TLS, signed in, readable in Kazakh, with an id that stays': async () => {
    const { recipient: duty } = await recipient({ name: 'Кезекші', channel: 'mail', address: 'duty@example.kz', language: 'kk' });
    await cold('A-1');
    const { mail: got, envelope, secure, raw } = await newest(mail.mails, 'the mail of the alarm');
    equal([envelope.mailFrom.address, envelope.rcptTo.map((to) => to.address)], ['qala@example.kz', ['duty@example.kz']], 'the envelope');
    check(secure && mail.secured > 0, 'STARTTLS before the password');
    equal(got.subject, '[Үшөзек] Жоғары: Батарея отырып қалды · A-1', 'the subject');
    equal(got.from.value[0], { address: 'qala@example.kz', name: 'Үшөзек' }, 'from');
    check(got.text.includes('https://qala.example.kz/control/alarms?alarm='), `a link: ${got.text}`);
    check(got.text.includes('одан төмен'), `the value and its limit: ${got.text}`);
    equal(got.headers.get('auto-submitted'), 'auto-generated', 'nothing answers it');
    check(/^<[\w.-]+@example\.kz>$/.test(got.messageId), `an id: ${got.messageId}`);
    check([...raw].every((c) => c.charCodeAt(0) < 128), 'plain ASCII on the wire');
    const standing = await until('it is noted', async () => (await listed(duty.id)).standing.last_sent && (await listed(duty.id)).standing);
    equal(standing.failing_since, null, 'all is well');
    await warm('A-1');
    const over = await until('the mail of its end', () => mail.mails.find((one) => one.mail.subject.includes('Аяқталды')));
    equal(over.mail.references, got.references, 'one thread of mails for one alarm');
    await remove(duty.id);
  },

  'a server that is busy is asked again, with the same id, until it takes the mail': async () => {
    const { recipient: duty } = await recipient({ name: 'Busy', channel: 'mail', address: 'busy@example.kz' });
    mail.mails.length = 0;
    let times = 0;
    mail.refuse = () => (times++ < 2 ? answer(451, 'greylisted, come again') : null);
    await cold('B-1');
    const failing = await until('the failure is seen', async () => ((await listed(duty.id)).standing.failing_since ? listed(duty.id) : null));
    check(failing.standing.failure.includes('451'), `the server's words: ${failing.standing.failure}`);
    const health = await server.get('/api/v1/health', admin);
    check(health.problems.some(({ code }) => code === 'notify.failing'), 'the health page says so');
    await until('the third attempt', () => mail.mails.length === 3);
    equal(new Set(mail.mails.map((one) => one.mail.messageId)).size, 1, 'one id');
    equal(new Set(mail.mails.map((one) => one.raw)).size, 1, 'one text');
    await until('the page is clean again', async () => (await listed(duty.id)).standing.failing_since === null);
    mail.refuse = () => null;
    await remove(duty.id);
  },

  'a final no is shown in the words of the server, and a test shows them at once': async () => {
    const { recipient: nobody } = await recipient({ name: 'Nobody', channel: 'mail', address: 'nobody@example.kz' });
    mail.refuse = () => answer(550, 'no such mailbox here');
    const tried = await api('POST', `/recipients/${nobody.id}/test`, {});
    equal(tried.json.fate, 'never', 'final');
    check(tried.json.words.includes('550'), `the server's words: ${tried.json.words}`);
    mail.refuse = () => null;
    const good = await api('POST', `/recipients/${nobody.id}/test`, {});
    equal(good.json.fate, 'delivered', 'taken');
    check(good.json.words.includes('queued as 4711'), `the server's words: ${good.json.words}`);
    await remove(nobody.id);
  },

  'a web-hook is signed as the standard library wants, and carries its key': async () => {
    const { recipient: bot, secret } = await recipient({ name: 'Bot', channel: 'webhook', address: hook.url });
    check(secret.startsWith('whsec_'), 'the secret is shown once');
    check(!JSON.stringify(await listed(bot.id)).includes(secret.slice(6)), 'and not again');
    hook.got.length = 0;
    await cold('C-1');
    const got = await newest(hook.got, 'the web-hook');
    const body = new Webhook(secret).verify(got.text, got.headers);
    equal([got.method, got.path, got.headers['content-type']], ['POST', '/hook', 'application/json'], 'the request');
    equal(got.headers['idempotency-key'], got.headers['webhook-id'], 'the key is the id');
    equal(body.key, got.headers['webhook-id'], 'and in the body');
    equal([body.events.length, body.events[0].event, body.events[0].thing_key, body.events[0].alarm.severity], [1, 'raised', 'C-1', 2], 'the event');
    let refused = false;
    try {
      new Webhook(secret).verify(got.text.replace('C-1', 'C-2'), got.headers);
    } catch {
      refused = true;
    }
    check(refused, 'a changed body does not verify');
    await remove(bot.id);
  },

  'redirects are not followed, addresses of the house are refused, endless answers are cut': async () => {
    const away = await hookServer();
    const { recipient: bot } = await recipient({ name: 'Moved', channel: 'webhook', address: hook.url });
    hook.respond = (_request, response) => (response.writeHead(302, { location: away.url }), response.end());
    equal((await api('POST', `/recipients/${bot.id}/test`, {})).json.fate, 'later', 'a redirect is no delivery');
    equal(away.got.length, 0, 'nobody went there');
    hook.respond = (_request, response) => (response.writeHead(200), response.write('x'.repeat(200_000)), undefined);
    equal((await api('POST', `/recipients/${bot.id}/test`, {})).json.fate, 'delivered', 'a yes that does not end is a yes');
    hook.respond = (_request, response) => response.end('thanks');
    for (const address of [`http://[::1]:${hook.port}/`, `http://127.0.0.2:${hook.port}/`, 'https://169.254.169.254/latest/', `http://[::ffff:127.0.0.2]:${hook.port}/`, `http://0x7f000002:${hook.port}/`]) {
      equal((await api('PUT', `/recipients/${bot.id}`, { address })).status, 200, address);
      const tried = (await api('POST', `/recipients/${bot.id}/test`, {})).json;
      equal(tried.fate, 'later', address);
      check(/not a public address|notify\.allow_private/.test(tried.words), `${address}: ${tried.words}`);
    }
    await remove(bot.id);
    for (const address of ['ftp://example.kz/', 'https://user:pw@example.kz/', 'not an address', 'file:///etc/passwd']) {
      equal((await api('POST', '/recipients', { name: 'x', channel: 'webhook', address })).status, 400, address);
    }
  },

  'a receiver that hangs holds up nobody else': async () => {
    const hanging = await silentServer();
    const { recipient: slow } = await recipient({ name: 'Slow', channel: 'webhook', address: `http://127.0.0.1:${hanging.port}/` });
    const { recipient: quick } = await recipient({ name: 'Quick', channel: 'webhook', address: hook.url });
    hook.got.length = 0;
    await cold('D-1');
    await until('the slow one is being asked', () => hanging.connections > 0);
    await until('the quick one has it', () => hook.got.length > 0);
    const failure = await until('the deadline', async () => (await listed(slow.id)).standing.failure);
    check(/timed? ?out/i.test(failure), failure);
    await remove(slow.id);
    await remove(quick.id);
  },

  'a push is encrypted for that browser and signed for that service': async () => {
    equal((await server.request('POST', '/api/v1/users', { token: admin, body: JSON.stringify({ name: 'asel', role: 'operator', password: account.password, language: 'ru' }) })).status, 201, 'an operator');
    const signed = await until('she may sign in', async () => {
      const answered = await server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: 'asel', password: account.password }), headers: { 'content-type': 'application/json' } });
      return answered.status === 200 ? answered : null;
    });
    const headers = { cookie: signed.headers['set-cookie'][0].split(';')[0], 'x-qala-csrf': signed.json.csrf, 'content-type': 'application/json' };
    const as = async (method, path, body) => server.request(method, `/api/v1/notifications${path}`, { headers, body: body && JSON.stringify(body) });
    const hers = browser();
    const made = await as('POST', '/browsers', { endpoint: `${push.url}?secret=1`, keys: hers.keys, language: 'ru' });
    equal(made.status, 201, made.text);
    const own = (await as('GET', '')).json;
    equal(own.recipients.map(({ channel }) => channel), ['push'], 'she sees her own browser only');
    check(!JSON.stringify(own).includes('secret=1'), 'not even its whole address');
    equal((await as('POST', '/recipients', { name: 'x', channel: 'mail', address: 'a@example.kz' })).status, 403, 'targets are the administrator\'s');
    const hersAt = `/browsers/${made.json.recipient.id}`;
    equal((await as('PUT', hersAt, { name: 'Office' })).json.recipient.name, 'Office', 'she names it');
    equal((await as('PUT', '/browsers/4711', { name: 'x' })).status, 404, 'not what is not hers');
    equal((await as('POST', `${hersAt}/test`)).json.fate, 'delivered', 'she tries it');
    hers.open((await newest(push.got, 'the test')).body);
    push.got.length = 0;
    await cold('E-1');
    const got = await newest(push.got, 'the push');
    const note = hers.open(got.body);
    equal([note.title, note.tag.startsWith('alarm-'), note.severity], ['Высокая: Батарея села · E-1', true, 2], JSON.stringify(note));
    const proof = vapid(got.headers.authorization);
    check(proof.good, 'the signature verifies');
    equal([proof.key, proof.claims.aud, proof.head.alg], [own.push_key, `http://127.0.0.1:${push.port}`, 'ES256'], 'for whom');
    check(proof.claims.exp * 1000 - Date.now() < 24 * 3_600_000, 'for a day at most');
    equal([got.headers['content-encoding'], got.headers.urgency, Number(got.headers.ttl) > 0], ['aes128gcm', 'high', true], 'headers');
    equal((await as('POST', '/browsers', { endpoint: `${push.url}?secret=1`, keys: hers.keys })).status, 200, 'the same browser is not two');
    const old = await as('POST', '/browsers', { endpoint: `${push.url}?secret=2`, keys: browser().keys });
    equal((await as('DELETE', `/browsers/${old.json.recipient.id}`)).status, 204, 'an old one goes');
    push.respond = (_request, response) => (response.writeHead(410), response.end());
    await warm('E-1');
    await until('a browser that is gone is forgotten', async () => (await as('GET', '')).json.recipients.length === 0);
  },

  'five hundred alarms at once are a handful of mails, and none of them is lost': async () => {
    const { recipient: duty } = await recipient({ name: 'Flood', channel: 'mail', address: 'flood@example.kz', events: ['raised'] });
    const { recipient: bot } = await recipient({ name: 'Every', channel: 'webhook', address: hook.url, events: ['raised'] });
    mail.mails.length = hook.got.length = 0;
    const names = Array.from({ length: 500 }, (_one, n) => `F-${n}`);
    await cold(...names);
    const seen = () => new Set(hook.got.flatMap(({ text }) => JSON.parse(text).events.map((event) => event.thing_key)));
    await until('the web-hook has all of them', () => seen().size === 500);
    equal(hook.got.flatMap(({ text }) => JSON.parse(text).events).length, 500, 'each once');
    await until('a summary', () => mail.mails.some((one) => /events/.test(one.mail.subject)));
    check(mail.mails.length <= 6, `${mail.mails.length} mails`);
    await remove(duty.id);
    await remove(bot.id);
  },

  'kill -9 loses nothing, and what comes twice has one key': async () => {
    const { recipient: bot, secret } = await recipient({ name: 'Kill', channel: 'webhook', address: hook.url, events: ['raised'] });
    hook.got.length = 0;
    const names = [];
    for (let round = 0; round < 6; round++) {
      const name = `K-${round}`;
      names.push(name);
      // In odd rounds the answer comes after the kill: sent, never noted.
      hook.respond = round % 2 ? () => undefined : (_request, response) => response.end('thanks');
      const before = hook.got.length;
      await cold(name);
      if (round % 3) await until('it is on its way', () => hook.got.length > before);
      await server.kill();
      await server.start();
    }
    hook.respond = (_request, response) => response.end('thanks');
    const keys = () => {
      const all = new Map();
      for (const got of hook.got) {
        const body = new Webhook(secret).verify(got.text, got.headers);
        for (const event of body.events) all.set(event.thing_key, (all.get(event.thing_key) ?? new Set()).add(body.key));
      }
      return all;
    };
    await until('every alarm is told', () => names.every((name) => keys().has(name)));
    await until('nothing waits', async () => (await listed(bot.id)).standing.waiting === 0);
    for (const [name, of] of keys()) equal(of.size, 1, `${name} under one key`);
    await remove(bot.id);
  },

  'what does not arrive is given up in the end, and the health page says so': async () => {
    await server.stop();
    server.args = [...config({ notify: 'give_up_h = 0.006' }), '--auto-claim'];
    await server.start();
    hook.respond = (_request, response) => (response.writeHead(500), response.end('broken'));
    const { recipient: bot } = await recipient({ name: 'Broken', channel: 'webhook', address: hook.url });
    await cold('G-1');
    const given = await until('given up', async () => (await api('GET', `/messages?recipient=${bot.id}`)).json.messages.find(({ state }) => state === 'given_up'));
    equal(given.words, '500 Internal Server Error: broken', 'the last words');
    const { problems } = await server.get('/api/v1/health', admin);
    check(problems.some(({ code }) => code === 'notify.given_up'), JSON.stringify(problems));
    const metrics = (await server.request('GET', '/metrics', { token: admin })).text;
    check(/qala_notify_given_up_total [1-9]/.test(metrics), 'and the metrics');
    await remove(bot.id);
  },

  'a certificate that nobody vouches for gets neither mail nor password': async () => {
    await server.stop();
    server.args = [...config({ ca: '/etc/ssl/certs/ca-certificates.crt' }), '--auto-claim'];
    await server.start();
    const before = mail.secured;
    const { recipient: duty } = await recipient({ name: 'Untrusted', channel: 'mail', address: 'duty@example.kz' });
    const tried = (await api('POST', `/recipients/${duty.id}/test`, {})).json;
    equal(tried.fate, 'later', 'not sent');
    check(/certificate/i.test(tried.words), tried.words);
    equal(mail.secured, before, 'nobody signed in');
    await remove(duty.id);
  },

  'who was changed, and by whom, is in the audit chain': async () => {
    const { entries } = await server.get('/api/v1/audit?limit=200', admin);
    for (const action of ['recipient.added', 'recipient.changed', 'recipient.removed']) check(entries.some((entry) => entry.action === action), action);
    equal(await server.stop(), 0, 'it ends in order');
    check(run('audit', 'verify', '--data', data).includes('the chain is whole'), 'the chain');
  },
});
