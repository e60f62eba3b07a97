// The page where the interface is tried: by a stranger, then by an administrator who changes something with it. Nothing of it
// comes from elsewhere; in both themes, in three languages, down to 390 px. By mouse and keyboard only.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { words } from '../../tools/openapi/page/words.js';
import { Server, scratch, token, check, equal, until, root, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const own = { kk: 'Қазақша', ru: 'Русский', en: 'English' };

async function open(page, tag, path) {
  const section = page.locator('.opblock-tag-section').filter({ has: page.getByRole('heading', { name: tag }) });
  const block = section.locator('.opblock').filter({ has: page.locator(`[data-path="${path.address}"]`) }).filter({ hasText: path.method });
  if (!(await block.first().isVisible())) await section.getByRole('heading', { name: tag }).click();
  await block.first().locator('.opblock-summary-control').click();
  return block.first();
}

// Sends what stands there; the status that comes back.
async function execute(block) {
  await block.getByRole('button', { name: 'Try it out' }).click();
  await block.getByRole('button', { name: 'Execute' }).click();
  const row = block.locator('.live-responses-table .response');
  await row.first().waitFor();
  return { status: Number((await row.locator('.response-col_status').first().textContent()).match(/\d+/)[0]), text: await row.first().textContent() };
}

async function stranger(page, server) {
  await page.goto(`http://${server.http}/api`);
  await page.getByRole('heading', { name: 'Signing in' }).waitFor();
  for (const [language, name] of Object.entries(own)) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByText(words[language].signedOut).waitFor();
    equal(await page.locator('html').getAttribute('lang'), language, 'language of the page');
  }
  const town = await open(page, 'Town and things', { method: 'GET', address: '/api/v1/town' });
  const answer = await execute(town);
  equal(answer.status, 200, answer.text);
  check(answer.text.includes('utc_offset_minutes'), `what the town answers is shown: ${answer.text}`);
  const colours = [];
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    await page.locator(colorScheme === 'dark' ? 'html.dark-mode' : 'html:not(.dark-mode)').waitFor({ state: 'attached' });
    colours.push(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor));
    await page.screenshot({ path: join(pictures, `interface-${colorScheme}.png`) });
  }
  check(colours[0] !== colours[1], `two themes: ${colours}`);
  await page.setViewportSize({ width: 390, height: 800 });
  const over = await page.locator('header').evaluate((header) => header.scrollWidth - innerWidth);
  check(over <= 0, `the head fits 390 px: ${over}`);
  await page.screenshot({ path: join(pictures, 'interface-narrow.png') });
  await page.setViewportSize({ width: 1400, height: 1000 });
}

async function administrator(page, server) {
  const say = wordsOf('en');
  await page.goto(readFileSync(join(server.data, 'setup-link'), 'utf8').trim());
  await page.getByRole('button', { name: 'Eng', exact: true }).click();
  for (const [label, text] of [['signin.user', 'asem'], ['setup.password', 'a long walk in the snow'], ['setup.again', 'a long walk in the snow']]) {
    await page.getByLabel(say[label], { exact: true }).click();
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
  await page.goto(`http://${server.http}/api?lang=en`);
  await page.getByText(words.en.signedIn('asem', words.en.roles.admin)).waitFor();
  // What changes something goes with the session's token, without a word of who tries.
  const shift = await open(page, 'Shift', { method: 'POST', address: '/api/v1/shift' });
  const answer = await execute(shift);
  equal(answer.status, 200, answer.text);
}

export async function interfacePart() {
  mkdirSync(pictures, { recursive: true });
  for (const [language, texts] of Object.entries(words)) equal(Object.keys(texts), Object.keys(words.en), `words in ${language}`);
  const data = scratch('browser-interface');
  const read = token(data, 'read');
  const server = await new Server(data).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(patience);
    const asked = new Set();
    const complaints = [];
    page.on('request', (request) => asked.add(new URL(request.url()).host || new URL(request.url()).protocol));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.text().includes('Content Security Policy') && complaints.push(message.text()));
    await stranger(page, server);
    await administrator(page, server);
    await until('the shift is on', async () => (await server.get('/api/v1/shift', read)).shift?.who === 'asem');
    equal([...asked].filter((host) => host !== server.http && host !== 'data:' && host !== 'blob:'), [], 'servers that the page asked');
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'interface');
    throw error;
  } finally {
    await browser.close();
    await server.stop();
  }
}
