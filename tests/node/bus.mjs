// kill -9 while bus clients publish: what was acknowledged and is to be kept (retained, or queued for sessions that
// outlive their connection) is there afterwards, and QoS 2 is not there twice. QALA_TEST_BUS_KILLS sets how often.
import { Server, scratch, check, equal, until, cases, run, token } from './lib.mjs';
import { client } from './town.mjs';

const kills = Number(process.env.QALA_TEST_BUS_KILLS ?? 12);
const bus = (server, options) => client(server.bus, { protocolVersion: 4, ...options });

// Publishes numbers of its own, each with QoS 1 or 2, some retained, as fast as a window of 50 allows.
class Publisher {
  constructor(name, qos) {
    Object.assign(this, { name, qos, next: 0, acknowledged: new Set(), retained: new Map(), flying: 0, going: false });
  }

  async connect(server) {
    this.client = await bus(server, { clientId: this.name });
    this.going = true;
    for (let i = 0; i < 50; i++) this.send();
  }

  send() {
    if (!this.going) return;
    const n = this.next++;
    const retain = n % 5 === 0;
    const topic = retain ? `kept/${this.name}/state/${n % 4}` : `kept/${this.name}/event`;
    this.flying++;
    this.client.publish(topic, String(n), { qos: this.qos, retain }, (error) => {
      this.flying--;
      if (error) return;
      this.acknowledged.add(n);
      if (retain) this.retained.set(topic, Math.max(n, this.retained.get(topic) ?? 0));
      this.send();
    });
  }

  stop() {
    this.going = false;
    this.client.end(true);
  }
}

await cases({
  'what the bus acknowledged is kept over kill -9': async () => {
    const server = new Server(scratch('bus'), { args: ['--bus', '127.0.0.1:0'] });
    await server.start();
    const reader = { clientId: 'reader', clean: false };
    const heard = new Map();
    const doubled = [];
    const listen = async () => {
      const made = await bus(server, { ...reader, autoUseTopicAlias: false });
      const take = (topic, text) => {
        const key = `${topic.split('/')[1]} ${text}`;
        if (heard.has(key)) doubled.push(key);
        heard.set(key, true);
      };
      made.received.forEach((m) => take(m.topic, m.text));
      made.received.length = 0;
      made.on('message', (topic, payload) => take(topic, payload.toString()));
      return made;
    };
    const first = await bus(server, reader);
    await first.subscribeAsync('kept/#', { qos: 2 });
    await first.endAsync();
    const publishers = [new Publisher('one', 1), new Publisher('two', 2)];
    const total = () => publishers.reduce((sum, p) => sum + p.acknowledged.size, 0);
    for (let k = 0; k < kills; k++) {
      const before = total();
      await Promise.all(publishers.map((p) => p.connect(server)));
      await until('acknowledgements', () => total() > before + 300 + 20 * k);
      check(publishers.reduce((sum, p) => sum + p.flying, 0) > 0, 'some are in flight');
      const killed = server.kill();
      publishers.forEach((p) => p.stop());
      await killed;
      await server.start();
      const back = await listen();
      const lost = () => publishers.flatMap((p) => [...p.acknowledged].filter((n) => !heard.has(`${p.name} ${n}`)).map((n) => `${p.name} ${n}`));
      await until('all that was acknowledged is heard', () => lost().length === 0, 30).catch(() => equal(lost().slice(0, 5), [], 'acknowledged and not heard'));
      await back.endAsync();
    }
    const looker = await bus(server);
    await looker.subscribeAsync('kept/+/state/+', { qos: 1 });
    for (const p of publishers) {
      for (const [topic, n] of p.retained) {
        const kept = await until(`${topic} is retained`, () => looker.received.find((m) => m.topic === topic), 20);
        check(Number(kept.text) >= n, `${topic} holds ${kept.text}, acknowledged was ${n}`);
      }
    }
    console.log(JSON.stringify({ kills, acknowledged: total(), heard: heard.size, doubled: doubled.length }));
    equal(doubled, [], 'heard twice');
    await looker.endAsync(true);
    equal(await server.stop(), 0, 'SIGTERM ends it with 0');
  },

  'nothing is kept for a token that is withdrawn while the server is down': async () => {
    const data = scratch('bus-withdrawn');
    const server = new Server(data);
    await server.start();
    const admin = token(data, 'admin');
    const sessions = async () => (await server.get('/api/v1/health', admin)).mqtt.sessions;
    const worker = await client(server.mqtt, { protocolVersion: 4, clientId: 'worker', clean: false, username: token(data, 'bus') });
    await worker.subscribeAsync('$share/workers/jobs/#', { qos: 1 });
    await worker.endAsync();
    await until('its session is kept', async () => (await sessions()) === 1);
    equal(await server.stop(), 0, 'stopped');
    const id = run('token', 'list', '--data', data).split('\n').find((line) => line.includes(' bus ')).trim().split(/\s+/)[0];
    run('token', 'revoke', '--data', data, '--id', id);
    await server.start();
    await until('it has ended', async () => (await sessions()) === 0, 20);
    equal(await server.stop(), 0, 'stopped');
  },
});
