// LoRaWAN by keyboard and mouse: a device that nobody knows speaks by webhook, an engineer uploads its maker's codec, tries
// it on bytes, maps its fields, assigns the profile and sees the value on the thing's screen. A hostile codec is shown as
// disabled after three strikes and is enabled again. Then each part in three languages, both themes, wide and narrow.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, root, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const say = catalogue.en;
const before = (text) => text.split('{')[0].trim();
const eui = '24e124136b502201';
const script = `function decodeUplink(input) {
  var b = input.bytes;
  return { data: { temperature: ((b[2] | (b[3] << 8)) << 16 >> 16) / 10, humidity: b[6] / 2, state: 'open' }, warnings: b[6] > 180 ? ['damp'] : [] };
}
`;

// As ChirpStack 4 sends it.
let count = 0;
async function uplink(server, ingest, hex) {
  count += 1;
  const body = {
    deduplicationId: `3ac7e3c4-4401-4b8d-9386-a5c902f9${String(count).padStart(4, '0')}`, time: new Date().toISOString(),
    deviceInfo: { tenantName: 'Town', applicationId: '17c82e96-be03-4f38-aef3-f83d48582d97', applicationName: 'Schools', deviceProfileName: 'EM300', deviceName: 'School 2, attic', devEui: eui },
    devAddr: '00189440', dr: 1, fCnt: count, fPort: 85, data: Buffer.from(hex, 'hex').toString('base64'),
    rxInfo: [{ gatewayId: '0016c001f153a14c', uplinkId: 4217106255 + count, rssi: -104, snr: 5.2 }],
    txInfo: { frequency: 867100000, modulation: { lora: { bandwidth: 125000, spreadingFactor: 11, codeRate: 'CR_4_5' } } },
  };
  const answer = await server.request('POST', '/api/v1/lorawan/chirpstack?event=up', { headers: { 'content-type': 'application/json', 'x-api-key': ingest }, body: JSON.stringify(body) });
  check(answer.status >= 200 && answer.status < 300, `the webhook takes an uplink: ${answer.status} ${answer.text}`);
}
const bytesOf = (celsius) => {
  const tenths = Math.round(celsius * 10);
  return `0367${Buffer.from([tenths & 255, (tenths >> 8) & 255]).toString('hex')}046871`;
};

async function fill(scope, page, label, text) {
  await scope.getByLabel(label, { exact: true }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}
// A choice of a list, by keyboard: its first letters.
async function pick(scope, page, label, letters) {
  await scope.getByRole('combobox', { name: label, exact: true }).focus();
  await page.keyboard.type(letters);
}
const side = (page, view) => page.getByRole('complementary', { name: say[`lora.view.${view}`], exact: true });

// `file` writes what is chosen; a script that is wrong is said with its place, and nothing is stored.
async function makesACodec(page, data) {
  const file = join(data, 'em300.js');
  writeFileSync(file, script);
  await page.keyboard.press('c');
  await page.getByText(say['lora.noCodecs']).first().waitFor();
  await page.keyboard.press('n');
  const form = side(page, 'codecs');
  await fill(form, page, say['lora.name'], 'broken');
  await form.getByLabel(say['lora.script'], { exact: true }).click();
  await page.keyboard.type('function decodeUplink(input) {\n  return (((;\n}');
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await form.getByRole('alert').filter({ hasText: /2/ }).getByRole('button', { name: say['lora.goThere'] }).click();
  await page.screenshot({ path: join(pictures, 'lorawan-script-wrong.png') });
  await fill(form, page, say['lora.name'], 'Milesight EM300');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), form.getByRole('button', { name: say['lora.chooseScript'] }).click()]);
  await chooser.setFiles(file);
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Milesight EM300' }).getByText(say['lora.works']).waitFor();
  equal(await page.getByRole('row').filter({ hasText: 'broken' }).count(), 0, 'the broken one is not stored');

  await fill(form, page, say['lora.port'], '85');
  await fill(form, page, say['lora.payload'], 'xyz');
  await page.keyboard.press('Enter');
  await form.getByText(say['lora.badBytes']).waitFor();
  await fill(form, page, say['lora.payload'], '03 67 10 01 04 68 ff');
  await page.keyboard.press('Enter');
  const row = (path) => form.getByRole('row').filter({ hasText: path });
  await row('data.temperature').getByText('27.2', { exact: true }).waitFor();
  await row('data.humidity').getByText('127.5', { exact: true }).waitFor();
  await form.getByText('damp').first().waitFor();
  await form.getByText(before(say['lora.took'])).first().waitFor();
  await page.screenshot({ path: join(pictures, 'lorawan-codec.png') });
}

