// What the whole-program tests share: starting and ending the real server, its tokens, small HTTP helpers, checks.
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { join, resolve, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import http from 'node:http';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const bin = process.env.QALA_TEST_BIN ?? join(root, 'build/release/bin');
export const qala = join(bin, 'qala');
export const qalaSim = join(bin, 'qala-sim');

// On the disk that the repository lies on: /tmp may be memory, where a sync means nothing.
export function scratch(name) {
  const base = join(root, 'build', 'scratch');
  execFileSync('mkdir', ['-p', base]);
  const folder = mkdtempSync(join(base, `${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })); // a worker may just be ending
  return folder;
}

// All words of the screens in a language: the main catalogue and those of the pages.
export function wordsOf(language) {
  const folder = join(root, 'web/src/i18n');
  const read = (path) => JSON.parse(readFileSync(join(folder, path, `${language}.json`), 'utf8'));
  const pages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.assign(read('.'), ...pages.map(({ name }) => read(name)));
}

export function run(...args) {
  return execFileSync(qala, args, { encoding: 'utf8' }).trim();
}

// QALA_TEST_DESCRIBED: a file. Every request and answer is held against docs/openapi, and what went well is written there.
const ledger = process.env.QALA_TEST_DESCRIBED;
const described = ledger && await (async () => {
  const [{ Described }, { bundle }] = [await import('../../tools/openapi/answers.mjs'), await import('../../tools/openapi/bundle.mjs')];
  return new Described(bundle());
})();

function hold(request, answer) {
  const mistakes = described.look(request, answer, (line) => appendFileSync(ledger, `${line}\n`));
  if (mistakes.length) throw new Error(`not as docs/openapi describes it:\n  ${mistakes.join('\n  ')}\n  ${answer.text.slice(0, 600)}`);
}

process.setMaxListeners(0); // every scratch folder goes at the end
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1)); // what is running and mounted goes too
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Server {
  constructor(data, { args = [], env = {} } = {}) {
    this.data = data;
    this.args = args;
    this.env = env;
  }

  // Waits for the ready line: no time-out of its own but a generous one against hanging. Ports that it had before may have
  // been lent to a connection of somebody else meanwhile: tried again.
  async start(ports = { http: 0, mqtt: 0 }) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.begin(ports);
      } catch (error) {
        if (ports.http === 0 || tries === 60 || !/address already in use/i.test(error.message)) throw error;
        await new Promise((wake) => setTimeout(wake, 1_000));
      }
    }
  }

  async begin(ports) {
    const child = spawn(qala, ['serve', '--data', this.data, '--http', `127.0.0.1:${ports.http}`, '--mqtt', `127.0.0.1:${ports.mqtt}`, ...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.env } });
    this.child = child;
    running.add(child);
    child.on('exit', () => running.delete(child));
    this.log = '';
    child.stderr.on('data', (text) => { this.log = (this.log + text).slice(-20000); });
    let out = '';
    const ready = new Promise((done, failed) => {
      child.stdout.on('data', (text) => {
        out += text;
        const line = out.split('\n').find((l) => l.startsWith('ready '));
        if (line && out.includes('\n')) done(line);
      });
      child.on('exit', (code, signal) => failed(new Error(`the server ended before it was ready (${code ?? signal}): ${this.log}`)));
      setTimeout(() => failed(new Error(`no ready line within 60 s: ${this.log}`)), 60_000).unref();
    });
    this.line = await ready;
    const at = (name) => this.line.match(new RegExp(` ${name}=(\\S+)`))?.[1];
    this.http = at('http');
    this.mqtt = at('mqtt');
    this.https = at('https');
    this.mqtts = at('mqtts');
    this.bus = at('bus');
    return this;
  }

  // Sends the signal, waits for the end; returns the exit code or the signal's name. Also if it has ended already.
  async end(signal) {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
    return child.exitCode ?? child.signalCode;
  }

  async kill() {
    await this.end('SIGKILL');
  }

  // SIGTERM; returns the exit code.
  async stop() {
    return this.end('SIGTERM');
  }

  request(method, path, { body, headers = {}, token, agent, scheme = 'Bearer' } = {}) {
    const [host, port] = this.http.split(':');
    const all = { ...headers };
    if (token) all.authorization = `${scheme} ${token}`;
    if (body !== undefined) all['content-length'] = Buffer.byteLength(body);
    return new Promise((done, failed) => {
      const request = http.request({ host, port, path, method, headers: all, agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', failed);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const answer = { status: response.statusCode, headers: response.headers, text, get json() { return JSON.parse(text); } };
          try {
            if (described) hold({ method, path, headers, body: typeof body === 'string' ? body : undefined }, answer);
          } catch (error) {
            return failed(error);
          }
          done(answer);
        });
      });
      request.on('error', failed);
      request.end(body);
    });
  }

  async get(path, token) {
    const answer = await this.request('GET', path, { token });
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }
}

export function token(data, scope, name = scope, ...more) {
  return run('token', 'create', '--data', data, '--name', name, '--scope', scope, ...more);
}

// Asks again and again until `look` gives something true; the last look's failure is the message. At least a minute, since a
// machine may stop for seconds; and once more after the end, since it may have stopped just then.
export async function until(what, look, seconds = 60) {
  const end = Date.now() + Math.max(seconds, 60) * 1000;
  let last;
  for (;;) {
    const over = Date.now() > end;
    try {
      const value = await look();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (over) throw new Error(`${what}: not within ${Math.max(seconds, 60)} s${last ? `: ${last.message}` : ''}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

let checks = 0;
export function check(condition, what) {
  if (!condition) throw new Error(`check failed: ${what}`);
  checks++;
}
export function equal(actual, expected, what) {
  const a = JSON.stringify(actual);
  const e = JSON.stringify(expected);
  check(a === e, `${what}: ${a} instead of ${e}`);
}

export function screensBuilt() {
  return existsSync(join(root, 'web/dist/control/index.html'));
}

// Runs named cases one after the other and ends the process with the result.
// QALA_TEST_CASE: only those with this text in their name.
// QALA_TEST_AGAIN=1: what fails is tried once more, from its beginning; if that passes it is called unsure, with all that
// the failure had to tell. For tests that share a slow machine with others; nothing that fails twice passes.
export async function cases(every) {
  const all = Object.fromEntries(Object.entries(every).filter(([name]) => name.includes(process.env.QALA_TEST_CASE ?? '')));
  const passes = async (name, body) => {
    try {
      const before = checks;
      await body();
      if (checks === before) throw new Error('the case checked nothing');
      return true;
    } catch (error) {
      console.log(`FAILED  ${name}\n${error.stack}`);
      return false;
    }
  };
  let failed = 0;
  for (const [name, body] of Object.entries(all)) {
    if (await passes(name, body)) console.log(`ok      ${name}`);
    else if (process.env.QALA_TEST_AGAIN === '1' && (await passes(name, body))) console.log(`UNSURE  ${name}: failed, passed when tried once more`);
    else failed++;
  }
  console.log(`${Object.keys(all).length - failed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
