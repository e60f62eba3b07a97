// A recorded ChirpStack integration plays against a real Mosquitto and our bridge: the value appears through the maker's
// codec on the thing's screen. Then the broker ends, which every page and the system page say, and comes back: what was
// sent meanwhile appears.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, wordsOf } from '../node/lib.mjs';
import { Mosquitto } from '../node/mosquitto.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const say = catalogue.en;
const eui = '0101010101010101';
const recorded = join(process.env.QALA_TEST_SHARED ?? join(root, '../shared'), 'testdata/lns-uplinks');
const maker = join(root, 'tests/codecs/makers/milesight-iot/am107.js');

// Temperature and humidity as the AM107 packs them.
const payload = (celsius) => {
  const tenths = Math.round(celsius * 10);
  return Buffer.from([0x01, 0x75, 0x5c, 0x03, 0x67, tenths & 255, (tenths >> 8) & 255, 0x04, 0x68, 0x65]);
};
function recordedEvents() {
  const events = ['join', 'status', 'integration', 'txack', 'ack', 'log', 'location'];
  if (!existsSync(recorded)) {
    console.log(`SKIPPED  no recorded messages in ${recorded}: the part plays its own`);
    return [];
  }
  return events.map((event) => [event, readFileSync(join(recorded, `chirpstack-v4-${event}.json`), 'utf8')]);
}
// The recorded uplink, with what an AM107 would have said.
function uplink(fCnt, celsius) {
  const file = join(recorded, 'chirpstack-v4-up.json');
  const up = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {
    deviceInfo: { applicationId: '17c82e96-be03-4f38-aef3-f83d48582d97', deviceName: 'Test device', devEui: eui }, devAddr: '00189440',
    rxInfo: [{ gatewayId: '0016c001f153a14c', rssi: -36, snr: 10.5 }],
  };
  return JSON.stringify({ ...up, deduplicationId: `3ac7e3c4-4401-4b8d-9386-a5c902f9${String(fCnt).padStart(4, '0')}`, time: new Date().toISOString(), fCnt, fPort: 85, data: payload(celsius).toString('base64') });
}
const topic = (event) => `application/17c82e96-be03-4f38-aef3-f83d48582d97/device/${eui}/event/${event}`;

async function assign(page) {
  await page.keyboard.press('4');
  await page.getByRole('link', { name: say['page.lorawan'] }).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('button', { name: say['lora.view.sources'] }).waitFor();
  await page.keyboard.press('s');
  const source = page.getByRole('row').filter({ hasText: 'chirpstack' });
  await source.getByText(say['lora.source.connected']).waitFor();
  await source.getByText(say['lora.way.bridge']).waitFor();
  await page.screenshot({ path: join(pictures, 'bridge-source.png') });
  await page.keyboard.press('d');
  const row = page.getByRole('row').filter({ hasText: eui });
  await row.getByText(say['lora.assign']).waitFor();
  await row.click();
  const device = page.getByRole('complementary', { name: say['lora.view.devices'], exact: true });
  await device.getByRole('combobox', { name: say['lora.profile'], exact: true }).focus();
  await page.keyboard.type('AM1');
  await device.getByRole('button', { name: say['lora.assign'], exact: true }).click();
  await device.getByRole('link', { name: say['lora.openThing'] }).click();
}

// Text beyond the window's edge; a table may be wider, in a frame of its own that moves.
const cutOff = (page) => page.evaluate(() => [...document.querySelectorAll('.system :is(h1, h2, dd, dt, p)')].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && !element.closest('.sr') && box.right > innerWidth + 1;
}).map((element) => element.textContent.trim().slice(0, 60)));

