// A stranger's first hour, in a real browser, in three languages, by keyboard and mouse only: set up, see the town live,
// publish with mosquitto_pub, claim the device, see its value, let a rule fire, acknowledge it, kill the server with -9,
// find everything there. State is checked on the screen and by the API.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, cases, root, qalaSim, screensBuilt, wordsOf } from '../node/lib.mjs';
import { accountPart } from './account.mjs';
import { bridge } from './bridge.mjs';
import { cameras } from './cameras.mjs';
import { healthPart } from './health.mjs';
import { interfacePart } from './interface.mjs';
import { lorawan } from './lorawan.mjs';
import { notifications } from './notify.mjs';
import { people } from './people.mjs';
import { room } from './room.mjs';
import { rules } from './rules.mjs';
import { shift } from './shift.mjs';
import { signs } from './signs.mjs';
import { steering } from './steering.mjs';
import { things } from './things.mjs';
import { warnings } from './warnings.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
mkdirSync(pictures, { recursive: true });
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-gpu'];

function words(language) {
  const catalogue = wordsOf(language);
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    text: (key) => catalogue[key] ?? (() => { throw new Error(`no text ${key}`); })(),
    // The text with anything where its placeholders are.
    pattern: (key) => new RegExp('^' + catalogue[key].split(/\{[^}]*\}/).map(escape).join('.*')),
  };
}

async function type(page, label, text) {
  await page.getByLabel(label, { exact: true }).click();
  await page.keyboard.type(text);
}

async function firstHour(language, own) {
  const say = words(language);
  const data = scratch(`browser-${language}`);
  const admin = token(data, 'admin', 'demo town');
  const provisioning = token(data, 'provisioning');
  const server = await new Server(data).start();
  const ports = { http: Number(server.http.split(':')[1]), mqtt: Number(server.mqtt.split(':')[1]) };
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '1'], { stdio: 'ignore' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const complaints = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(error.message));
    const picture = (name) => page.screenshot({ path: join(pictures, `${name}-${language}.png`) });

    // First start: the one-time link makes the administrator.
    await page.goto(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    await page.getByRole('button', { name: own }).click();
    await page.getByRole('heading', { name: say.text('setup.title') }).waitFor();
    await type(page, say.text('signin.user'), 'asem');
    await type(page, say.text('setup.password'), 'a long walk in the snow');
    await type(page, say.text('setup.again'), 'a long walk in the snow');
    await picture('setup');
    await page.keyboard.press('Enter');

    // The town, live.
    await page.getByRole('navigation', { name: say.text('rail.label') }).waitFor();
    await until('3,000 things in the registry', async () => (await server.get('/api/v1/things', admin)).things.length >= 3000, 120);
    await page.keyboard.press('4');
    await page.getByText(new RegExp(`3[\\s\u00a0\u202f,]?0[0-9]{2}`)).first().waitFor();
    check(await page.getByRole('row').count() > 10, 'the list shows things');
    await page.keyboard.press('1');
    await page.getByLabel(say.pattern('map.label')).first().waitFor();

    // A device joins without a word to us.
    const device = `bin-${language}`;
    const publish = (value) => execFileSync('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(ports.mqtt), '-u', provisioning, '-i', device,
      '-q', '1', '-t', 'v1/devices/me/telemetry', '-m', JSON.stringify({ fill_level: value })]);
    publish(43);
    await page.keyboard.press('4');
    await page.keyboard.press('u');
    const waiting = page.getByRole('row').filter({ hasText: device });
    await waiting.click();
    await picture('unclaimed');
    await page.getByRole('button', { name: say.text('claim.submit'), exact: true }).click();

    // Its value, kept from before the claim.
    await page.getByRole('heading', { name: device }).first().waitFor();
    await page.getByText('43', { exact: true }).first().waitFor();
    const things = await server.get('/api/v1/things', admin);
    const thing = things.things.find((t) => t.key === device);
    equal(thing.kind, 'bin', 'the kind was guessed from what it sends');
    equal((await server.get(`/api/v1/datastreams/${thing.datastreams[0].id}/observations`, admin)).values.map((v) => v[1]), [43], 'what it sent is kept');
    await picture('thing');

    // A rule fires, an operator answers by keyboard.
    publish(97);
    await page.getByText('97', { exact: true }).first().waitFor();
    await page.keyboard.press('1');
    const rules = await server.get('/api/v1/rules', admin);
    const title = rules.rules.find((rule) => rule.key === 'bin_full').name[language];
    const row = page.getByRole('row').filter({ hasText: device }).filter({ hasText: title });
    await row.getByText(say.text('alarm.unacknowledged')).waitFor();
    await row.click();
    await picture('alarm');
    await page.keyboard.press('a');
    await row.getByText(say.pattern('alarm.acknowledgedAt')).waitFor();
    const mine = async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms.find((a) => a.thing === thing.id);
    const alarm = await mine();
    equal([alarm.handling, alarm.condition, alarm.acknowledged.by, alarm.severity], ['acknowledged', 'active', 'asem', 4], 'the alarm by API');

    // kill -9: the screen says so, refuses to acknowledge, comes back by itself.
    await server.kill();
    await page.getByText(say.text('offline.means')).waitFor();
    equal(await page.locator('.value:not(.stale):not([role=gridcell])').filter({ hasText: /\d/ }).count(), 0, 'values drawn as fresh while the server is gone');
    await picture('offline');
    await server.start(ports);
    await page.getByText(say.text('offline.means')).waitFor({ state: 'detached' });
    await row.getByText(say.pattern('alarm.acknowledgedAt')).waitFor();
    equal((await mine()).id, alarm.id, 'the same alarm after kill -9');
    equal((await server.get(`/api/v1/datastreams/${thing.datastreams[0].id}/observations`, admin)).values.map((v) => v[1]), [43, 97], 'the readings after kill -9');
    await row.dblclick();
    await page.getByText('97', { exact: true }).first().waitFor();

    // The system page, then out and in again.
    await page.keyboard.press('8');
    await page.getByText(say.text('system.longestStep')).first().waitFor();
    await picture('system');
    await page.getByText(say.text('bar.signOut')).click();
    await page.getByRole('button', { name: say.text('signin.submit') }).waitFor();
    await type(page, say.text('signin.user'), 'asem');
    await type(page, say.text('signin.password'), 'not the password');
    await page.keyboard.press('Enter');
    await page.getByText(say.text('error.session.wrong_password')).waitFor();
    await type(page, say.text('signin.password'), 'a long walk in the snow');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: say.text('rail.label') }).waitFor();

    // The residents' page in the same language: no script, one document.
    const quiet = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 760 } });
    const resident = await quiet.newPage();
    resident.setDefaultTimeout(patience);
    await resident.goto(`http://${server.http}/${language}`);
    equal(await resident.locator('html').getAttribute('lang'), language, 'language of the public page');
    await resident.getByText('PM2.5').first().waitFor();
    await resident.screenshot({ path: join(pictures, `residents-${language}.png`), fullPage: true });
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, language);
    throw error;
  } finally {
    sim.kill();
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}

