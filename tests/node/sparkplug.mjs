// Edge nodes of Sparkplug B on Qala's bus, played by a client of others' (sparkplug-client); what it would never do is made with
// the payload library alone.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { addThing, client, health, readings, rejects, values } from './town.mjs';

const require = createRequire(import.meta.url);
const { newClient } = require('sparkplug-client');
const payloads = require('sparkplug-payload').get('spBv1.0');

const data = join(scratch('sparkplug'), 'town');
mkdirSync(data);
const admin = token(data, 'admin');
const bus = token(data, 'bus', 'edge nodes');
const env = { QALA_SPARKPLUG_HOST_ID: 'town' };
let server = await new Server(data, { env }).start();

const boiler = 'Heat/GW-1/Boiler 2';
for (const key of ['Heat/GW-1', boiler]) await addThing(server, admin, { key, name: key, kind: 'heat_substation' });

// A node with one device, as its maker would program it.
class EdgeNode {
  constructor(name, options = {}) {
    this.name = name;
    this.births = 0;
    this.supply = 83.5;
    this.client = newClient({ serverUrl: `mqtt://${server.mqtt}`, username: bus, password: '', groupId: 'Heat', edgeNode: name,
      clientId: `edge-${name}`, version: 'spBv1.0', publishDeath: true, mqttOptions: { reconnectPeriod: 200 }, ...options });
    this.client.on('error', () => {});
    this.client.on('birth', () => this.birth());
    this.client.on('ncmd', (payload) => {
      if (payload.metrics.some((m) => m.name === 'Node Control/Rebirth' && m.value)) this.birth();
    });
  }
  birth() {
    this.births++;
    const now = Date.now();
    this.client.publishNodeBirth({ timestamp: now, metrics: [
      { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
      { name: 'Uptime', alias: 1, type: 'UInt32', value: 5, timestamp: now }] });
    this.client.publishDeviceBirth('Boiler 2', { timestamp: now, metrics: [
      { name: 'Supply Temperature', alias: 10, type: 'Float', value: this.supply, timestamp: now },
      { name: 'Offset', alias: 11, type: 'Int8', value: -5, timestamp: now },
      { name: 'Pump', alias: 12, type: 'Boolean', value: true, timestamp: now },
      { name: 'State', alias: 13, type: 'String', value: 'heating', timestamp: now }] });
  }
  data(...metrics) { this.client.publishDeviceData('Boiler 2', { timestamp: Date.now(), metrics }); }
}

const last = async (thing, key) => (await values(server, admin, thing, key)).at(-1);
const node = async (name) => (await health(server, admin)).sparkplug.nodes.find((n) => n.name === name);
const problem = async () => (await health(server, admin)).problems.find((p) => p.code === 'sparkplug.dead');
let edge;

await cases({
  'the host says that it is there, before anybody asks': async () => {
    const observer = await client(server.mqtt, { username: bus });
    await observer.subscribeAsync('spBv1.0/STATE/town');
    const state = await until('its state', () => observer.received[0]);
    check(state.packet.retain && JSON.parse(state.text).online === true, `${state.text}`);
    check(Math.abs(JSON.parse(state.text).timestamp - Date.now()) < 3_600_000, 'with its time');
    observer.end(true);
  },

  'births become readings of node and device, with types and times': async () => {
    edge = new EdgeNode('GW-1');
    await until('the supply temperature', async () => (await last(boiler, 'Supply Temperature')) === 83.5);
    equal([await last(boiler, 'Offset'), await last(boiler, 'Pump'), await last(boiler, 'State'), await last(boiler, 'online'), await last('Heat/GW-1', 'Uptime'), await last('Heat/GW-1', 'online')],
      [-5, true, 'heating', true, 5, true], 'the values');
    const is = await node('Heat/GW-1');
    equal([is.state, is.devices], ['alive', 1], 'the node on the health page');
  },

  'data come by alias, with the time of the metric; what is historical keeps its own': async () => {
    const at = Date.now() - 60_000;
    edge.data({ alias: 10, type: 'Float', value: 70.25, timestamp: Date.now() });
    await until('the new value', async () => (await last(boiler, 'Supply Temperature')) === 70.25);
    edge.data({ alias: 10, type: 'Float', value: 61.5, timestamp: at, isHistorical: true });
    await until('the older value', async () => (await readings(server, admin, boiler, 'Supply Temperature')).some(([ms, value]) => ms === at && value === 61.5));
    equal(await last(boiler, 'Supply Temperature'), 70.25, 'the newest is still the newest');
  },

  'three hundred data messages go round the sequence numbers without a rebirth': async () => {
    const { births } = edge;
    for (let i = 0; i < 300; i++) edge.data({ alias: 10, type: 'Float', value: i + 0.5, timestamp: Date.now() + i });
    await until('the last', async () => (await last(boiler, 'Supply Temperature')) === 299.5);
    equal([edge.births, (await node('Heat/GW-1')).gaps], [births, 0], 'no rebirth');
  },

  'after a gap nothing is taken until the node is born again, as it was asked to': async () => {
    const { births } = edge;
    const refused = await rejects(server, admin, 'sparkplug');
    edge.client.seq++; // a message is lost
    edge.data({ alias: 10, type: 'Float', value: -1, timestamp: Date.now() });
    await until('the node is born again', () => edge.births > births);
    edge.data({ alias: 10, type: 'Float', value: 44.5, timestamp: Date.now() });
    await until('it goes on', async () => (await values(server, admin, boiler, 'Supply Temperature')).includes(44.5));
    check(!(await values(server, admin, boiler, 'Supply Temperature')).includes(-1), 'what came after the gap is not taken');
    check((await rejects(server, admin, 'sparkplug')) > refused, 'and it is counted');
    equal((await node('Heat/GW-1')).state, 'alive', 'all is well');
  },

  'an alias that no birth announced asks for a birth': async () => {
    const { rebirths } = await node('Heat/GW-1');
    const asked = await until('asked', async () => {
      edge.data({ alias: 77, type: 'Float', value: 1, timestamp: Date.now() });
      const now = await node('Heat/GW-1');
      return now.rebirths > rebirths && now;
    });
    equal(asked.state, 'alive', 'what is known of it still holds');
  },

  'a node that is cut off is dead, with its devices, and said so; its return ends it': async () => {
    edge.client.client.stream.destroy(); // no DISCONNECT: the broker publishes the will
    await until('dead', async () => (await values(server, admin, boiler, 'online')).includes(false) && (await values(server, admin, 'Heat/GW-1', 'online')).includes(false));
    await until('born again by itself', async () => (await node('Heat/GW-1')).state === 'alive' && (await last(boiler, 'online')) === true);
    edge.client.stop(); // a death of its own, then DISCONNECT
    const told = await until('the problem', problem);
    equal([told.params.n, told.params.name], [1, 'Heat/GW-1'], 'by name');
    edge = new EdgeNode('GW-1');
    await until('the problem is over', async () => !(await problem()));
  },

  'an old will does not kill a newer birth; a node that nobody knows waits in the list': async () => {
    const raw = await client(server.mqtt, { username: bus });
    const say = (topic, payload) => raw.publishAsync(`spBv1.0/Heat/${topic}`, Buffer.from(payloads.encodePayload(payload)), { qos: 0 });
    const bdSeq = (value) => ({ name: 'bdSeq', type: 'UInt64', value });
    const now = Date.now();
    await say('NBIRTH/GW-2', { timestamp: now, seq: 0, metrics: [bdSeq(9), { name: 'Level', alias: 1, type: 'Double', value: 1.5 }] });
    await say('NDEATH/GW-2', { timestamp: now, metrics: [bdSeq(8)] });
    await say('NDATA/GW-2', { timestamp: now, seq: 1, metrics: [{ alias: 1, type: 'Double', value: 2.5 }] });
    const waiting = await until('it waits in the list', async () => (await server.get('/api/v1/unclaimed', admin)).devices.find((d) => d.key === 'Heat/GW-2' && d.readings >= 3));
    check(waiting.keys.includes('Level'), 'with its metrics');
    equal((await node('Heat/GW-2')).state, 'alive', 'and it lives');
    await say('NDEATH/GW-2', { timestamp: now, metrics: [bdSeq(9)] });
    await until('now it does not', async () => (await node('Heat/GW-2')).state === 'dead');
    await raw.publishAsync('spBv1.0/Heat/NBIRTH/GW-3', 'nonsense');
    await until('nonsense is counted', async () => (await health(server, admin)).rejects.find((r) => r.reason === 'sparkplug').samples.some((s) => s.text.includes('not a Sparkplug B payload')));
    raw.end(true);
  },

  'after kill -9 the host is there at once and the node is born again by itself': async () => {
    const had = (await values(server, admin, boiler, 'Supply Temperature')).length;
    const { births } = edge;
    edge.supply = 55.5;
    const ports = { http: 0, mqtt: Number(server.mqtt.split(':')[1]) };
    await server.kill();
    server = await new Server(data, { env }).start(ports);
    await until('the node is born', () => edge.births > births);
    await until('its value', async () => (await last(boiler, 'Supply Temperature')) === 55.5);
    check((await values(server, admin, boiler, 'Supply Temperature')).length > had, 'what was there is there');
    check(/qala_sparkplug_nodes 1\b/.test((await server.request('GET', '/metrics', { token: admin })).text), 'the metrics');
  },

  'the host says that it goes': async () => {
    const observer = await client(server.mqtt, { username: bus });
    await observer.subscribeAsync('spBv1.0/STATE/town');
    edge.client.client.end(true);
    const end = server.stop();
    await until('its last word', () => observer.received.some(({ text }) => JSON.parse(text).online === false));
    equal(await end, 0, 'it ends well');
    observer.end(true);
  },
});
