// The rule editor by keyboard in three languages, with its dry run; a conflict; an exercise with its banner; what is put
// aside; and a thousand alarms in one second. A small town of bins, one browser.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const day = 86_400_000;

async function readings(server, ingest, rows) {
  const answer = await server.request('POST', '/api/v2/readings', { token: ingest, body: JSON.stringify(rows), headers: { 'content-type': 'application/json' } });
  check(answer.status < 300, `readings are taken: ${answer.status} ${answer.text}`);
}
const at = (ms) => new Date(ms).toISOString();

async function signIn(browser, address, link) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const made = await context.request.post(`${address}/api/v1/setup`, { headers: { origin: address }, data: { code: link.searchParams.get('code'), user: 'asem', password, language: 'kk' } });
  equal(made.status(), 201, 'the first user is made');
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

// To the editor of bin_full by keys alone.
async function openRule(page, say) {
  await page.keyboard.press('3');
  await page.waitForURL(/alarms$/);
  await page.keyboard.press('r');
  await page.waitForURL(/rules$/);
  await page.getByRole('heading', { name: say['rule.title'] }).waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('bin_full');
  await until('one rule is left', async () => (await page.getByRole('rowgroup').getByRole('row').count()) === 1, patience / 1000);
  await page.keyboard.press('Enter');
  await page.waitForURL(/rules\/bin_full$/);
}

async function editing(page, server, admin) {
  const trial = page.locator('[data-fired]');
  const fired = async (n) => until(`the dry run says ${n}`, async () => (await trial.getAttribute('data-fired')) === String(n), patience / 1000);
  const rule = async () => (await server.get('/api/v1/rules', admin)).rules.find((one) => one.key === 'bin_full');
  for (const [language, name] of Object.entries(own)) {
    const say = catalogue[language];
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    await openRule(page, say);
    await fired(6); // 97 once on each of six days, above 90
    const says = page.locator('[data-says]');
    check((await says.textContent()).includes('90'), 'the sentence names the limit');
    await page.screenshot({ path: join(pictures, `rule-${language}.png`) });
    // The limit, by keyboard: to 98, which nothing was above.
    const limit = page.getByLabel(say['rule.field.limit'], { exact: false }).first();
    await limit.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('98');
    await fired(0);
    equal(await trial.getAttribute('data-before'), '6', 'beside the rule as it is now');
    await page.getByText(say['rule.versus'].replace('{before}', '6').replace('{after}', '0')).waitFor();
    check((await says.textContent()).includes('98'), 'the sentence follows');
    await page.screenshot({ path: join(pictures, `rule-changed-${language}.png`) });
    await page.keyboard.press('Control+s');
    await page.waitForURL(/rules$/);
    equal([(await rule()).limit, (await rule()).origin], [98, 'edited'], 'saved on the server');
    await page.locator('[role=row]').filter({ hasText: '98' }).filter({ hasText: say['rule.origin.edited'] }).first().waitFor();
    await page.screenshot({ path: join(pictures, `rules-${language}.png`) });
    // Back to what Qala brought.
    await page.keyboard.press('Enter');
    await page.waitForURL(/bin_full$/);
    await page.getByRole('button', { name: say['rule.revert'] }).press('Enter');
    await page.waitForURL(/rules$/);
    equal([(await rule()).limit, (await rule()).origin], [90, 'default'], 'reverted');
  }
}

async function conflict(page, server, admin) {
  const say = catalogue.en;
  await openRule(page, say);
  await page.getByLabel(say['rule.field.limit'], { exact: false }).first().focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('95');
  const other = await server.request('PUT', '/api/v1/rules/bin_full', { token: admin, body: JSON.stringify({ limit: 85, clear: 60 }) });
  equal(other.status, 200, 'somebody else saves meanwhile');
  await page.keyboard.press('Control+s');
  await page.getByText(say['error.rule.changed_meanwhile']).waitFor();
  equal((await server.get('/api/v1/rules', admin)).rules.find((one) => one.key === 'bin_full').limit, 85, 'nothing was overwritten');
  // As text: a mistake is said with its place.
  await page.keyboard.press('Escape');
  await page.getByRole('alert').filter({ hasText: say['rule.unsaved'] }).waitFor();
  await page.getByRole('button', { name: say['rule.asText'], exact: false }).press('Enter');
  const text = page.getByRole('textbox', { name: say['rule.asText'] });
  await until('the text is there', async () => (await text.inputValue()).includes('limit = 95'));
  await text.focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('colour = 1\n');
  await page.getByText(say['rule.place'].split('{')[0], { exact: false }).first().waitFor();
  await page.screenshot({ path: join(pictures, 'rule-text.png') });
  await page.getByRole('button', { name: say['rule.history'] }).press('Enter');
  await page.getByRole('dialog').getByText('limit = 85').first().waitFor();
  await page.screenshot({ path: join(pictures, 'rule-history.png') });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.waitForURL(/rules$/);
  equal((await server.request('DELETE', '/api/v1/rules/bin_full', { token: admin })).status, 204, 'as it was');
}

