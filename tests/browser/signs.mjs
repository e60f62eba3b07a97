// Signs that do not hang on colour, motion or a mouse: greyscale, forced colours, reduced motion, the tray by keys alone;
// no word cut off at the edge of the window in any language and width. One town on its evening, one browser.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, qalaSim, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const say = wordsOf('en');

// Decodes pictures in a page of its own and hands back their pixels, all of one size.
async function pixels(browser, shots) {
  const page = await browser.newPage();
  const found = await page.evaluate(async (all) => Promise.all(all.map(async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(24, 24);
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0, 24, 24);
    return [...pen.getImageData(0, 0, 24, 24).data];
  })), shots.map((shot) => shot.toString('base64')));
  await page.close();
  return found;
}
function difference(a, b) {
  return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
}
function colourful(picture) {
  let most = 0;
  for (let at = 0; at < picture.length; at += 4) most = Math.max(most, Math.max(...picture.slice(at, at + 3)) - Math.min(...picture.slice(at, at + 3)));
  return most;
}

const rowsOf = (page) => page.getByRole('rowgroup').getByRole('row');
async function firstOf(page, severity) {
  return rowsOf(page).filter({ has: page.locator(`.glyph.sev-${severity}`) }).first();
}

async function grey(browser, page, address) {
  await page.emulateMedia({ reducedMotion: 'reduce' }); // a shape that blinks is not photographed twice alike
  await page.goto(`${address}/control/alarms?grey=1`);
  await rowsOf(page).first().waitFor();
  const severities = [];
  const shots = [];
  const forms = new Set();
  for (const severity of [1, 2, 3, 4, 5]) {
    const row = await firstOf(page, severity);
    if (await row.count() === 0) continue;
    severities.push(severity);
    check((await row.innerText()).includes(say[`severity.${severity}`]), `severity ${severity} is said in words`);
    check((await row.innerText()).includes(say['alarm.unacknowledged']), `that severity ${severity} waits is said in words`);
    const glyph = row.locator('.glyph');
    forms.add(await glyph.locator('g').first().innerHTML());
    equal(await glyph.locator('text').textContent(), String(severity), 'the digit in the shape');
    shots.push(await glyph.screenshot());
  }
  check(severities.length >= 3, `at least three severities are there to be told apart: ${severities}`);
  equal(forms.size, severities.length, 'each severity has a shape of its own');
  const seen = await pixels(browser, shots);
  for (const picture of seen) check(colourful(picture) < 12, 'the picture is grey');
  for (let a = 0; a < seen.length; a++) {
    for (let b = 0; b < a; b++) check(difference(seen[a], seen[b]) > 4, `severities ${severities[a]} and ${severities[b]} differ without colour`);
  }
  await page.screenshot({ path: join(pictures, 'grey.png') });
  return severities[0];
}

async function forced(browser, page, address) {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await page.goto(`${address}/control/alarms`);
  await rowsOf(page).first().click();
  const row = page.locator('[role=row][aria-selected=true]');
  const style = (locator, name) => locator.evaluate((element, key) => getComputedStyle(element)[key], name);
  equal(await style(row, 'outlineStyle'), 'solid', 'the selected row has a frame in forced colours');
  equal(await style(row.locator('.new'), 'borderTopStyle'), 'solid', 'what waits has a frame in forced colours');
  equal(await style(row.locator('.glyph'), 'forcedColorAdjust'), 'none', 'shapes keep their own colours');
  const [shape, bare] = await pixels(browser, [await row.locator('.glyph').screenshot(), await row.getByRole('gridcell').nth(2).screenshot()]);
  check(difference(shape, bare) > 4, 'the shape is drawn in forced colours');
  await page.keyboard.press('Tab');
  equal(await style(page.locator(':focus'), 'outlineStyle'), 'solid', 'the focus is seen in forced colours');
  await page.screenshot({ path: join(pictures, 'forced-colours.png') });
}

async function calm(page, address) {
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' });
  await page.goto(`${address}/control/`);
  const waiting = page.locator('.blink .glyph').first();
  await waiting.waitFor();
  equal(await waiting.evaluate((shape) => getComputedStyle(shape).animationName !== 'none'), true, 'what waits blinks');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  equal(await waiting.evaluate((shape) => getComputedStyle(shape).animationName), 'none', 'nothing blinks where motion is not wanted');
  equal(await waiting.evaluate((shape) => getComputedStyle(shape).outlineStyle), 'solid', 'a second outline says it instead');
  equal(await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length), 0, 'running animations');
}

