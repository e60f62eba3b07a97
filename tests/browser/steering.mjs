// Cameras by ONVIF on the screens: an engineer finds one, joins it with its streams, turns it with held keys and buttons,
// keeps a view; an operator beside him is told who turns it. Then both windows in three languages, both themes, wide and
// narrow.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, qalaSim, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow', user = 'steer', secret = 'cold-street-7';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const say = catalogue.en;

async function signedIn(browser, server, name) {
  const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage();
  page.setDefaultTimeout(patience);
  await page.goto(`http://${server.http}/control/`);
  await page.getByRole('button', { name: own.en, exact: true }).click();
  for (const [label, text] of [['signin.user', name], ['signin.password', password]]) {
    await page.getByLabel(say[label], { exact: true }).click();
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
  return page;
}

const sideways = (page) => page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth + 1);

export async function steering() {
  mkdirSync(pictures, { recursive: true });
  const cameras = spawn(qalaSim, ['cameras', '--rtsp', '127.0.0.1:0', '--count', '2', '--user', user, '--password', secret], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => cameras.kill('SIGKILL'));
  let out = '';
  cameras.stdout.on('data', (text) => { out += text; });
  const data = scratch('browser-steering');
  const server = await new Server(data).start();
  const admin = token(data, 'admin', 'set up');
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    await until('simulated cameras', () => /^ready rtsp=\S+/m.test(out), 300);
    const at = out.match(/^ready rtsp=(\S+)/m)[1];
    const ptz = async (n = 1) => JSON.parse((await (await fetch(`http://${at}/ptz`)).text()).split('\n')[n - 1]);
    const post = async (path, body) => check((await server.request('POST', path, { token: admin, body: JSON.stringify(body) })).status < 300, path);
    const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    await post('/api/v1/setup', { code: link.searchParams.get('code'), user: 'asem', password, language: 'en' });
    await post('/api/v1/users', { name: 'bolat', role: 'engineer', password, language: 'en' });
    await post('/api/v1/users', { name: 'dana', role: 'operator', password, language: 'en' });

    const page = await signedIn(browser, server, 'bolat');
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.keyboard.press('5');
    await page.getByRole('button', { name: say['camera.add'] }).first().click();
    const type = async (label, text) => {
      await page.getByLabel(label, { exact: false }).first().click();
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    };
    const found = page.getByRole('region', { name: say['camera.discover'] });
    // First who is there, then what he offers: the password goes to whom it is meant for.
    await type(say['camera.discoverHosts'], at);
    await page.keyboard.press('Enter');
    const first = found.getByRole('listitem').filter({ hasText: 'Street 1' });
    await first.getByText(say['camera.discoverPassword']).waitFor();
    await type(say['camera.user'], user);
    await type(say['camera.password'], secret);
    await first.getByRole('button', { name: say['camera.askStreams'] }).click();
    const streams = first.getByRole('button', { name: say['camera.take'], exact: false });
    await streams.first().waitFor();
    equal(await streams.count(), 2, 'both streams are offered');
    await page.screenshot({ path: join(pictures, 'steering-found.png') });
    await streams.first().click();
    await page.getByRole('img', { name: say['camera.testPicture'] }).waitFor();
    await page.getByRole('button', { name: say['camera.save'], exact: false }).click();
    await page.waitForURL(/view=look/);
    const pad = page.getByRole('region', { name: say['camera.steering'] });
    await pad.getByRole('button', { name: 'Home' }).waitFor();
    await until('its picture moves', async () => (await page.locator('video').evaluate((video) => video.currentTime)) > 0.5);

    // By keys, held.
    await page.keyboard.down('ArrowRight');
    await until('it turns', async () => (await ptz()).pan > 0.05);
    await page.screenshot({ path: join(pictures, 'steering-turns.png') });
    await page.keyboard.up('ArrowRight');
    await until('it stands', async () => !(await ptz()).moving);
    check((await ptz()).stops >= 1, 'because it was told to');
    // By mouse, held.
    const box = await pad.getByRole('button', { name: say['camera.turnUp'] }).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await until('it looks up', async () => (await ptz()).tilt > 0.05);
    // Somebody beside him wants it, too.
    const beside = await signedIn(browser, server, 'dana');
    await beside.goto(page.url());
    const other = beside.getByRole('region', { name: say['camera.steering'] });
    await other.getByText(say['camera.steeredBy'].replace('{name}', 'bolat')).waitFor();
    await beside.screenshot({ path: join(pictures, 'steering-beside.png') });
    equal(await other.getByRole('textbox').count(), 0, 'an operator keeps no views');
    await page.mouse.up();
    await until('it stands', async () => !(await ptz()).moving);
    await beside.context().close();

    await pad.getByRole('textbox', { name: say['camera.presetName'] }).click();
    await page.keyboard.type('Gate');
    await page.keyboard.press('Enter');
    await pad.getByRole('button', { name: 'Gate' }).waitFor();
    await pad.getByRole('button', { name: 'Home' }).click();
    await until('it looks home', async () => (await ptz()).pan === 0);
    await page.keyboard.press('Shift+Digit2');
    await until('and at the gate, by a key', async () => (await ptz()).pan > 0.05);

    for (const [language, name] of Object.entries(own)) {
      for (const [width, height, theme] of [[1920, 1080, 'dark'], [390, 844, 'light']]) {
        await page.setViewportSize({ width: 1920, height: 1080 });
        await page.getByRole('button', { name, exact: true }).click();
        await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
        await page.setViewportSize({ width, height });
        if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
        await page.getByRole('region', { name: catalogue[language]['camera.steering'] }).getByRole('button', { name: 'Gate' }).waitFor();
        equal(await sideways(page), false, `steering in ${language} at ${width}`);
        await page.screenshot({ path: join(pictures, `steering-${language}-${width}.png`) });
        await page.keyboard.press('i');
        await page.getByLabel(catalogue[language]['camera.onvif'], { exact: false }).first().waitFor();
        equal(await sideways(page), false, `the form in ${language} at ${width}`);
        await page.screenshot({ path: join(pictures, `steering-form-${language}-${width}.png`) });
        await page.keyboard.press('Escape');
        await page.waitForURL(/view=look/);
      }
    }
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'steering');
    throw error;
  } finally {
    await browser.close();
    cameras.kill();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
