// The control room of a shift: the overview against what is usual, handling alarms by keyboard, and a wall that lives
// through a restart, says when its picture is old, and comes back by itself. One town on its evening, one browser.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { glance } from './glance.mjs';
import { Server, scratch, token, check, equal, until, root, qalaSim, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const say = catalogue.en;
const fields = ['air', 'heat', 'light', 'power', 'water', 'waste', 'traffic', 'devices'];

// No text beyond the window's edge or its own box.
const cutOff = (page, selector) => page.evaluate((chosen) => {
  const found = [];
  for (const element of document.querySelectorAll(chosen)) {
    if (element.closest('.sr') || !element.getClientRects().length) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    if (text.right > innerWidth + 1 || text.right > element.getBoundingClientRect().right + 1) found.push(element.textContent.trim());
  }
  return found;
}, selector);

async function overview(page, address) {
  await page.goto(`${address}/control/`);
  await page.getByRole('navigation').first().waitFor();
  await page.keyboard.press('2');
  await page.waitForURL(/overview/);
  const panels = page.locator('[data-field]');
  await panels.nth(7).waitFor();
  equal(await panels.evaluateAll((all) => all.map((panel) => panel.dataset.field)), fields, 'the fields in their places');
  // Seven lines and their ranges; the eighth shows each device.
  await until('seven graphs are drawn', async () => (await page.locator('[data-field] .u-wrap canvas').count()) === 7, 90);
  await page.getByText(say['overview.band'].split('{')[0]).waitFor();
  check(/\d/.test(await page.locator('[data-field=devices] canvas').first().evaluate((canvas) => String(canvas.width))), 'the cells of devices');
  const heat = page.locator('[data-field=heat]');
  await heat.getByText('ЖП-3', { exact: false }).first().waitFor();
  check((await heat.locator('.say b').textContent()).includes('°C'), 'what is abnormal is said in one sentence');
  check(await page.locator('.day .one').count() > 2, 'the alarms of the day stand below');
  for (const [language, name] of Object.entries(own)) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    for (const theme of ['dark', 'light']) {
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
      equal(await cutOff(page, '[data-field] .name, [data-field] .row, [data-field] .say, .overview h1, .key li'), [], `cut off in ${language}`);
      await page.screenshot({ path: join(pictures, `overview-${theme}-${language}.png`) });
    }
  }
  await page.keyboard.press('Alt+0');
  // By keys alone: to a panel, on to the next, to what is behind it.
  await page.keyboard.press('Shift+Digit1');
  await page.keyboard.press('ArrowRight');
  equal(await page.evaluate(() => document.activeElement.closest('[data-field]')?.dataset.field), 'heat', 'the arrow leads to the next panel');
  await page.keyboard.press('Enter');
  await page.waitForURL(/things$/);
  equal(await page.getByLabel(say['things.field']).inputValue(), 'heat', 'Enter leads to the things behind the panel');
}

async function handling(page, server, admin) {
  const open = async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms;
  const chosen = page.locator('[role=row][aria-selected=true]');
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('3');
  await chosen.waitFor();
  for (let n = 0; n < 20; n++) await page.keyboard.press('ArrowUp'); // what was chosen first stays chosen when worse comes
  const worst = (await open()).filter((alarm) => !alarm.shelved && !alarm.out_of_service)[0];

  await page.keyboard.press('g');
  await dialog.waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await until('it is assigned on the server', async () => (await open()).find((alarm) => alarm.id === worst.id)?.assignee === 'asem');

  await page.keyboard.press('s');
  await dialog.waitFor();
  await page.keyboard.type('the brigade is there');
  await page.screenshot({ path: join(pictures, 'shelve.png') });
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
  const shelved = await until('it is shelved on the server', async () => (await open()).find((alarm) => alarm.id === worst.id && alarm.shelved));
  equal([shelved.shelved.by, shelved.shelved.reason], ['asem', 'the brigade is there'], 'who shelved it, and why');
  const aside = page.getByRole('button', { name: say['alarm.shelvedCount'].replace('{n}', '1') });
  await aside.click();
  await page.getByRole('rowgroup').getByText(say['alarm.shelvedUntil'].split('{')[0].trim(), { exact: false }).first().waitFor();
  equal(await page.getByRole('rowgroup').getByRole('row').count(), 1, 'only what is shelved is listed');
  await page.getByRole('rowgroup').getByRole('row').first().click();
  await page.keyboard.press('h');
  for (const step of ['raised', 'assigned', 'shelved']) await dialog.getByText(say[`step.${step}`], { exact: true }).first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('s');
  await page.getByRole('button', { name: say['shelve.bring'] }).click();
  await dialog.waitFor({ state: 'detached' });
  await until('it is back in the tray', async () => (await open()).find((alarm) => alarm.id === worst.id)?.shelved === null);
  await page.keyboard.press('Escape');

  // Is the alarm system itself in order?
  await page.keyboard.press('i');
  await page.waitForURL(/performance$/);
  await page.getByRole('heading', { name: say['performance.worst'] }).waitFor();
  await page.screenshot({ path: join(pictures, 'performance.png') });
  await page.keyboard.press('Escape');
  await page.waitForURL(/alarms$/);

  // What waits rings; X mutes and says for how long.
  await page.keyboard.press('x');
  await page.getByText(say['sound.muted'], { exact: true }).waitFor();
  await page.keyboard.press('x');

  // All that is shown, after a question.
  const before = (await open()).filter((alarm) => alarm.handling === 'unacknowledged').length;
  check(before > 1, 'several wait');
  await page.keyboard.press('f');
  await page.keyboard.type('ЖП-3');
  await page.locator('input').first().press('Tab');
  await page.keyboard.press('Shift+A');
  await dialog.waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await until('only what was shown is acknowledged', async () => {
    const now = await open();
    return now.find((alarm) => alarm.id === worst.id).handling === 'acknowledged' && now.some((alarm) => alarm.handling === 'unacknowledged');
  });
}