check(screensBuilt(), 'the screens are built (./test builds them)');
const all = {
  'first hour in Kazakh': ['kk', () => firstHour('kk', 'Қаз')],
  'first hour in Russian': ['ru', () => firstHour('ru', 'Рус')],
  'first hour in English': ['en', () => firstHour('en', 'Eng')],
  'signs without colour, motion or mouse': ['signs', signs],
  'overview, handling of alarms, and the wall': ['room', room],
  'an operator of one zone': ['people', people],
  'what is wrong with the system, on every page': ['health', healthPart],
  'rules edited with their dry run, an exercise, a thousand alarms': ['rules', rules],
  'a shift of three operators in three languages': ['shift', shift],
  'the registry on the screens': ['things', things],
  'the account, the second step, the next operator, the provider': ['account', accountPart],
  'notifications: a web-hook by keyboard, a push': ['notify', notifications],
  'cameras: a wall, masks, an alarm, the past, evidence, looks': ['cameras', cameras],
  'LoRaWAN: codecs, profiles, devices': ['lorawan', lorawan],
  'LoRaWAN by a bridge': ['bridge', bridge],
  'cameras found, joined and turned': ['steering', steering],
  'public warnings: by two people, to residents': ['warnings', warnings],
  'the page of the interface': ['interface', interfacePart],
};
// `steering` runs by name only.
const others = Object.values(all).map(([part]) => part).filter((part) => !['kk', 'ru', 'en', 'steering'].includes(part));
const wanted = (process.env.QALA_TEST_LANGUAGES ?? 'kk,ru,en,others').split(',').flatMap((part) => (part === 'others' ? others : [part]));
await cases(Object.fromEntries(Object.entries(all).filter(([, [part]]) => wanted.includes(part)).map(([name, [, body]]) => [name, body])));
