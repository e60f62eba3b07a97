// The other sides of notifications: a mail server, a web-hook's receiver, a browser's push service. Loopback, any port.
import { createServer } from 'node:http';
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import net from 'node:net';
import { SMTPServer } from 'smtp-server';
import { simpleParser } from 'mailparser';
import ece from 'http_ece';

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref?.();
  return server.address().port;
}

// A key and a certificate for localhost, signed by itself: it is its own authority.
export function certificate(folder) {
  const [key, cert] = ['mail.key', 'mail.pem'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '30', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  return { file: cert, key: readFileSync(key), cert: readFileSync(cert) };
}

// STARTTLS and sign-in are asked for. `refuse(mail)`: an error to answer with, or nothing.
export async function mailServer(tls, { user, password }) {
  const state = { mails: [], refuse: () => null, secured: 0, port: 0 };
  const server = new SMTPServer({
    key: tls.key, cert: tls.cert, authMethods: ['PLAIN', 'LOGIN'], logger: false, disableReverseLookup: true, closeTimeout: 100,
    onAuth(auth, session, done) {
      if (session.secure) state.secured++;
      if (auth.username === user && auth.password === password) return done(null, { user });
      const error = new Error('wrong password');
      error.responseCode = 535;
      return done(error);
    },
    onData(stream, session, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', async () => {
        const raw = Buffer.concat(parts);
        const mail = await simpleParser(raw);
        const refused = state.refuse(mail);
        state.mails.push({ raw: raw.toString('latin1'), mail, envelope: session.envelope, refused: refused !== null, secure: session.secure });
        done(refused, refused ? undefined : 'queued as 4711');
      });
    },
  });
  server.on('error', () => {}); // a client that was killed
  state.port = await listen(server.server);
  return state;
}

export function answer(code, text) {
  return Object.assign(new Error(text), { responseCode: code });
}

// Takes connections and never says a word.
export async function silentServer() {
  const state = { connections: 0 };
  state.port = await listen(net.createServer((socket) => (state.connections++, socket.on('error', () => {}))));
  return state;
}

// Keeps what it gets. `respond(request, response)` answers; by default 200.
export async function hookServer() {
  const state = { got: [], respond: (_request, response) => response.end('thanks') };
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const one = { method: request.method, path: request.url, headers: request.headers, body, text: body.toString() };
      state.got.push(one);
      state.respond(one, response);
    });
  });
  state.port = await listen(server);
  state.url = `http://127.0.0.1:${state.port}/hook`;
  return state;
}

// A browser's keys, and the push service of its maker: it looks at VAPID (RFC 8292) and opens messages (RFC 8291).
export function browser() {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') };
  const open = (body) => JSON.parse(ece.decrypt(body, { version: 'aes128gcm', privateKey: pair, authSecret: auth.toString('base64url') }).toString());
  return { keys, open };
}

export function vapid(header) {
  const [, token, key] = /^vapid t=([^,]+), k=(\S+)$/.exec(header);
  const [head, claims, signature] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const good = verify('sha256', Buffer.from(`${head}.${claims}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return { good, key, head: JSON.parse(Buffer.from(head, 'base64url')), claims: JSON.parse(Buffer.from(claims, 'base64url')) };
}
