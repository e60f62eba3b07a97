// Starts and stops what is measured: Qala, VictoriaMetrics, Mosquitto. One at a time, on loopback, each in its own folder.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { bin, installed, settings, sleep, cpuSeconds } from './machine.mjs';

// The server takes QALA_ variables for configuration: ours are not for it.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('QALA_')));
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

// Runs a load client to its end: the JSON it prints.
export async function client(name, options, { lines, child: tell } = {}) {
  const child = spawn(join(bin, `bench_${name}`), Object.entries(options).map(([k, v]) => `${k}=${v}`), { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  tell?.(child);
  let out = '';
  let problem = '';
  child.stdout.on('data', (text) => { out += text; lines?.(String(text)); });
  child.stderr.on('data', (text) => { problem += text; });
  const [code] = await once(child, 'close');
  running.delete(child);
  if (code !== 0) throw new Error(`bench_${name}: ${problem.trim()}`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

class Engine {
  constructor(name, folder) {
    this.name = name;
    this.data = join(settings.data, folder);
    this.log = join(settings.data, `${name}.log`);
  }
  exists() { return existsSync(this.data); }
  fresh() {
    rmSync(this.data, { recursive: true, force: true });
    mkdirSync(this.data, { recursive: true });
    return this;
  }
  launch(program, args, extra = {}) {
    mkdirSync(settings.data, { recursive: true });
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', openSync(this.log, 'a')], env: { ...environment, ...extra } });
    running.add(this.child);
    const { child } = this;
    child.on('exit', () => running.delete(child));
    this.pid = child.pid;
  }
  async stop(signal = 'SIGTERM') {
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
  cpu() { return cpuSeconds(this.pid); }
  async get(path, headers = {}, method = 'GET', body = undefined) {
    return new Promise((done, failed) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, path, method, headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) }, agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', failed);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode >= 300) failed(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
          else done(text);
        });
      });
      request.on('error', failed);
      request.end(body);
    });
  }
  async until(what, look, seconds = 120) {
    for (const end = Date.now() + seconds * 1000; ;) {
      try {
        if (await look()) return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended; see ${this.log}`);
      if (Date.now() > end) throw new Error(`${this.name}: ${what}: not within ${seconds} s`);
      await sleep(2);
    }
  }
}

// The binary and configuration of ./run, and --auto-claim for bulk loads.
export class Qala extends Engine {
  constructor(folder) {
    super('qala', folder);
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  }
  // A new folder knows none of the old one's tokens.
  fresh() {
    this.tokens = {};
    for (const scope of ['ingest', 'read', 'bus', 'admin']) rmSync(this.tokenFile(scope), { force: true });
    return super.fresh();
  }
  tokenFile(scope) { return join(settings.data, `${this.data.split('/').at(-1)}-${scope}.token`); }
  // Seconds from the start of the process to the ready line.
  async start(extra = {}) {
    const before = performance.now();
    this.launch(join(bin, 'qala'), ['serve', '--data', this.data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0', '--auto-claim'], extra);
    let text = '';
    await new Promise((done, failed) => {
      this.child.stdout.on('data', (part) => {
        text += part;
        if (/^ready .*\n/m.test(text)) done();
      });
      this.child.on('exit', () => failed(new Error(`qala ended before it was ready; see ${this.log}`)));
    });
    const port = (name) => Number(text.match(new RegExp(` ${name}=\\S+:(\\d+)`))?.[1] ?? 0);
    this.port = port('http');
    this.mqtt = port('mqtt');
    if (!this.port) throw new Error(`qala did not start; see ${this.log}`);
    this.ready_s = (performance.now() - before) / 1000;
    this.tokens ??= {};
    return this;
  }
  token(scope) {
    const file = this.tokenFile(scope);
    if (!this.tokens[scope] && existsSync(file) && existsSync(join(this.data, '.benched'))) this.tokens[scope] = readFileSync(file, 'utf8');
    if (!this.tokens[scope]) {
      this.tokens[scope] = execFileSync(join(bin, 'qala'), ['token', 'create', '--data', this.data, '--name', `bench ${scope}`, '--scope', scope], { encoding: 'utf8', env: environment }).trim();
      writeFileSync(file, this.tokens[scope], { mode: 0o600 });
    }
    return this.tokens[scope];
  }
  loadOptions() { return { port: this.port, path: '/api/v2/write', token: this.token('ingest') }; }
  async ask(path, method, body) {
    const headers = { authorization: `Bearer ${this.token('admin')}` };
    // A token made by another process is noticed a moment later on a busy machine.
    for (let n = 0; ; n++) {
      try {
        return JSON.parse((await this.get(path, headers, method, body)) || 'null');
      } catch (error) {
        if (n === 40 || !/: 401 /.test(error.message)) throw error;
        await sleep(50);
      }
    }
  }
  health() { return this.ask('/api/v1/health'); }
  async count() { return (await this.ask('/v1.1/Observations?$top=0&$count=true'))['@iot.count']; }
  // Everything merged and packed as an idle server does it by and by.
  async settle() {
    const socket = net.connect({ path: join(this.data, 'control.sock') });
    socket.end('settle\n');
    let answer = '';
    for await (const part of socket) answer += part;
    if (!answer.startsWith('ok')) throw new Error(`settle: ${answer}`);
  }
  // 3,000 things with a device token each, one token a line.
  async makeDevices(file, count = 3000) {
    const make = async (i) => {
      const thing = await this.ask('/api/v1/things', 'POST', JSON.stringify({ key: `bench-${i}`, name: `bench-${i}`, kind: 'air_station' }));
      return (await this.ask(`/api/v1/things/${thing.id}/token`, 'POST', '')).token;
    };
    const tokens = [];
    for (let i = 0; i < count; i += 16) tokens.push(...await Promise.all(Array.from({ length: Math.min(16, count - i) }, (_, k) => make(i + k))));
    writeFileSync(file, `${tokens.join('\n')}\n`, { mode: 0o600 });
  }
}

export class Victoria extends Engine {
  static program = settings.peers && installed('victoria-metrics');
  constructor(folder) { super('victoria-metrics', folder); }
  async start() {
    this.port = await freePort();
    const before = performance.now();
    this.launch(Victoria.program, [`-storageDataPath=${this.data}`, '-retentionPeriod=100y', `-httpListenAddr=127.0.0.1:${this.port}`]);
    this.child.stdout.resume();
    await this.until('/health', async () => (await this.get('/health')) === 'OK');
    this.ready_s = (performance.now() - before) / 1000;
    return this;
  }
  loadOptions() { return { port: this.port, path: '/write' }; }
  async settle() {
    await this.get('/internal/force_flush');
    await this.get('/internal/force_merge');
    await sleep(3000);
    await this.until('merges to end', async () => !(await this.get('/metrics')).split('\n').some((l) => l.startsWith('vm_active_merges') && !l.endsWith(' 0')), 600);
  }
}

export class Mosquitto extends Engine {
  static program = settings.peers && installed('mosquitto');
  constructor() { super('mosquitto', 'mosquitto'); }
  async start() {
    this.fresh();
    this.mqtt = await freePort();
    const file = join(this.data, 'mosquitto.conf');
    // No limit on what waits for the subscriber: the client itself waits for it.
    writeFileSync(file, `listener ${this.mqtt} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n`);
    this.launch(Mosquitto.program, ['-c', file]);
    this.child.stdout.resume();
    await this.until('the port', () => new Promise((done) => {
      const socket = net.connect(this.mqtt, '127.0.0.1', () => { socket.destroy(); done(true); });
      socket.on('error', () => done(false));
    }));
    return this;
  }
}
