// A shift of three operators, each in a language: an evening plays; alarms are answered, shelved, escalated; the server is
// killed and wall and screens come back untouched; the shift is handed over with two signatures and its paper shows all
// that is open; a backup made while the evening plays becomes the same town in a new folder. Keyboard and mouse only,
// checked on the screen and, at the end, by API and command line.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, run, check, equal, until, root, qala, qalaSim, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const crew = [
  { language: 'kk', name: 'asem', own: 'Қаз', feeder: 'F-14', bin: 'ҚК-010', reason: 'қоқыс көлігі жолда', note: 'F-15 әлі сөніп тұр', entry: 'F-14 фидеріне бригада шықты' },
  { language: 'ru', name: 'bolat', own: 'Рус', feeder: 'F-15', bin: 'ҚК-020', reason: 'вывезут утром', note: 'дым держится', entry: 'на F-15 работает бригада' },
  { language: 'en', name: 'carol', own: 'Eng', feeder: 'F-21', bin: 'ҚК-030', reason: 'the lorry is on its way', note: 'a quiet end', entry: 'crew at F-21' },
];
for (const one of crew) one.say = wordsOf(one.language);
const before = (text) => text.split('{')[0].trim();
const lists = ['unacknowledged', 'acknowledged', 'shelved', 'out_of_service', 'silent', 'explained'];

class Room {
  constructor(server, data, admin, browser) {
    Object.assign(this, { server, data, admin, browser });
    this.ports = { http: Number(server.http.split(':')[1]), mqtt: Number(server.mqtt.split(':')[1]) };
    this.complaints = [];
  }
  get = (path) => this.server.get(`/api/v1/${path}`, this.admin);
  open = async () => (await this.get('alarms?state=open')).alarms;
  async alarmOf(name) {
    const { things } = await this.get('things');
    const { id } = things.find((thing) => thing.name === name);
    return (await this.get(`alarms?state=all&limit=1000&thing=${id}`)).alarms.find((alarm) => alarm.thing === id && !alarm.cause);
  }
  async page(options) {
    const page = await (await this.browser.newContext(options)).newPage();
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    return page;
  }
  picture = (page, name) => page.screenshot({ path: join(pictures, `shift-${name}.png`) });
}

async function type(page, label, text) {
  await page.getByLabel(label, { exact: true }).click();
  await page.keyboard.type(text);
}
const press = (page, name) => page.getByRole('button', { name, exact: true }).press('Enter');
const rowOf = (page, name) => page.getByRole('rowgroup').getByRole('row').filter({ hasText: name });

async function setUp(room, page) {
  const [asem] = crew;
  await page.goto(readFileSync(join(room.data, 'setup-link'), 'utf8').trim());
  await page.getByRole('button', { name: asem.own }).click();
  await type(page, asem.say['signin.user'], asem.name);
  await type(page, asem.say['setup.password'], password);
  await type(page, asem.say['setup.again'], password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: asem.say['rail.label'] }).waitFor();
  for (const one of crew.slice(1)) {
    execFileSync(qala, ['user', 'add', '--data', room.data, '--name', one.name, '--role', 'operator', '--language', one.language], { input: `${password}\n` });
  }
}

// One is shelved, one escalates because nobody answers it, and is answered then.
async function handle(room, page, who) {
  await page.keyboard.press('3');
  await page.locator(`html[lang=${who.language}]`).waitFor({ state: 'attached' });
  const bin = rowOf(page, who.bin);
  await bin.click();
  await page.keyboard.press('s');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.keyboard.type(who.reason);
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
  await bin.waitFor({ state: 'detached' });

  const feeder = rowOf(page, who.feeder);
  await feeder.getByText(who.say['alarm.escalated'], { exact: true }).waitFor();
  await feeder.click();
  await room.picture(page, `escalated-${who.language}`);
  await page.keyboard.press('c');
  await dialog.waitFor();
  await page.keyboard.type(who.entry);
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('a');
  await feeder.getByText(before(who.say['alarm.acknowledgedAt']), { exact: false }).waitFor();
}