async function systemPage(page) {
  for (const [language, name] of Object.entries(own)) {
    const words = catalogue[language];
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    const problem = page.locator('[data-problem="bridge.away"]');
    await problem.waitFor();
    for (const part of [words['problem.bridge.away'], words['problem.bridge.away.do'], 'chirpstack']) check((await problem.textContent()).includes(part), `${language}: ${part}`);
    const row = page.locator('[data-partner="chirpstack"]');
    await row.getByText(words['bridge.state.away'], { exact: true }).waitFor();
    await row.scrollIntoViewIfNeeded();
    for (const theme of ['dark', 'light']) {
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
      await page.screenshot({ path: join(pictures, `bridge-away-${theme}-${language}.png`) });
    }
    equal(await cutOff(page), [], `cut off in ${language}`);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator('[data-partner="chirpstack"]').scrollIntoViewIfNeeded();
  equal(await cutOff(page), [], 'cut off on a phone');
  await page.screenshot({ path: join(pictures, 'bridge-away-390.png') });
  await page.setViewportSize({ width: 1920, height: 1080 });
}

export async function bridge() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-bridge');
  const broker = await new Mosquitto(scratch('browser-mosquitto')).start();
  const settings = join(broker.folder, 'qala.toml');
  writeFileSync(settings, `[[bridge]]\nname = "chirpstack"\nkind = "chirpstack"\nurl = "mqtt://127.0.0.1:${broker.port}"\n`);
  const admin = token(data, 'admin');
  const server = await new Server(data, { args: ['--config', settings] }).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const ask = async (path, body) => {
    const answer = await server.request('POST', `/api/v1${path}`, { token: admin, body: JSON.stringify(body) });
    equal(answer.status, 201, `${path}: ${answer.text}`);
    return answer.json;
  };
  try {
    const codec = await ask('/codecs', { name: 'Milesight AM107', script: readFileSync(maker, 'utf8') });
    await ask('/device-profiles', { name: 'AM107', decoder: { kind: 'codec', codec: codec.id }, fields: [{ path: 'data.temperature', datastream: 'temperature', property: 'temperature', unit: '°C' }] });
    const isIt = (state) => until(`the bridge is ${state}`, async () => (await server.get('/api/v1/health', admin)).bridges[0].state === state, patience / 1000);
    await isIt('connected');
    let chirpstack = await broker.client();
    for (const [event, text] of recordedEvents()) await chirpstack.publishAsync(topic(event), text, { qos: 1 });
    await chirpstack.publishAsync(topic('up'), uplink(1, 30.8), { qos: 1 });

    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    await page.getByRole('button', { name: own.en, exact: true }).click();
    for (const [label, text] of [['signin.user', 'asem'], ['setup.password', 'a long walk in the snow'], ['setup.again', 'a long walk in the snow']]) {
      await page.getByLabel(say[label], { exact: true }).click();
      await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
    await assign(page);
    await page.getByText('30.8', { exact: true }).first().waitFor();
    await chirpstack.publishAsync(topic('up'), uplink(2, 21.5), { qos: 1 });
    await page.getByText('21.5', { exact: true }).first().waitFor();
    await page.screenshot({ path: join(pictures, 'bridge-thing.png') });

    await chirpstack.endAsync();
    await broker.stop();
    await page.getByRole('link', { name: say['problem.bridge.away'] }).last().waitFor();
    await page.screenshot({ path: join(pictures, 'bridge-banner.png') });
    await page.keyboard.press('Escape');
    await page.keyboard.press('8');
    await page.waitForURL(/system$/);
    await systemPage(page);
    await broker.start();
    chirpstack = await broker.client();
    await chirpstack.publishAsync(topic('up'), uplink(3, 19.4), { qos: 1 });
    await chirpstack.endAsync();
    await page.locator('[data-partner="chirpstack"]').getByText(say['bridge.state.connected'], { exact: false }).waitFor();
    await page.screenshot({ path: join(pictures, 'bridge-back.png') });
    await page.keyboard.press('4');
    await page.getByText('19.4', { exact: false }).first().waitFor();
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'bridge');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
    if (broker.child.exitCode === null) await broker.stop();
  }
}
