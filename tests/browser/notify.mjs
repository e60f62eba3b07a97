// An administrator adds a web-hook by keyboard, tries it, sees the receiver's words and what is wrong with a bad address; then
// the service worker: what is pushed is shown, and a tap leads to the alarm. No sim.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, check, equal, root, scratch, token, until, wordsOf } from '../node/lib.mjs';
import { hookServer } from '../node/receivers.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const say = wordsOf('en');
const before = (text) => text.split('{')[0].trim();

async function signIn(page, data) {
  await page.goto(readFileSync(join(data, 'setup-link'), 'utf8').trim());
  await page.getByRole('button', { name: 'Eng' }).click();
  for (const [label, text] of [['signin.user', 'asem'], ['setup.password', 'a long walk in the snow'], ['setup.again', 'a long walk in the snow']]) {
    await page.getByLabel(say[label], { exact: true }).click();
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
}

async function opensThePage(page) {
  await page.keyboard.press('/');
  await page.keyboard.type('notif');
  await page.getByRole('option', { name: say['page.notifications'] }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/notifications$/);
  await page.getByText(say['notify.none']).waitFor();
  await page.getByText(say['notify.noMail']).first().waitFor();
}

async function addsAHook(page, hook) {
  await page.keyboard.press('w');
  const form = page.getByRole('complementary', { name: say['notify.recipient'] });
  await form.getByLabel(say['notify.name'], { exact: true }).click();
  await page.keyboard.type('Dispatch of the region');
  await page.keyboard.press('Tab');
  await page.keyboard.type('example.kz');
  await page.keyboard.press('Enter');
  await form.getByText(say['notify.bad.address']).waitFor();
  await form.getByLabel(say['notify.hookAddress']).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(hook.url);
  await page.keyboard.press('Enter');
  const secret = form.getByLabel(before(say['notify.secretOnce']));
  await secret.waitFor();
  check((await secret.inputValue()).startsWith('whsec_'), 'the secret is shown once');
  await form.getByRole('button', { name: say['notify.test'] }).click();
  await form.getByText(say['notify.testGood']).waitFor();
  equal(hook.got.length, 1, 'one test arrived');
  hook.respond = (_request, response) => (response.writeHead(503), response.end('closed for the night'));
  await form.getByRole('button', { name: say['notify.test'] }).click();
  await form.getByText('closed for the night').waitFor();
  await page.screenshot({ path: join(pictures, 'notify.png') });
  await form.getByRole('button', { name: say['notify.pause'], exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Dispatch' }).getByText(say['notify.paused']).waitFor();
  await form.getByRole('button', { name: say['notify.remove'], exact: true }).click();
  await form.getByRole('button', { name: say['notify.removeSure'] }).click();
  await page.getByText(say['notify.none']).waitFor();
}

// The browser's maker's push service cannot be reached here: the page says so. What it would bring is handed to the service
// worker by the browser's own tools.
async function showsAPush(context, page, address) {
  await context.grantPermissions(['notifications'], { origin: address });
  const tools = await context.newCDPSession(page);
  const registrations = new Map();
  tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: all }) => all.forEach((one) => registrations.set(one.registrationId, one)));
  await tools.send('ServiceWorker.enable');
  await page.getByRole('button', { name: say['notify.browserStart'] }).click();
  await page.getByText(say['notify.browserRefused']).waitFor();
  await page.screenshot({ path: join(pictures, 'notify-browser.png') });
  const registration = await until('the service worker is there', () => [...registrations.values()].find(({ scopeURL }) => scopeURL.endsWith('/control/')));
  const worker = await until('and runs', () => context.serviceWorkers().find((one) => one.url().endsWith('/control/push.js')));
  const note = { title: 'High: battery is flat · A-1', body: 'Raised: 19:26', tag: 'alarm-7', url: 'https://elsewhere.example/control/alarms?alarm=7', severity: 2 };
  const deliver = (data) => tools.send('ServiceWorker.deliverPushMessage', { origin: address, registrationId: registration.registrationId, data });
  const shown = () => worker.evaluate(async () => (await self.registration.getNotifications()).map(({ title, body, tag, requireInteraction }) => ({ title, body, tag, requireInteraction })));
  // Chromium loses one that comes while it is putting the worker to sleep: then it is sent again, as push services do.
  const delivered = async (what, data, there) => {
    let sent = 0;
    return until(what, async () => {
      if (Date.now() - sent > 5000) {
        await deliver(data);
        sent = Date.now();
      }
      return there(await shown());
    });
  };
  const first = await delivered('it is shown', JSON.stringify(note), (all) => all.find(({ tag }) => tag === 'alarm-7'));
  equal(first, { title: note.title, body: note.body, tag: 'alarm-7', requireInteraction: true }, 'as the server worded it');
  await delivered('the later word takes its place', JSON.stringify({ ...note, title: 'Over', severity: 4 }), (all) => all.filter(({ tag }) => tag === 'alarm-7').map(({ title }) => title).join() === 'Over');
  await delivered('nonsense is shown as it can be', 'not JSON', (all) => all.some(({ tag }) => tag === 'qala'));
}

export async function notifications() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-notify');
  const config = join(data, '..', 'browser-notify.toml');
  writeFileSync(config, '[notify]\nallow_private = ["127.0.0.1/32"]\n');
  token(data, 'admin');
  const server = await new Server(data, { args: ['--config', config] }).start();
  const hook = await hookServer();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await signIn(page, data);
    await opensThePage(page);
    await addsAHook(page, hook);
    await showsAPush(context, page, `http://${server.http}`);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'notify');
    throw error;
  } finally {
    await browser.close();
    await server.stop();
  }
}