// kill -9. Both pictures say that they are old; both come back with nobody's help.
async function outage(room, page, wall, who) {
  await wall.goto('about:blank');
  await wall.goto(`http://${room.server.http}/control/wall?layout=town&lang=${who.language}#token=${room.reading}`);
  const front = wall.locator('.front[data-alarm]');
  await front.waitFor();
  const banner = wall.locator('.old-picture');
  const seen = async () => Number(await banner.evaluate((element) => getComputedStyle(element).opacity));
  await until('a fresh picture', async () => (await seen()) === 0, 60);
  await room.server.kill();
  await page.getByText(who.say['offline.means']).waitFor();
  await until('the wall says that it is cut off', async () => (await seen()) === 1, 60);
  await wall.getByText(who.say['wall.silent'], { exact: false }).waitFor();
  await room.picture(wall, `wall-cut-off-${who.language}`);
  await room.server.start(room.ports);
  await until('the wall is back by itself', async () => (await seen()) === 0, 60);
  await page.getByText(who.say['offline.means']).waitFor({ state: 'detached' });
  const worst = async () => (await room.open()).find((alarm) => alarm.handling === 'unacknowledged' && !alarm.shelved && !alarm.out_of_service)?.id;
  await until('the worst that waits is in front', async () => Number(await front.getAttribute('data-alarm')) === (await worst()), 60);
  await rowOf(page, who.feeder).getByText(before(who.say['alarm.acknowledgedAt']), { exact: false }).waitFor();
}

// The first signs, the second signs in on the same screen and signs; what is open on paper.
async function handOver(room, page, who, next) {
  await page.keyboard.press('7');
  // Esc does not throw away what is typed; a key pressed twice writes once, and what is typed meanwhile stays.
  const line = page.getByLabel(who.say['shift.write'], { exact: true });
  await type(page, who.say['shift.write'], who.entry);
  await page.keyboard.press('Escape');
  await page.getByRole('alert').getByText(who.say['form.unsaved']).waitFor();
  equal(await line.inputValue(), who.entry, 'what was typed');
  await room.picture(page, `unsaved-${who.language}`);
  let answer;
  const held = new Promise((done) => (answer = done));
  await page.route('**/shift/entries', async (route) => (await held, route.continue()));
  const asked = page.waitForRequest('**/shift/entries');
  await page.keyboard.press('Control+Enter');
  await page.keyboard.press('Control+Enter');
  await asked;
  await page.keyboard.type(' …');
  answer();
  const written = page.getByRole('listitem').filter({ hasText: who.entry });
  await written.first().waitFor();
  await until('only what was sent is gone from the field', async () => (await line.inputValue()) === '…');
  equal((await room.get('shift')).entries.filter(({ text }) => text === who.entry).length, 1, 'written once');
  await page.unroute('**/shift/entries');
  await line.fill('');
  await type(page, who.say['shift.note'], who.note);
  await press(page, who.say['shift.offer']);
  await page.getByText(who.say['shift.nextSigns']).waitFor();
  await room.picture(page, `offered-${who.language}`);
  await type(page, who.say['signin.user'], next.name);
  await type(page, who.say['signin.password'], password);
  await page.keyboard.press('Enter');
  const mine = page.getByRole('heading', { name: next.say['shift.of'].replace('{who}', next.name) });
  const accept = page.getByRole('button', { name: next.say['shift.accept'], exact: true, disabled: false }); // it rests while the page asks
  await accept.waitFor();
  // The evening goes on: what came since the last look is shown and marked, and signed for at the next.
  for (let signed = false, tries = 0; !signed; tries++) {
    check(tries < 5, 'what is open does not change for ever');
    const answered = page.waitForResponse((response) => response.url().endsWith('/shift/accept'));
    await accept.focus();
    await page.keyboard.press('Enter');
    const again = setInterval(() => void page.keyboard.press('Enter').catch(() => undefined), 10_000); // a press on a resting button does nothing
    signed = (await answered.finally(() => clearInterval(again))).ok();
    if (!signed) await page.locator('.mark').first().waitFor();
  }
  await mine.waitFor();
  await page.getByText(next.say['shift.passedTo'].replace('{who}', next.name), { exact: false }).first().waitFor();
  await room.picture(page, `accepted-${next.language}`);
  const [ended] = (await room.get('shifts')).shifts.filter((shift) => shift.ended);
  const [paper] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('link', { name: next.say['shift.paper'] }).first().click({ modifiers: ['Alt'] })]);
  const text = execFileSync('pdftotext', ['-layout', await paper.path(), '-'], { encoding: 'utf8' });
  const whole = await room.get(`shifts/${ended.id}`);
  const { things } = await room.get('things');
  equal([whole.shift.who, whole.shift.accepted_by], [who.name, next.name], 'both signatures, by API');
  const shown = lists.flatMap((list) => whole.open[list]);
  check(shown.length > 3 && whole.open.shelved.length > 0, 'something is open, something shelved');
  for (const alarm of shown) check(text.includes(things.find(({ id }) => id === alarm.thing).name), `${alarm.rule} of thing ${alarm.thing} is on paper`);
  for (const words of [who.name, next.name, who.note, who.entry]) check(text.replace(/\s+/g, ' ').includes(words), `"${words}" is on paper`);
}