// Written on the page of a thing, while another alarm comes there and while the alarm ends.
async function written(page, server, admin, address) {
  const call = async (method, path, body) => {
    const answer = await server.request(method, `/api/v1${path}`, { token: admin, body: body && JSON.stringify(body) });
    check(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.status === 204 ? null : answer.json;
  };
  const said = async (id) => (await server.get(`/api/v1/alarms/${id}`, admin)).comments.map(({ text }) => text);
  const { things } = await server.get('/api/v1/things', admin);
  const { alarms: open } = await server.get('/api/v1/alarms?state=open', admin);
  const { id: thing } = things.find(({ id, kind }) => kind === 'air_station' && !open.some((alarm) => alarm.thing === id));
  await call('POST', '/exercise', { reason: 'two at one station', minutes: 30, things: [thing] });
  const low = await call('POST', '/exercise/alarms', { rule: 'pm2_5_jump', thing });
  await page.goto(`${address}/control/things/${thing}`);
  const text = page.locator('dialog textarea');
  const known = page.locator(`table[aria-label="${say['thing.history']}"] tr`).filter({ hasText: say['exercise.mark'] });
  await page.locator('.head.sev-5').waitFor();

  await page.keyboard.press('c');
  await text.fill('the station was moved');
  const high = await call('POST', '/exercise/alarms', { rule: 'pm10_high', thing });
  await until('the page knows the worse one', async () => (await known.count()) === 2);
  await text.press('Control+Enter');
  await text.waitFor({ state: 'detached' });
  equal([await said(low.id), await said(high.id)], [['the station was moved'], []], 'the comment is with the alarm it was written for');

  // A answers what stood there when the page was looked at; then the other one has its turn.
  const answered = async (id) => (await server.get(`/api/v1/alarms/${id}`, admin)).handling === 'acknowledged';
  await page.keyboard.press('a');
  await until('one is acknowledged', async () => (await answered(low.id)) || (await answered(high.id)));
  equal([await answered(low.id), await answered(high.id)], [true, false], 'the one that was looked at');
  await page.locator('.head.sev-3').waitFor();
  await page.keyboard.press('c');
  await text.fill('somebody looks at');
  await call('POST', `/exercise/alarms/${high.id}/clear`);
  await call('POST', `/alarms/${high.id}/acknowledge`, {});
  await page.locator('.head.sev-5').waitFor({ state: 'attached' });
  await text.press('End');
  await page.keyboard.type(' it');
  await page.screenshot({ path: join(pictures, 'comment-over.png') });
  await text.press('Control+Enter');
  await text.waitFor({ state: 'detached' });
  equal([await said(low.id), await said(high.id)], [['the station was moved'], ['somebody looks at it']], 'and what was written while it ended, too');
  await call('DELETE', '/exercise');
}

async function wall(browser, server, admin, data) {
  const reading = token(data, 'read', 'wall');
  const ports = { http: Number(server.http.split(':')[1]), mqtt: Number(server.mqtt.split(':')[1]) };
  const page = await browser.newPage({ viewport: { width: 3840, height: 2160 } });
  page.setDefaultTimeout(patience);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`http://${server.http}/control/wall?layout=town&lang=en#token=${reading}`);
  const front = page.locator('.front[data-alarm]');
  await front.waitFor();
  const open = (await server.get('/api/v1/alarms?state=open', admin)).alarms;
  equal(Number(await front.getAttribute('data-alarm')), open.find((alarm) => alarm.handling === 'unacknowledged').id, 'the worst that waits stands in front');
  check(!requests.some((url) => url.includes('/api/v1/session')), 'a wall with a token asks for no session');
  equal(await page.evaluate(() => getComputedStyle(document.querySelector('.wall')).cursor), 'none', 'no cursor');
  equal(await page.locator('.wall[inert]').count(), 1, 'nothing on it can be pressed');
  const small = await page.evaluate(() => [...document.querySelectorAll('.wall *')].filter((element) => {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || element.closest('.sr, svg')) return false;
    const scale = element.closest('.inner') ? new DOMMatrix(getComputedStyle(element.closest('.inner')).transform).a : 1;
    return parseFloat(getComputedStyle(element).fontSize) * scale < 44;
  }).map((element) => `${element.className} ${element.textContent.trim()}`));
  equal(small, [], 'type smaller than 44 px');

  // The picture gets old: the process stands still, its connection does not close.
  const dead = page.locator('.old-picture');
  const seen = async () => Number(await dead.evaluate((banner) => getComputedStyle(banner).opacity));
  await until('no banner over a fresh picture', async () => (await seen()) === 0, 60);
  server.child.kill('SIGSTOP');
  await until('the banner is there', async () => (await seen()) === 1, 60);
  await page.getByText(say['wall.silent'], { exact: false }).waitFor();
  await page.screenshot({ path: join(pictures, 'wall-old.png') });
  server.child.kill('SIGCONT');
  await until('the banner is gone', async () => (await seen()) === 0, 60);

  // kill -9 and a new process: it comes back by itself, with the same alarm.
  await server.kill();
  await until('the banner is there again', async () => (await seen()) === 1, 60);
  await server.start(ports);
  await until('the wall is back', async () => (await seen()) === 0, 60);
  await front.waitFor();

  // A page whose own thread hangs says so, too: the banner fades in without it.
  equal(await dead.evaluate(async (banner) => {
    const [animation] = banner.getAnimations();
    animation.currentTime = 60_000; // what a minute without the page's timer comes to
    return getComputedStyle(banner).opacity;
  }), '1', 'the banner needs no timer of the page to appear');

  for (const [language, words] of Object.entries(catalogue)) {
    for (const layout of ['town', 'map', 'alarms', 'fields']) {
      await page.goto('about:blank');
      await page.goto(`http://${server.http}/control/wall?layout=town,map,alarms,fields&screen=${1 + ['town', 'map', 'alarms', 'fields'].indexOf(layout)}&lang=${language}&theme=${layout === 'fields' ? 'light' : 'dark'}#token=${reading}`);
      await page.locator(`.wall.${layout}[data-layout=${layout}]`).waitFor();
      if (layout === 'fields') await until('the lines are drawn', async () => (await page.locator('.u-wrap canvas').count()) === 7, 60);
      else await page.getByText(words[`severity.${3}`]).or(front).first().waitFor();
      equal(await page.locator('html').getAttribute('lang'), language, 'the language of the address');
      equal(await cutOff(page, '.top > *, .figure span, .front .beside span'), [], `cut off on ${layout} in ${language}`);
      await page.screenshot({ path: join(pictures, `wall-${layout}-${language}.png`) });
    }
  }
  await page.close();
}

export async function room() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-room');
  const admin = token(data, 'admin', 'demo town');
  const server = await new Server(data).start();
  // Three weekends: the usual range of a Sunday wants five days like it.
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '22', '--scenario', 'evening'], { stdio: 'ignore' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const address = `http://${server.http}`;
  try {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    const made = await context.request.post(`${address}/api/v1/setup`, { headers: { origin: address }, data: { code: link.searchParams.get('code'), user: 'asem', password, language: 'en' } });
    equal(made.status(), 201, 'the first user is made');
    // The worst among them: a worse one that came later would move the selection.
    const severities = async () => new Set((await server.get('/api/v1/alarms?state=open', admin)).alarms.map((alarm) => alarm.severity));
    await until('the evening has its alarms', async () => (await severities()).has(1) && (await severities()).size >= 3, 240);
    await overview(page, address);
    await handling(page, server, admin);
    await written(page, server, admin, address);
    await glance(page, server, admin, { say, languages: own, pictures, cutOff });
    await wall(browser, server, admin, data);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'room');
    throw error;
  } finally {
    sim.kill();
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
