// Client certificates as MQTT credentials, with mosquitto_pub and an authority made by openssl for the occasion.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, run, scratch, token, check, equal, until, cases } from './lib.mjs';
import { addThing, values, program } from './town.mjs';

const folder = scratch('certificates');
const data = join(folder, 'town');
const file = (name) => join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });

function authority(name) {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  mkdirSync(file(`${name}.certs`));
  writeFileSync(file(`${name}.index`), '');
  writeFileSync(file(`${name}.cnf`), `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.index\nnew_certs_dir=${name}.certs\ncertificate=${name}.crt\nprivate_key=${name}.key\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`);
}

// The fingerprint by which Qala knows it.
function certificate(name, signedBy, from, to) {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  openssl('ca', '-batch', '-notext', '-config', `${signedBy}.cnf`, '-startdate', from, '-enddate', to, '-in', `${name}.csr`, '-out', `${name}.crt`);
  return openssl('x509', '-in', `${name}.crt`, '-noout', '-fingerprint', '-sha256').split('=')[1].trim().replaceAll(':', '').toLowerCase();
}

const stamp = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;

mkdirSync(data);
authority('known');
authority('unknown');
const good = certificate('good', 'known', stamp(-1), stamp(30));
const expired = certificate('expired', 'known', stamp(-30), stamp(-1));
const foreign = certificate('foreign', 'unknown', stamp(-1), stamp(30));
certificate('stranger', 'known', stamp(-1), stamp(30));

const admin = token(data, 'admin');
const server = await new Server(data, { args: ['--mqtts', '127.0.0.1:0'], env: { QALA_MQTT_CLIENT_CA: file('known.crt') } }).start();
const [host, port] = server.mqtts.split(':');
for (const [key, fingerprint] of Object.entries({ good, expired, foreign })) {
  await addThing(server, admin, { key, name: key, kind: 'meter' });
  token(data, 'device', key, '--thing', key, '--certificate', fingerprint);
}

let number = 0;
function publish(name, ...more) {
  const own = name ? ['--cert', file(`${name}.crt`), '--key', file(`${name}.key`)] : [];
  return program('mosquitto_pub', ['-h', host, '-p', port, '--cafile', join(data, 'tls/tls.crt'), ...own, ...more, '-q', '1', '-t', 'v1/devices/me/telemetry', '-m', `{"n":${++number}}`]);
}

await cases({
  'a certificate that is let in speaks for its thing, without user name': async () => {
    await until('it is known', async () => (await publish('good')).code === 0, 20);
    const before = number;
    const sent = await publish('good', '-V', 'mqttv5');
    equal(sent.code, 0, `mosquitto_pub: ${sent.err}`);
    equal(await values(server, admin, 'good', 'n'), [before, number], 'both readings are there');
  },

  'one of the same authority that nobody let in is refused': async () => {
    const sent = await publish('stranger');
    check(sent.code !== 0, 'refused');
    check(/not authori[sz]ed/i.test(sent.err), `by MQTT, not by TLS: ${sent.err}`);
  },

  'one that has expired is refused, although it was let in once': async () => {
    check((await publish('expired')).code !== 0, 'refused');
    check((await publish('expired', '-V', 'mqttv5')).code !== 0, 'in version 5 too');
    equal(await values(server, admin, 'expired', 'n').catch(() => []), [], 'nothing of it is kept');
  },

  'one of an authority we do not know is refused, although its fingerprint was let in': async () => {
    check((await publish('foreign')).code !== 0, 'refused');
    equal(await values(server, admin, 'foreign', 'n').catch(() => []), [], 'nothing of it is kept');
  },

  'without a certificate a token does, and nothing does not': async () => {
    const thing = await addThing(server, admin, { key: 'plain', name: 'plain', kind: 'meter' });
    const made = await server.request('POST', `/api/v1/things/${thing.id}/token`, { token: admin });
    equal((await publish(null, '-u', made.json.token)).code, 0, 'by token');
    check((await publish(null)).code !== 0, 'by nothing');
  },

  'one that was withdrawn is refused': async () => {
    const line = run('token', 'list', '--data', data).split('\n').find((text) => /\bgood\b/.test(text));
    run('token', 'revoke', '--data', data, '--id', line.match(/\d+/)[0]);
    await until('it is refused', async () => (await publish('good')).code !== 0, 20);
    equal(await server.stop(), 0, 'SIGTERM ends it with 0');
  },
});