const still = (alarms) => alarms.map(({ id, rule, thing, condition, handling, shelved, acknowledged, raised }) =>
  ({ id, rule, thing, condition, handling, raised, shelved: shelved?.by ?? null, acknowledged: acknowledged?.by ?? null })).sort((a, b) => a.id - b.id);

// `before` and `after`: what the town was like around the backup; only what was in both can be demanded of it.
async function restored(room, folder, around) {
  const data = scratch('browser-shift-restored');
  rmSync(data, { recursive: true });
  check(run('restore', '--from', folder, '--data', data).includes('restored'), 'restore says so');
  const server = await new Server(data).start();
  try {
    const there = async (path) => server.get(`/api/v1/${path}`, room.admin);
    const things = ({ things: all }) => all.map(({ id, key, name, kind, zone, parent, datastreams }) => ({ id, key, name, kind, zone, parent, streams: datastreams.map((stream) => stream.id) }));
    equal(things(await there('things')), things(await room.get('things')), 'the same things');
    const stood = around.before.alarms.filter((alarm) => around.after.alarms.some((other) => JSON.stringify(other) === JSON.stringify(alarm)));
    check(stood.length >= 5, 'most of what was open stood through the backup');
    const alarms = still((await there('alarms?state=open')).alarms);
    for (const alarm of stood) check(alarms.some((other) => JSON.stringify(other) === JSON.stringify(alarm)), `alarm ${alarm.id} is the same: ${JSON.stringify(alarm)}`);
    const shift = await there('shift');
    equal([shift.shift.who, shift.shift.started], [around.before.shift.shift.who, around.before.shift.shift.started], 'the same shift');

    const [asem] = crew;
    const page = await room.page({ viewport: { width: 1920, height: 1080 } });
    await page.goto(`http://${server.http}/control/`);
    await page.getByRole('button', { name: asem.own }).click();
    await type(page, asem.say['signin.user'], asem.name);
    await type(page, asem.say['signin.password'], password);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: asem.say['rail.label'] }).waitFor();
    await page.keyboard.press('3');
    await rowOf(page, asem.feeder).getByText(before(asem.say['alarm.acknowledgedAt']), { exact: false }).waitFor();
    await room.picture(page, 'restored');
    equal(await rowOf(page, asem.bin).count(), 0, 'what was shelved is still aside');
    await page.keyboard.press('7');
    await page.getByRole('heading', { name: asem.say['shift.of'].replace('{who}', shift.shift.who) }).waitFor();
    await page.getByRole('button', { expanded: false }).filter({ hasText: asem.name }).first().press('Enter');
    await page.getByText(asem.entry).first().waitFor();
    await page.context().close();
  } finally {
    equal(await server.stop(), 0, 'the second server stops');
  }
  check(run('check', '--data', data).length > 0, 'every byte of the new folder verifies');
}