// What somebody else makes appears without loading anew; what somebody else takes away leaves what is being typed.
async function elsewhere(page, server, admin) {
  const say = catalogue.en;
  const name = 'Bins of elsewhere';
  const row = page.getByRole('rowgroup').getByRole('row').filter({ hasText: name });
  await page.keyboard.press('f');
  await page.keyboard.press('Control+a');
  await page.keyboard.type(name);
  await until('there is none yet', async () => (await page.getByRole('rowgroup').getByRole('row').count()) === 0, patience / 1000);
  const body = { name: { kk: name, ru: name, en: name }, kind: 'bin', property: 'fill_level', comparison: '>', limit: 91, clear: 80, severity: 4 };
  equal((await server.request('PUT', '/api/v1/rules/elsewhere', { token: admin, body: JSON.stringify(body) })).status, 200, 'made elsewhere');
  await row.waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/rules\/elsewhere$/);
  const limit = page.getByLabel(say['rule.field.limit'], { exact: false }).first();
  await limit.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('95');
  const known = async (answer) => /api\/v1\/rules$/.test(answer.url()) && !(await answer.json()).rules.some(({ key }) => key === 'elsewhere');
  const fetched = page.waitForResponse(known); // an older answer may still be on its way
  equal((await server.request('DELETE', '/api/v1/rules/elsewhere', { token: admin })).status, 204, 'taken away elsewhere');
  await fetched; // the page knows
  await page.keyboard.type('.5');
  equal(await limit.inputValue(), '95.5', 'what was typed stays');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForURL(/rules$/);
  await row.waitFor({ state: 'detached' });
}

async function exercise(browser, page, server, admin, data) {
  const say = catalogue.en;
  const dialog = page.getByRole('dialog');
  const banner = page.locator('[data-exercise=running]');
  equal(await banner.count(), 0, 'no exercise yet');
  await page.keyboard.press('3');
  await page.waitForURL(/alarms$/);
  await page.keyboard.press('Shift+E');
  await dialog.waitFor();
  await page.keyboard.type('bins overflow at the market');
  await page.screenshot({ path: join(pictures, 'exercise-begin.png') });
  await page.keyboard.press('Control+Enter');
  await banner.waitFor();
  const rule = dialog.getByLabel(say['exercise.rule']);
  await rule.waitFor();
  await rule.selectOption('bin_full');
  await dialog.getByLabel(say['exercise.thing'], { exact: true }).focus();
  await page.keyboard.type('bin-0007');
  await page.keyboard.press('Enter');
  const staged = await until('an alarm of the exercise', async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms.find((alarm) => alarm.exercise));
  await page.screenshot({ path: join(pictures, 'exercise-play.png') });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const row = page.getByRole('rowgroup').getByRole('row').filter({ hasText: say['exercise.mark'] });
  await row.first().waitFor();
  for (const [digit, path] of [['1', /control\/$/], ['2', /overview/], ['4', /things/], ['7', /shift/], ['8', /system/], ['3', /alarms/]]) {
    await page.keyboard.press(digit);
    await page.waitForURL(path);
    equal(await banner.isVisible(), true, `the banner on page ${digit}`);
  }
  await page.screenshot({ path: join(pictures, 'exercise-banner.png') });
  const wall = await browser.newPage({ viewport: { width: 3840, height: 2160 } });
  wall.setDefaultTimeout(patience);
  await wall.goto(`http://${server.http}/control/wall?layout=alarms&lang=kk#token=${token(data, 'read', 'wall')}`);
  await wall.locator('[data-exercise=running]').waitFor();
  await wall.getByText(catalogue.kk['exercise.mark'], { exact: false }).first().waitFor();
  await wall.screenshot({ path: join(pictures, 'exercise-wall.png') });
  await wall.close();
  // Another tab, after kill -9.
  const ports = { http: Number(server.http.split(':')[1]), mqtt: Number(server.mqtt.split(':')[1]) };
  await server.kill();
  await page.getByText(say['offline.means']).waitFor();
  await server.start(ports);
  await page.getByText(say['offline.means']).waitFor({ state: 'detached' });
  equal((await server.get(`/api/v1/alarms/${staged.id}`, admin)).exercise, true, 'still marked');
  await banner.waitFor();
  await page.keyboard.press('Shift+E');
  await dialog.getByRole('button', { name: say['exercise.end'] }).press('Enter');
  await banner.waitFor({ state: 'detached' });
  await row.first().waitFor({ state: 'detached' });
}