// No mouse from here on: sign in, find the worst, answer it, comment, filter, open, come back.
async function byKeys(browser, server, admin) {
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  page.setDefaultTimeout(patience);
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  await page.addInitScript(() => localStorage.setItem('qala.language', 'en'));
  await page.goto(`http://${server.http}/control/`);
  await page.getByRole('button', { name: say['signin.submit'] }).waitFor();
  await until('the field for the name has the focus', async () => {
    if (await page.evaluate(() => document.activeElement?.matches('input'))) return true;
    await press('Tab');
    return false;
  });
  await page.keyboard.type('asem');
  await press('Tab');
  await page.keyboard.type(password);
  await press('Enter');
  await page.getByRole('navigation').first().waitFor();
  await press('3');
  await rowsOf(page).first().waitFor();
  const chosen = page.locator('[role=row][aria-selected=true]');
  await chosen.waitFor();
  const first = await chosen.getAttribute('aria-label');
  await press('ArrowDown');
  await until('the next row is chosen', async () => (await chosen.getAttribute('aria-label')) !== first);
  await press('ArrowUp');
  await until('the first is chosen again', async () => (await chosen.getAttribute('aria-label')) === first);

  // The row itself can hold the focus, and is seen to.
  await press('F6');
  await until('the focus walks into the list', async () => {
    if (await page.evaluate(() => document.activeElement?.role === 'row')) return true;
    await press('Tab');
    return false;
  });
  check(await page.evaluate(() => document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).boxShadow !== 'none'), 'the focused row is framed');

  const open = async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms;
  const waiting = (await open()).filter((alarm) => alarm.handling === 'unacknowledged').length;
  await press('a');
  await until('one is acknowledged on the server', async () => (await open()).filter((alarm) => alarm.acknowledged?.by === 'asem').length === 1);
  check(waiting > 0, 'something waited');
  await chosen.locator('.stands').filter({ hasText: say['alarm.acknowledgedAt'].split('{')[0].trim() }).waitFor();
  equal(await chosen.locator('.glyph g.filled').count(), 0, 'an answered shape is outlined');
  await press('c');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('brigade sent');
  await press('Control+Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  equal((await open()).flatMap((alarm) => alarm.comments.map((comment) => comment.text)), ['brigade sent'], 'the comment on the server');

  const all = Number(await page.getByRole('grid').getAttribute('aria-rowcount'));
  await press('f');
  await page.keyboard.type('brigade that is nowhere');
  await page.getByText(say['alarm.noneMatch']).waitFor();
  await press('Escape');
  await rowsOf(page).first().waitFor();
  check(Number(await page.getByRole('grid').getAttribute('aria-rowcount')) >= all, 'Esc clears the filter');
  await press('ArrowDown', 'Enter');
  await page.waitForURL(/things\/\d+/);
  await press('Escape');
  await page.waitForURL(/alarms/);
  await page.close();
}

// At every width and in every language: nothing outside the window, no cell of state or value cut.
async function fits(page, address) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const [width, height] of [[390, 800], [1280, 800], [1600, 900], [1920, 1080]]) {
    await page.setViewportSize({ width, height });
    for (const path of ['', 'overview', 'alarms', 'things', 'system']) {
      await page.goto(`${address}/control/${path}`);
      for (const [language, name] of Object.entries(own)) {
        await page.getByRole('button', { name, exact: true }).click();
        await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
        await page.getByRole('main').first().waitFor();
        const cut = await page.evaluate(() => {
          const wide = (element) => { const range = document.createRange(); range.selectNodeContents(element); return range.getBoundingClientRect(); };
          const found = [];
          for (const element of document.querySelectorAll('nav a, header button, header a, .new, .stands, .alarm .value, h1, h2, .layers button')) {
            if (element.closest('.sr') || element.offsetParent === null) continue;
            const text = wide(element);
            const frame = (element.closest('[role=gridcell]') ?? element).getBoundingClientRect();
            if (text.right > innerWidth + 1 || (element.closest('[role=gridcell]') && text.right > frame.right + 1)) found.push(element.textContent.trim());
          }
          return found;
        });
        equal(cut, [], `cut off at ${width} px in ${language} on /${path}`);
      }
    }
  }
}

export async function signs() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-signs');
  const admin = token(data, 'admin', 'demo town');
  const server = await new Server(data).start();
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '1', '--scenario', 'evening'], { stdio: 'ignore' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const address = `http://${server.http}`;
  try {
    const context = await browser.newContext({ viewport: { width: 1600, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    const made = await context.request.post(`${address}/api/v1/setup`, { headers: { origin: address }, data: { code: link.searchParams.get('code'), user: 'asem', password, language: 'en' } });
    equal(made.status(), 201, 'the first user is made');
    await until('the evening has its alarms', async () => new Set((await server.get('/api/v1/alarms?state=open', admin)).alarms.map((alarm) => alarm.severity)).size >= 3, 180);
    await page.addInitScript(() => localStorage.setItem('qala.language', 'en'));
    await grey(browser, page, address);
    await forced(browser, page, address);
    await calm(page, address);
    await byKeys(browser, server, admin);
    await fits(page, address);
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'signs');
    throw error;
  } finally {
    sim.kill();
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
