// Devices over Modbus TCP: the peer is libmodbus's own server (tests/modbus), behind which there are several units.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync, copyFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { Server, qala, root, scratch, token, check, equal, until, cases } from './lib.mjs';
import { command, program, health, rejects, readings, values } from './town.mjs';

const folder = scratch('modbus');
const data = join(folder, 'town');
mkdirSync(data);
const running = [];
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// One address with units behind it, as a gateway has them.
class Device {
  async start(port = 0) {
    this.child = spawn(join(dirname(qala), 'qala-modbus-device'), [String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    running.push(this.child);
    this.lines = [];
    let text = '';
    this.child.stdout.on('data', (part) => {
      text += part;
      this.lines.push(...text.split('\n').slice(0, -1));
      text = text.slice(text.lastIndexOf('\n') + 1);
    });
    this.port = Number((await this.line()).split(' ')[1]);
    return this;
  }
  line() { return until('a line of the device', () => this.lines.shift(), 20); }
  async tell(...words) {
    this.child.stdin.write(`${words.join(' ')}\n`);
    return this.line();
  }
  async do(...words) { equal(await this.tell(...words), 'ok', words.join(' ')); }
  async count() {
    const [, requests, connections] = (await this.tell('count')).split(' ').map(Number);
    return { requests, connections };
  }
  async stop() {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

copyFileSync(join(root, 'deploy/modbus/heating-substation.toml'), join(folder, 'shipped.toml'));
const map = (name, text) => writeFileSync(join(folder, name), text);
const head = 'name = "Boiler"\nkind = "heat_substation"\naddress_base = 0\nfunction = 4\nevery_s = 1\n';
map('heat.toml', `${head}
[[register]]
key = "supply_temperature"
property = "supply_temperature"
address = 10
type = "int16"
scale = 0.1
min = -40
max = 200
absent = -32768
[[register]]
key = "heat_power"
property = "heat_power"
address = 11
type = "float32"
order = "CDAB"
min = 0
max = 5000
[[register]]
key = "heat_energy"
property = "heat_energy"
address = 13
type = "uint32"
scale = 0.001
[[register]]
key = "pump_state"
function = 2
address = 4
`);
map('config.toml', '');

const device = await new Device().start();
const float = (value) => { const view = new DataView(new ArrayBuffer(4)); view.setFloat32(0, value); return [view.getUint16(0), view.getUint16(2)]; };
async function fill(unit, { supply, power, energy, pump }) {
  await device.do('unit', unit);
  const [high, low] = float(power);
  await device.do('register', unit, 4, 10, supply & 0xffff);
  await device.do('register', unit, 4, 11, low);
  await device.do('register', unit, 4, 12, high);
  await device.do('register', unit, 4, 13, energy >>> 16);
  await device.do('register', unit, 4, 14, energy & 0xffff);
  await device.do('register', unit, 2, 4, pump);
}
await fill(1, { supply: 836, power: 412.7, energy: 123456789, pump: 1 });
await fill(2, { supply: -105, power: 0, energy: 1, pump: 0 });

const entry = (name, unit, more = '') => `[[modbus]]\nname = "${name}"\naddress = "127.0.0.1:${device.port}"\nunit = ${unit}\nmap = "heat.toml"\nthing = "${name}"\ntimeout_ms = 2000\n${more}\n`;
map('config.toml', entry('HS-1', 1) + entry('HS-2', 2));
const admin = token(data, 'admin');
let server = await new Server(data, { args: ['--config', join(folder, 'config.toml')] }).start();
const last = async (thing, key) => (await values(server, admin, thing, key)).at(-1);
const problem = async (code) => (await health(server, admin)).problems.find((p) => p.code === code);
const state = async (name) => (await health(server, admin)).modbus.find((d) => d.name === name);

await cases({
  'one command tries a map: each register raw and scaled': async () => {
    const { out } = await command(0, ['modbus', 'read', '--map', join(folder, 'heat.toml'), '--host', `127.0.0.1:${device.port}`]);
    check(/supply_temperature .*address +10 .*0x0344 +83\.6 °C/.test(out), `the temperature: ${out}`);
    check(/heat_power .*0x[0-9a-f]{4} 0x[0-9a-f]{4} +412\.7 kW/.test(out), `the power: ${out}`);
    check(/heat_energy .*0x075b 0xcd15 +123456\.789 MWh/.test(out), `the energy: ${out}`);
    check(out.includes('4 values in 2 requests'), `neighbours are asked for together: ${out}`);
  },

  'a wrong word order and a register that is not there are said': async () => {
    map('wrong.toml', `${head}[[register]]\nkey = "p"\naddress = 11\ntype = "float32"\nmin = 0\nmax = 5000\n[[register]]\nkey = "none"\naddress = 65535\nfunction = 3\n[[register]]\nkey = "far"\nfunction = 4\naddress = 65534\ntype = "int32"\n`);
    await device.do('register', 1, 3, 65535, 7);
    const { out } = await command(1, ['modbus', 'read', '--map', join(folder, 'wrong.toml'), '--host', `127.0.0.1:${device.port}`]);
    check(/^p .*(outside min and max|not a number).*CDAB/m.test(out), `the order: ${out}`);
    check(/^none .*0x0007 +7$/m.test(out), `the last register: ${out}`);
    await device.do('exception', 1, 2);
    const refused = await command(1, ['modbus', 'read', '--map', join(folder, 'heat.toml'), '--host', `127.0.0.1:${device.port}`]);
    check(/pump_state .*illegal data address: the device has no such register \(exception 2\)/.test(refused.out), refused.out);
    await device.do('exception', 1, 0);
    const nobody = await command(1, ['modbus', 'read', '--map', join(folder, 'heat.toml'), '--host', '127.0.0.1:1']);
    check(/no connection: Connection refused/.test(nobody.out), nobody.out);
  },

  'the map that comes along reads a substation': async () => {
    await device.do('unit', 9);
    await device.do('register', 9, 4, 10, 952);
    const { out } = await command(0, ['modbus', 'read', '--map', join(folder, 'shipped.toml'), '--host', `127.0.0.1:${device.port}`, '--unit', '9']);
    check(/supply_temperature .*95\.2 °C/.test(out), out);
  },

  'two units behind one address become things with readings, over one connection': async () => {
    await until('readings of both', async () => (await last('HS-1', 'heat_energy')) === 123456.789 && (await last('HS-2', 'supply_temperature')) === -10.5);
    equal([await last('HS-1', 'supply_temperature'), await last('HS-1', 'heat_power'), await last('HS-1', 'pump_state'), await last('HS-2', 'pump_state')], [83.6, 412.7, 1, 0], 'the values');
    const all = await server.get('/api/v1/things', admin);
    const thing = all.things.find((t) => t.key === 'HS-1');
    const stream = thing.datastreams.find((d) => d.key === 'supply_temperature');
    equal([thing.kind, stream.interval_ms, all.properties.find((p) => p.id === stream.property)?.key, stream.unit], ['heat_substation', 1000, 'supply_temperature', '°C'], 'thing and datastream');
    const times = (await Promise.all(['supply_temperature', 'heat_power', 'heat_energy', 'pump_state'].map((key) => readings(server, admin, 'HS-1', key)))).map((rows) => rows[0][0]);
    equal(new Set(times).size, 1, 'a round has one time');
    const before = await device.count();
    await until('it goes on', async () => (await device.count()).requests > before.requests + 4);
    equal((await device.count()).connections, before.connections, 'no new connection');
  },

  'what cannot be is refused and counted, "no value" is none': async () => {
    await device.do('register', 2, 4, 10, 0x7fff);
    await until('it is counted', async () => (await rejects(server, admin, 'impossible')) > 0);
    await device.do('register', 2, 4, 10, 0x8000);
    const before = (await state('HS-2')).polls;
    await until('some rounds', async () => (await state('HS-2')).polls > before + 2);
    check(!(await values(server, admin, 'HS-2', 'supply_temperature')).some((v) => v > 200 || v < -100), 'neither is a reading');
    await device.do('register', 2, 4, 10, 500);
    await until('it is back', async () => (await last('HS-2', 'supply_temperature')) === 50);
  },

  'a unit that is silent is on the health page and the others go on; it comes back by itself': async () => {
    await device.do('silent', 2, 1);
    const told = await until('the problem', async () => problem('modbus.silent'));
    equal([told.params.n, told.params.of, told.params.name], [1, 2, 'HS-2'], 'one of two');
    check(/no answer within 2000 ms/.test(told.params.why), told.params.why);
    const before = (await values(server, admin, 'HS-1', 'pump_state')).length;
    await until('the other goes on', async () => (await values(server, admin, 'HS-1', 'pump_state')).length > before + 1);
    await device.do('silent', 2, 0);
    await until('it is back', async () => (await state('HS-2')).state === 'answers');
    await until('and the problem is over', async () => !(await problem('modbus.silent')));
  },

  'a unit that is away behind its gateway is said in the words of the gateway': async () => {
    await device.do('exception', 2, 11);
    await until('silent', async () => /the gateway hears nothing of the device behind it \(exception 11\)/.test((await state('HS-2')).words));
    await device.do('exception', 2, 0);
    await until('it is back', async () => (await state('HS-2')).state === 'answers');
  },

  'slow answers and cut connections lose rounds, not the device': async () => {
    const before = await device.count();
    await device.do('cut', 2);
    await until('it connected anew', async () => (await device.count()).connections > before.connections);
    await device.do('slow', 1, 2500);
    await until('it is too slow', async () => (await state('HS-1')).state === 'silent');
    await device.do('slow', 1, 50);
    const had = (await values(server, admin, 'HS-1', 'pump_state')).length;
    await until('it answers again', async () => (await values(server, admin, 'HS-1', 'pump_state')).length > had + 1);
    await device.do('slow', 1, 0);
    equal(await last('HS-1', 'heat_power'), 412.7, 'and no answer was taken for another');
  },

  'registers that a device does not have are named, the rest is read': async () => {
    await device.do('exception', 2, 1);
    await until('the problem', async () => problem('modbus.registers'));
    check(/illegal function/.test((await state('HS-2')).words), (await state('HS-2')).words);
    await device.do('exception', 2, 0);
    await until('it is over', async () => (await state('HS-2')).refused === 0);
  },

  'after kill -9 all is there and reading goes on; the device may be new, too': async () => {
    const had = await readings(server, admin, 'HS-1', 'heat_energy');
    await server.kill();
    const { port } = device;
    await device.stop();
    server = await new Server(data, { args: ['--config', join(folder, 'config.toml')] }).start();
    await until('nobody is there', async () => (await problem('modbus.silent'))?.params.n === 2);
    await device.start(port);
    await fill(1, { supply: 700, power: 1, energy: 123456790, pump: 1 });
    await fill(2, { supply: 1, power: 1, energy: 2, pump: 1 });
    await until('it goes on', async () => (await last('HS-1', 'supply_temperature')) === 70);
    const now = await readings(server, admin, 'HS-1', 'heat_energy');
    equal(now.slice(0, had.length), had, 'what was there is there');
    check(/qala_modbus_devices 2/.test((await server.request('GET', '/metrics', { token: admin })).text), 'the metrics');
    equal(await server.stop(), 0, 'and it ends');
  },

  'mistakes of map and configuration are said with line and column': async () => {
    map('bad.toml', 'address_base = 0\n[[register]]\nkey = "a"\naddress = 1\ntype = "real"\n');
    const config = join(folder, 'bad-config.toml');
    writeFileSync(config, entry('HS-1', 1).replace('heat.toml', 'bad.toml'));
    const { err } = await command(2, ['check-config', config]);
    check(/bad\.toml:5:8: type: one of int16/.test(err), err);
    const serve = await program(qala, ['serve', '--data', data, '--config', config]);
    equal(serve.code, 2, 'it does not start with it');
    writeFileSync(config, entry('HS-1', 1) + entry('HS-1', 2));
    check(/bad-config\.toml:10:8: modbus\.name: "HS-1" is there twice/.test((await command(2, ['check-config', config])).err), 'the second of the same name');
  },
});