// What the screens said, once more from the API.
async function inTheEnd(room) {
  for (const who of crew) {
    const feeder = await room.alarmOf(who.feeder);
    equal([feeder.rule, feeder.severity, feeder.handling, feeder.acknowledged.by, feeder.escalated > 0], ['feeder_no_voltage', 2, 'acknowledged', who.name, true], `${who.feeder} by API`);
    equal(feeder.comments.map(({ by, text }) => [by, text]), [[who.name, who.entry]], `the comment on ${who.feeder}`);
    const steps = (await room.get(`alarms/${feeder.id}`)).history.map(({ step }) => step);
    check(steps.indexOf('escalated') > 0 && steps.indexOf('escalated') < steps.indexOf('acknowledged'), 'escalated, then acknowledged');
    const bin = await room.alarmOf(who.bin);
    equal([bin.shelved.by, bin.shelved.reason], [who.name, who.reason], `${who.bin} is shelved`);
  }
  const { shifts } = await room.get('shifts');
  equal(shifts.map(({ who, accepted_by: by }) => [who, by]), [['asem', null], ['carol', 'asem'], ['bolat', 'carol'], ['asem', 'bolat']], 'the shifts in their order');
  const evening = await room.alarmOf('АБ-4');
  equal(evening.rule, 'pm2_5_high', 'the smoke of the evening had its alarm');
}

export async function shift() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-shift');
  const admin = token(data, 'admin', 'demo town');
  const server = await new Server(data, { env: { QALA_ALARMS_ESCALATE_HIGH_S: '15' } }).start();
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '0.1', '--faults', 'off',
    '--evening', join(root, 'tests/browser/shift.toml'), '--speed', '60'], { stdio: 'ignore' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const room = new Room(server, data, admin, browser);
  try {
    room.reading = token(data, 'read', 'wall');
    const page = await room.page({ viewport: { width: 1920, height: 1080 }, acceptDownloads: true });
    const wall = await room.page({ viewport: { width: 1920, height: 1080 } });
    await setUp(room, page);
    await until('the evening has its alarms', async () => (await room.open()).length >= 6, 240);
    await page.keyboard.press('7');
    await press(page, crew[0].say['shift.start']);
    await page.getByRole('heading', { name: crew[0].say['shift.of'].replace('{who}', 'asem') }).waitFor();
    const copy = scratch('browser-shift-copy');
    const around = {};
    for (const [i, who] of crew.entries()) {
      await handle(room, page, who);
      await outage(room, page, wall, who);
      await handOver(room, page, who, crew[(i + 1) % crew.length]);
      if (i > 0) continue;
      const look = async () => ({ alarms: still(await room.open()), shift: await room.get('shift') });
      around.before = await look();
      await promisify(execFile)(qala, ['backup', '--data', data, '--to', join(copy, 'town')]);
      around.after = await look();
    }
    await until('the smoke of the evening is over its limit', async () => room.alarmOf('АБ-4'), 240);
    await restored(room, join(copy, 'town'), around);
    await inTheEnd(room);
    equal(room.complaints, [], 'errors in the pages');
    sim.kill();
    equal(await server.stop(), 0, 'SIGTERM');
    check(/the chain is whole/i.test(run('audit', 'verify', '--data', data)), 'the chain of who did what holds');
    run('check', '--data', data);
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'shift');
    throw error;
  } finally {
    sim.kill();
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
