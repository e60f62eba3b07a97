// What is wrong with the system itself: on every page as a banner with what to do, on the wall, and on the System page in
// full; a piece of the screens that did not come, and a server with newer ones. A server whose folder for backups is not
// there, and devices that send what cannot be taken. By keyboard only.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const pages = { 1: 'map', 2: 'overview', 3: 'alarms', 4: 'things', 7: 'shift' };

// Text beyond the window's edge.
const cutOff = (page) => page.evaluate(() => [...document.querySelectorAll('.system :is(h1, h2, td, dd, dt, p, b)')].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && !element.closest('.sr') && box.right > innerWidth + 1;
}).map((element) => element.textContent.trim().slice(0, 60)));

async function banners(page) {
  for (const [language, name] of Object.entries(own)) {
    const say = catalogue[language];
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    for (const [key, which] of Object.entries(pages)) {
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.pathname.includes(which) || (which === 'map' && /control\/(map)?$/.test(url.pathname)));
      const banner = page.getByRole('link', { name: say['problem.backup.failed'] }).last();
      await banner.waitFor();
      check((await banner.textContent()).includes(say['problem.backup.failed.do']), `${which} says in ${language} what to do`);
    }
    await page.screenshot({ path: join(pictures, `banner-${language}.png`) });
  }
}

async function systemPage(page) {
  for (const [language, name] of Object.entries(own)) {
    const say = catalogue[language];
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    await page.keyboard.press('8');
    await page.waitForURL(/system$/);
    const problem = page.locator('[data-problem="backup.failed"]');
    await problem.waitFor();
    const text = await problem.textContent();
    for (const part of [say['problem.backup.failed'], say['problem.backup.failed.do'], '/nowhere/backups']) check(text.includes(part), `${language}: ${part}`);
    await page.getByRole('region', { name: say['system.backup'] }).getByText(say['system.backupFailed'], { exact: true }).waitFor();
    await page.getByText('<img src=x onerror=alert(1)>', { exact: false }).first().waitFor();
    await page.getByText('\\x1B', { exact: false }).first().waitFor();
    for (const theme of ['dark', 'light']) {
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
      await page.screenshot({ path: join(pictures, `system-${theme}-${language}.png`) });
    }
    equal(await cutOff(page), [], `cut off in ${language}`);
  }
  for (const width of [390, 800, 1280, 3840]) {
    await page.setViewportSize({ width, height: 1080 });
    equal(await cutOff(page), [], `cut off at ${width}`);
    await page.screenshot({ path: join(pictures, `system-${width}.png`) });
  }
  await page.setViewportSize({ width: 1920, height: 1080 });
}

// After an upgrade, or with the link down, a piece of the screens does not come: that is said, in a window too, and the keys live on.
async function lacksAPiece(page, address) {
  const say = catalogue.en;
  const told = page.getByRole('alert').filter({ hasText: say['state.pieceFailed'] });
  const lost = ['**/OverviewPage*', '**/Help*'];
  for (const file of lost) await page.route(file, (route) => route.abort());
  await page.goto(`${address}/control/`);
  await page.getByRole('navigation').first().waitFor();
  await page.keyboard.press('Alt+3');
  await page.keyboard.press('Shift+Slash');
  await page.getByRole('dialog').filter({ has: told }).waitFor();
  await page.screenshot({ path: join(pictures, 'piece-lost-window.png') });
  await page.keyboard.press('Escape');
  await told.waitFor({ state: 'detached' });
  await page.keyboard.press('2');
  await told.waitFor();
  for (const [theme, language] of [['light', 'ru'], ['dark', 'kk']]) {
    await page.getByRole('button', { name: own[language], exact: true }).click();
    await page.getByRole('alert').filter({ hasText: catalogue[language]['state.pieceFailed'] }).waitFor();
    if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
    await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
    await page.screenshot({ path: join(pictures, `piece-lost-${theme}-${language}.png`) });
  }
  await page.keyboard.press('Alt+3');
  for (const file of lost) await page.unroute(file);
  await told.getByRole('button', { name: say['state.reload'] }).click();
  await page.locator('[data-field]').first().waitFor();
}

// Other screens on the server than those that run here: said after connecting, loaded when it is wanted.
async function isRenewed(page, address) {
  const say = catalogue.en;
  const bar = page.getByRole('status').filter({ hasText: say['state.newVersion'] });
  await page.route('**/control/wall', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/( src="[^"]+)\.js"/, '$1-renewed.js"') });
  });
  await page.goto(`${address}/control/shift`);
  await bar.waitFor();
  await page.screenshot({ path: join(pictures, 'renewed.png') });
  await page.unroute('**/control/wall');
  await bar.getByRole('button', { name: say['state.reload'] }).click();
  await bar.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: say['shift.open'] }).waitFor();
}

export async function healthPart() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-health');
  const [ingest, read] = ['ingest', 'read'].map((scope) => token(data, scope));
  const server = await new Server(data, { args: ['--auto-claim'], env: { QALA_BACKUP_FOLDER: '/nowhere/backups' } }).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const address = `http://${server.http}`;
  try {
    const send = (body) => server.request('POST', '/api/v2/write?precision=ms', { body, token: ingest });
    await until('a reading is taken', async () => (await send(`telemetry,thing=lamp v=1 ${Date.now()}`)).status === 204);
    equal((await send('<img src=x onerror=alert(1)>\x1b[31m no line')).status, 400, 'what is no line is refused');
    equal((await send(`telemetry,thing=lamp v=${'qala_'}${'A1'.repeat(17)} ${Date.now()}`)).status, 400, 'a token in the wrong place is refused');
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => (complaints.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
    const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    const made = await context.request.post(`${address}/api/v1/setup`, { headers: { origin: address }, data: { code: link.searchParams.get('code'), user: 'asem', password: 'a long walk in the snow', language: 'en' } });
    equal(made.status(), 201, 'the first user is made');
    await page.goto(`${address}/control/`);
    await page.getByRole('navigation').first().waitFor();
    await banners(page);
    await systemPage(page);
    const second = await context.newPage();
    second.setDefaultTimeout(patience);
    second.on('pageerror', (error) => complaints.push(error.message));
    await lacksAPiece(second, address);
    await isRenewed(second, address);
    await second.close();
    const shown = await server.request('GET', '/api/v1/health', { token: read });
    check(!shown.text.includes('A1A1A1A1'), 'no token among the samples');

    // On a wall it stands in the bar, to be read from the door.
    const wall = await browser.newPage({ viewport: { width: 3840, height: 2160 } });
    wall.setDefaultTimeout(patience);
    await wall.goto(`${address}/control/wall?layout=town&lang=kk#token=${read}`);
    await wall.locator('[data-problem="backup.failed"]').getByText(catalogue.kk['problem.backup.failed']).waitFor();
    await wall.screenshot({ path: join(pictures, 'wall-problem.png') });
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'health');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