async function makesAProfile(page) {
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.getByText(say['lora.noProfiles']).first().waitFor();
  await page.keyboard.press('n');
  const form = side(page, 'profiles');
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await form.getByText(say['lora.needs.name']).waitFor();
  await fill(form, page, say['lora.name'], 'Attics');
  await fill(form, page, say['lora.maker'], 'Milesight');
  await fill(form, page, say['lora.model'], 'EM300-TH');
  await pick(form, page, say['lora.view.codecs'], 'Mil');
  await form.getByRole('button', { name: say['lora.run'] }).click();
  const waiting = form.getByRole('group', { name: say['lora.notMapped'], exact: true });
  await waiting.getByText('data.state').waitFor();
  await waiting.getByRole('button', { name: new RegExp(before(say['lora.takeSuggested'])) }).click();
  const temperature = form.getByRole('group', { name: 'data.temperature', exact: true });
  await temperature.getByText('27.2 °C').waitFor();
  equal(await temperature.getByLabel(say['lora.datastream'], { exact: true }).inputValue(), 'temperature', 'the suggested key');
  // 27.2 lies out of this range: that is said before anything is saved.
  await fill(temperature, page, say['lora.most'], '20');
  await temperature.getByText(say['lora.outOfRange']).waitFor();
  await fill(temperature, page, say['lora.most'], '−60');
  await fill(temperature, page, say['lora.least'], '60');
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await temperature.getByText(say['lora.flaw.range']).waitFor();
  await fill(temperature, page, say['lora.least'], '−60');
  await fill(temperature, page, say['lora.most'], '60');
  await page.screenshot({ path: join(pictures, 'lorawan-profile.png') });
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Attics' }).getByText('Milesight EM300-TH').waitFor();
}

async function assigns(page, server, ingest) {
  await page.keyboard.press('Escape');
  await page.keyboard.press('d');
  const row = page.getByRole('row').filter({ hasText: eui });
  await row.getByText(say['lora.assign']).waitFor();
  await row.click();
  const device = side(page, 'devices');
  await device.getByRole('region', { name: say['lora.uplinks'] }).getByText(say['lora.port']).first().waitFor();
  await pick(device, page, say['lora.profile'], 'Att');
  await device.getByRole('button', { name: say['lora.assign'], exact: true }).click();
  await device.getByRole('link', { name: say['lora.openThing'] }).waitFor();
  await row.getByText('Attics').waitFor();
  await page.screenshot({ path: join(pictures, 'lorawan-device.png') });
  await fill(device, page, say['lora.payload'], 'ff 03 b0 04');
  await device.getByRole('button', { name: say['lora.send'], exact: true }).click();
  await device.getByRole('region', { name: say['lora.downlinks'] }).getByText('ff 03 b0 04').waitFor();
  // What it sent before anybody knew it is there, and what it sends now.
  await device.getByRole('link', { name: say['lora.openThing'] }).click();
  await page.getByText('27.2', { exact: true }).first().waitFor();
  await uplink(server, ingest, bytesOf(21.5));
  await page.getByText('21.5', { exact: true }).first().waitFor();
  await page.screenshot({ path: join(pictures, 'lorawan-thing.png') });
  await page.keyboard.press('Escape');
}

