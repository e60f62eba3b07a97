// A real OpenID provider on loopback (oidc-provider), which can be made to rotate its keys, to go away, and to lie; and
// a visitor: cookies, redirects and forms as a browser has them.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import Provider from 'oidc-provider';

const encoded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

function makeKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, key: privateKey, jwk: { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}
// A token as whoever holds `key` would sign it.
export function signed({ kid, key }, claims) {
  const text = `${encoded({ alg: 'RS256', typ: 'JWT', kid })}.${encoded(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
export const unsigned = (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
// The old trick: the public key, which everybody has, as the secret of an HMAC.
export function signedByPublicKey({ kid, key }, claims) {
  const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const text = `${encoded({ alg: 'HS256', typ: 'JWT', kid })}.${encoded(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export class Identity {
  // people: { subject: { preferred_username, groups, … } }
  constructor(people) {
    this.people = people;
    this.key = makeKey('k1');
    this.lie = null; // (id token) => id token, for the next answers of the token endpoint
  }
  async start(port = 0) {
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.issuer = `http://127.0.0.1:${this.port}`;
    if (this.address) this.serve(this.address);
    return this;
  }
  // For the control room at `address`. Again: with the keys of now.
  serve(address) {
    this.address = address;
    const provider = new Provider(this.issuer, {
      clients: [{
        client_id: 'qala', client_secret: 'a secret of the test', redirect_uris: [`${address}/api/v1/oidc/callback`],
        post_logout_redirect_uris: [`${address}/control/`], response_types: ['code'], grant_types: ['authorization_code'],
      }],
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'locale'] },
      findAccount: (_, subject) => (this.people[subject] ? { accountId: subject, claims: () => ({ sub: subject, ...this.people[subject] }) } : undefined),
      jwks: { keys: [this.key.jwk] },
      cookies: { keys: ['of the test'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true } },
    });
    this.handler = provider.callback();
  }
  rotate() {
    this.key = makeKey('k2');
    this.serve(this.address);
  }
  answer(request, response) {
    if (!this.handler) return response.writeHead(503).end();
    const { lie } = this;
    if (lie && request.url.startsWith('/token')) {
      const end = response.end.bind(response);
      response.end = (body) => {
        const answer = JSON.parse(body);
        if (answer.id_token) answer.id_token = lie(answer.id_token);
        const text = JSON.stringify(answer);
        response.setHeader('content-length', Buffer.byteLength(text));
        return end(text);
      };
    }
    return this.handler(request, response);
  }
  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

// One browser: a jar of cookies per host, redirects followed one by one.
export class Visitor {
  jars = new Map();

  async request(url, options = {}) {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map();
    this.jars.set(host, jar);
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', ...options.headers };
    if (jar.size) headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...options, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const gone = attributes.some((one) => /^\s*max-age=0$/i.test(one) || (/^\s*expires=/i.test(one) && Date.parse(one.split('=')[1]) < Date.now()));
      if (gone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
  cookie(url, name) {
    return this.jars.get(new URL(url).host)?.get(name);
  }
  // Follows redirects while `go(next address)` says so; the last answer and its address.
  async follow(url, go = () => true, options = {}) {
    let response = await this.request(url, options);
    while ([301, 302, 303, 307].includes(response.status)) {
      const next = new URL(response.headers.get('location'), url).href;
      if (!go(next)) return { response, url, next };
      url = next;
      response = await this.request(url);
    }
    return { response, url };
  }
  // From `url` through the provider's pages as `subject`, up to the address that leads back to the control room.
  async signInAt(url, subject) {
    const stop = (next) => !next.includes('/api/v1/oidc/callback');
    let at = await this.follow(url, stop);
    for (let page = 0; page < 4 && !at.next; page++) {
      const text = await at.response.text();
      if (at.response.status !== 200) throw new Error(`${at.url}: ${at.response.status} ${text.slice(0, 300)}`);
      const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
      if (!action || !prompt) throw new Error(`no form of the provider: ${text.slice(0, 300)}`);
      const body = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: subject, password: 'any' } : {}) });
      at = await this.follow(new URL(action, at.url).href, stop, { method: 'POST', body });
    }
    return at.next;
  }
}
