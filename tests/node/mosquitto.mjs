// A real Mosquitto for tests of bridges, on a free port and in a folder of its own; and a wire to it that can be listened to.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { until } from './lib.mjs';

// Debian puts it where only administrators look.
const program = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find(existsSync) ?? 'mosquitto';
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port) => new Promise((done) => {
  const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), done(true)));
  socket.on('error', () => done(false));
});

export class Mosquitto {
  // `users`: {name: password}; none: everybody may. `tls`: {ca, certificate, key}, files, on a second port.
  constructor(folder, { users = null, tls = null, more = '' } = {}) {
    Object.assign(this, { folder, users, tls, more });
    mkdirSync(folder, { recursive: true });
  }

  // Its port is its own from one start to the next; before the first, one that somebody else took meanwhile is given up.
  async start() {
    const chosen = this.port !== undefined;
    for (let tries = 1; ; tries++) {
      if (!chosen) this.port = await freePort();
      if (!chosen && this.tls) this.tlsPort = await freePort();
      await this.begin();
      if (this.child.exitCode === null) return this;
      if (tries === 30 || !/in use/i.test(this.log)) throw new Error(`mosquitto ended: ${this.log}`);
      await new Promise((wake) => setTimeout(wake, 1_000));
    }
  }

  async begin() {
    const file = join(this.folder, 'mosquitto.conf');
    const passwords = join(this.folder, 'passwords');
    if (this.users && !existsSync(passwords)) {
      Object.entries(this.users).forEach(([name, password], at) => execFileSync('mosquitto_passwd', ['-b', ...(at === 0 ? ['-c'] : []), passwords, name, password]));
    }
    writeFileSync(file, `${process.getuid() === 0 ? 'user root\n' : ''}persistence true
persistence_location ${this.folder}/
max_queued_messages 100000
max_inflight_messages 20
${this.users ? `allow_anonymous false\npassword_file ${passwords}` : 'allow_anonymous true'}
listener ${this.port} 127.0.0.1
${this.tls ? `listener ${this.tlsPort} 127.0.0.1\ncertfile ${this.tls.certificate}\nkeyfile ${this.tls.key}\n` : ''}${this.more}`);
    const child = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    running.add(child);
    child.on('exit', () => running.delete(child));
    this.log = '';
    child.stderr.on('data', (text) => { this.log += text; });
    await until('mosquitto is there', async () => child.exitCode !== null || answers(this.port));
  }

  async stop() {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM'); // it writes its sessions down
    await gone;
  }

  // A client of the same broker, somebody else's: MQTT.js.
  async client(options = {}) {
    const [name, password] = Object.entries(this.users ?? {})[0] ?? [];
    return mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, { protocolVersion: 5, reconnectPeriod: 0, username: name, password, ...options });
  }
}

// Between the bridge and its broker: sees each packet pass, and can keep it back. `see(type, direction)` answers false to keep it.
export class Wire {
  constructor(to) {
    this.to = to;
    this.see = () => true;
    this.sockets = new Set();
  }
  async start() {
    this.server = net.createServer((near) => {
      const far = net.connect(this.to, '127.0.0.1');
      for (const [from, into, direction] of [[near, far, 'out'], [far, near, 'in']]) {
        this.sockets.add(from);
        from.on('error', () => {});
        from.on('close', () => (into.destroy(), this.sockets.delete(from)));
        let bytes = Buffer.alloc(0);
        from.on('data', (part) => {
          bytes = Buffer.concat([bytes, part]);
          for (let size; (size = packetSize(bytes)); bytes = bytes.subarray(size)) {
            if (this.see(bytes[0] >> 4, direction) && !into.destroyed) into.write(bytes.subarray(0, size));
          }
        });
      }
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    return this;
  }
  stop() {
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
  }
}
export const packet = { publish: 3, puback: 4 };

// Of the first packet, if it is whole.
function packetSize(bytes) {
  let length = 0;
  for (let at = 1; at < Math.min(5, bytes.length); at++) {
    length += (bytes[at] & 127) * 128 ** (at - 1);
    if (bytes[at] < 128) return bytes.length >= at + 1 + length ? at + 1 + length : 0;
  }
  return 0;
}