async function hostile(page, server, ingest) {
  await page.getByRole('row').filter({ hasText: eui }).waitFor();
  await page.keyboard.press('c');
  await page.keyboard.press('n');
  const form = side(page, 'codecs');
  await fill(form, page, say['lora.name'], 'Hostile');
  await form.getByLabel(say['lora.script'], { exact: true }).click();
  await page.keyboard.type('function decodeUplink(input) { while (true); }');
  await form.getByRole('button', { name: say['lora.save'], exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'Hostile' });
  await row.getByText(say['lora.works']).waitFor();
  // To try it is no strike.
  for (let n = 0; n < 3; n += 1) {
    await form.getByRole('button', { name: say['lora.run'] }).click();
    await form.getByText(/stopped/i).first().waitFor();
  }
  await row.getByText(say['lora.works']).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.getByRole('row').filter({ hasText: 'Attics' }).click();
  const profile = side(page, 'profiles');
  await pick(profile, page, say['lora.view.codecs'], 'Hos');
  await profile.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Attics' }).getByText('Hostile').waitFor();
  for (let n = 0; n < 3; n += 1) await uplink(server, ingest, bytesOf(20 + n));
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await row.getByText(say['lora.disabled']).waitFor();
  await row.click();
  await page.screenshot({ path: join(pictures, 'lorawan-disabled.png') });
  await form.getByRole('button', { name: say['lora.enable'] }).click();
  await row.getByText(say['lora.works']).waitFor();
  // Corrected: back to the maker's, and the past once more.
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.getByRole('row').filter({ hasText: 'Attics' }).click();
  await pick(profile, page, say['lora.view.codecs'], 'Mil');
  await profile.getByRole('button', { name: say['lora.save'], exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Attics' }).getByText('Milesight EM300', { exact: true }).waitFor();
  await profile.getByRole('button', { name: say['lora.rerunStart'], exact: true }).click();
  await profile.getByText(/5 messages gave/).waitFor();
}

// Buttons, labels and headings that stick out of the window.
const sticksOut = (page) => page.evaluate(() => {
  const found = [];
  for (const element of document.querySelectorAll('.page button, .page .btn, .page label, .page h1, .page h2, .page h3, .page legend, .page dt')) {
    if (element.closest('.sr, [hidden]') || !element.getClientRects().length) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    if (text.right > innerWidth + 1 || text.left < -1) found.push(element.textContent.trim());
  }
  return found;
});

async function look(page) {
  await page.keyboard.press('Escape');
  for (const [width, height] of [[1920, 1080], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const [at, language] of ['kk', 'ru', 'en'].entries()) {
      await page.keyboard.press(`Alt+${at + 1}`);
      const words = catalogue[language];
      // The page comes anew with its words.
      await page.getByRole('group', { name: 'LoRaWAN' }).getByRole('button', { name: words['lora.view.sources'] }).waitFor();
      if (language === 'ru') await page.keyboard.press('Alt+0');
      for (const [view, key, first] of [['devices', 'd', eui], ['profiles', 'p', 'Attics'], ['codecs', 'c', 'Milesight EM300'], ['sources', 's', null]]) {
        await page.keyboard.press(key);
        await page.getByRole('grid', { name: words[`lora.view.${view}`], exact: true }).waitFor();
        equal(await sticksOut(page), [], `sticks out of the ${view}, ${width} wide, in ${language}`);
        if (first) {
          await page.getByRole('row').filter({ hasText: first }).first().click();
          await page.getByRole('complementary', { name: words[`lora.view.${view}`], exact: true }).getByRole('heading').first().waitFor();
          equal(await sticksOut(page), [], `sticks out beside the ${view}, ${width} wide, in ${language}`);
        }
        await page.screenshot({ path: join(pictures, `lorawan-${view}-${width}-${language}.png`) });
        if (first) await page.keyboard.press('Escape');
      }
      if (language === 'ru') await page.keyboard.press('Alt+0');
    }
  }
}

export async function lorawan() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-lorawan');
  token(data, 'admin');
  const ingest = token(data, 'ingest', 'chirpstack');
  const server = await new Server(data).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    await uplink(server, ingest, bytesOf(27.2));
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
    await page.keyboard.press('4');
    await page.getByRole('link', { name: say['page.lorawan'] }).waitFor();
    await page.keyboard.press('l');
    await page.getByRole('row').filter({ hasText: eui }).getByText(say['lora.state.unknown']).waitFor();
    await makesACodec(page, data);
    await makesAProfile(page);
    await assigns(page, server, ingest);
    await hostile(page, server, ingest);
    await look(page);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'lorawan');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