async function putAside(page, server, admin) {
  const say = catalogue.en;
  const dialog = page.getByRole('dialog');
  const pairs = async () => (await server.get('/api/v1/out-of-service', admin)).entries;
  await page.keyboard.press('3');
  const row = page.getByRole('rowgroup').getByRole('row').filter({ hasText: 'bin-0001' });
  await row.first().click();
  await page.getByRole('button', { name: say['key.service'], exact: false }).first().waitFor();
  await page.keyboard.press('o');
  await dialog.waitFor();
  await page.keyboard.type('the sensor is being replaced');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  const [pair] = await until('out of service on the server', async () => ((await pairs()).length ? pairs() : null));
  equal([pair.by, pair.reason], ['asem', 'the sensor is being replaced'], 'who and why');
  return pair;
}

// Nothing is raised on the pair any more: it stands in the list all the same, and U takes it back.
async function takeBack(page, server, admin) {
  const say = catalogue.en;
  await page.getByRole('button', { name: say['alarm.serviceCount'].replace('{n}', '1') }).press('Enter');
  const line = page.getByRole('row').filter({ hasText: 'the sensor is being replaced' });
  await line.filter({ hasText: say['aside.noAlarm'] }).waitFor();
  await page.screenshot({ path: join(pictures, 'aside.png') });
  await page.keyboard.press('u');
  await until('taken back', async () => (await server.get('/api/v1/out-of-service', admin)).entries.length === 0);
  await page.keyboard.press('Escape');
}

async function flood(page, server, admin, ingest) {
  const tasks = await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] });
    return PerformanceObserver.supportedEntryTypes.includes('longtask');
  });
  check(tasks, 'the browser tells long tasks');
  const now = Date.now();
  await readings(server, ingest, Array.from({ length: 1000 }, (_, n) => ({ thing: `bin-${String(n).padStart(4, '0')}`, key: 'fill_level', time: at(now), value: 96 })));
  const rows = page.getByRole('rowgroup').getByRole('row');
  await until('the counter of the list says a thousand', async () => Number(await page.getByRole('grid').first().getAttribute('aria-rowcount')) > 990, patience / 1000);
  check((await rows.count()) < 80, `only what is seen is drawn: ${await rows.count()} rows`);
  await page.keyboard.press('ArrowDown');
  await page.locator('[role=row][aria-selected=true]').waitFor();
  await page.keyboard.press('a');
  await until('one is acknowledged by keyboard', async () => (await server.get('/api/v1/alarms?state=open&limit=2000', admin)).alarms.some((alarm) => alarm.handling === 'acknowledged'));
  await page.screenshot({ path: join(pictures, 'flood.png') });
  const longest = await page.evaluate(() => window.longTasks);
  const { writer } = await server.get('/api/v1/health', admin);
  console.log(`   1,000 alarms: main-thread tasks over 50 ms: ${longest.join(', ') || 'none'}; longest step of the writer ${writer.longest_step_ms} ms`);
}

export async function rules() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-rules');
  const admin = token(data, 'admin', 'demo town');
  const ingest = token(data, 'ingest', 'loader');
  const server = await new Server(data, { args: ['--auto-claim'] }).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const address = `http://${server.http}`;
  try {
    const bins = ['key,name,kind', ...Array.from({ length: 1000 }, (_, n) => `bin-${String(n).padStart(4, '0')},,bin`)].join('\n');
    const made = await server.request('POST', '/api/v1/things/import?format=csv', { token: admin, body: bins });
    equal([made.status, made.json.created], [200, 1000], made.text);
    const now = Date.now();
    const past = [];
    for (let back = 6; back >= 1; back -= 1) {
      for (const [hour, value] of [[0, 30], [2, 97], [4, 20]]) past.push({ thing: 'bin-0001', key: 'fill_level', time: at(now - back * day + hour * 3_600_000), value });
    }
    await readings(server, ingest, past);
    await readings(server, ingest, Array.from({ length: 1000 }, (_, n) => ({ thing: `bin-${String(n).padStart(4, '0')}`, key: 'fill_level', time: at(now), value: 10 })));
    const { page, complaints } = await signIn(browser, address, new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim()));
    await page.goto(`${address}/control/`);
    await page.getByRole('navigation').first().waitFor();
    await editing(page, server, admin);
    await page.getByRole('button', { name: own.en, exact: true }).click();
    await conflict(page, server, admin);
    await elsewhere(page, server, admin);
    await exercise(browser, page, server, admin, data);
    await readings(server, ingest, [{ thing: 'bin-0001', key: 'fill_level', time: at(Date.now()), value: 97 }]);
    await putAside(page, server, admin);
    await readings(server, ingest, [{ thing: 'bin-0001', key: 'fill_level', time: at(Date.now() + 1), value: 10 }]);
    await takeBack(page, server, admin);
    await flood(page, server, admin, ingest);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'rules');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
