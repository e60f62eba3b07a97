// Signing in, complete, by keyboard and mouse: a second factor that the policy wants, recovery codes, the own sessions,
// the next operator at the same screens, the own password, the provider's button with a real provider behind it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { TOTP, Secret } from '../node/node_modules/otpauth/dist/otpauth.node.mjs';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, qala, wordsOf } from '../node/lib.mjs';
import { Identity } from '../node/identity.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const say = wordsOf('en');

async function type(page, label, text, within = page) {
  await within.getByLabel(label, { exact: true }).click();
  await page.keyboard.type(text);
}
// In three languages and both themes; the page is as it was afterwards.
async function pictureAll(page, name) {
  for (const [language, word] of [...Object.entries(own).filter(([l]) => l !== 'en'), ['en', own.en]]) {
    await page.getByRole('button', { name: word, exact: true }).first().click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    await page.screenshot({ path: join(pictures, `${name}-${language}.png`) });
  }
}
const inside = (page) => page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
const account = (page, name) => page.getByRole('button', { name: `${say['account.menu']}: ${name}` });

async function enrol(page, link) {
  await page.goto(link);
  await page.getByRole('button', { name: own.en }).click();
  await type(page, say['signin.user'], 'asem');
  await type(page, say['setup.password'], 'Üshözek2026');
  await type(page, say['setup.again'], 'Üshözek2026');
  await page.keyboard.press('Enter');
  await page.getByText(say['error.password.town_name']).waitFor();
  for (const label of [say['setup.password'], say['setup.again']]) {
    await page.getByLabel(label, { exact: true }).fill('');
    await type(page, label, password);
  }
  await page.keyboard.press('Enter');
  // nothing else opens before the second step
  await page.getByRole('heading', { name: say['enrol.title'] }).waitFor();
  await page.getByRole('img', { name: say['totp.qr'] }).waitFor();
  await page.goto(new URL('/control/things', link).href);
  await page.getByRole('heading', { name: say['enrol.title'] }).waitFor();
  await page.getByRole('img', { name: say['totp.qr'] }).waitFor();
  await pictureAll(page, 'enrol');
  const app = new TOTP({ secret: Secret.fromBase32((await page.locator('code').textContent()).replaceAll(' ', '')) });
  await type(page, say['totp.code'], '000000');
  await page.keyboard.press('Enter');
  await page.getByText(say['error.totp.wrong_code']).waitFor();
  await type(page, say['totp.code'], app.generate());
  await page.keyboard.press('Enter');
  await page.getByText(say['totp.codesLead']).waitFor();
  await pictureAll(page, 'recovery');
  const codes = await page.locator('li code').allTextContents();
  equal(codes.length, 10, 'ten recovery codes');
  await page.getByRole('button', { name: say['totp.written'] }).focus();
  await page.keyboard.press('Enter');
  await inside(page);
  return { app, codes };
}

async function signIn(page, user, code) {
  await type(page, say['signin.user'], user);
  await type(page, say['signin.password'], password);
  await page.keyboard.press('Enter');
  if (code) {
    await page.getByLabel(say['signin.code']).waitFor();
    await page.keyboard.type(code); // the field has the focus
    await page.keyboard.press('Enter');
  }
}

export async function accountPart() {
  mkdirSync(pictures, { recursive: true });
  const identity = await new Identity({ 's-dana': { preferred_username: 'dana', groups: ['control-room'], locale: 'en' } }).start();
  const data = scratch('browser-account');
  const admin = token(data, 'admin');
  writeFileSync(`${data}.toml`, `[sign_in]\ntotp_from = "admin"\n[oidc]\nissuer = "${identity.issuer}"\nclient_id = "qala"\nclient_secret_file = "${data}/secret"\nroles_claim = "groups"\noperators = "control-room"\ncreate_users = true\n`);
  writeFileSync(join(data, 'secret'), 'a secret of the test\n');
  const server = await new Server(data, { args: ['--config', `${data}.toml`] }).start();
  const address = `http://${server.http}`;
  identity.serve(address);
  execFileSync(qala, ['user', 'add', '--data', data, '--name', 'berik', '--role', 'operator', '--language', 'en'], { input: `${password}\n` });
  const sessions = async () => (await server.get('/api/v1/sessions', admin)).sessions.map((one) => one.user.name).sort();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const complaints = [];
  const open = async () => {
    const page = await (await browser.newContext({ viewport: { width: 1600, height: 900 } })).newPage();
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(error.message));
    return page;
  };
  try {
    const page = await open();
    const { app, codes } = await enrol(page, readFileSync(join(data, 'setup-link'), 'utf8').trim());

    // Out, and in with password and code; a wrong one first.
    await page.getByText(say['bar.signOut']).first().click();
    await page.getByRole('link', { name: "Sign in with the town's account" }).waitFor();
    await pictureAll(page, 'signin');
    await signIn(page, 'asem', '000000');
    await page.getByText(say['error.session.wrong_code']).waitFor();
    await page.screenshot({ path: join(pictures, 'second-step.png') });
    await page.getByLabel(say['signin.code']).click();
    await page.keyboard.type(app.generate({ timestamp: Date.now() + 30_000 })); // this moment's code was taken above
    await page.keyboard.press('Enter');
    await inside(page);

    // Another browser of the same person, with a recovery code, is seen and ended from here.
    const other = await open();
    await other.goto(`${address}/control/`);
    await other.getByRole('button', { name: own.en, exact: true }).click();
    await signIn(other, 'asem', codes[7].toUpperCase());
    await inside(other);
    await account(page, 'asem').click();
    await page.keyboard.press('Enter'); // the first of the menu has the focus
    await page.waitForURL(/\/control\/account$/);
    const list = page.getByRole('region', { name: say['account.sessions'] });
    await list.getByText(say['account.this']).waitFor();
    await until('both sessions are listed', async () => (await list.locator('tbody tr').count()) === 2);
    check(/Chrome \d+, Linux/.test(await list.locator('tbody').textContent()), 'the browser in words');
    await pictureAll(page, 'account-dark');
    await page.keyboard.press('Alt+0');
    await pictureAll(page, 'account-light');
    await page.setViewportSize({ width: 390, height: 844 });
    equal(await page.evaluate(() => document.querySelector('.account-page').scrollWidth > innerWidth), false, 'no scrolling sideways on a telephone');
    await page.screenshot({ path: join(pictures, 'account-390.png') });
    await page.setViewportSize({ width: 1600, height: 900 });
    await page.keyboard.press('Alt+0');
    await list.getByRole('button', { name: say['account.endLabel'].split('{')[0], exact: false }).focus();
    await page.keyboard.press('Enter');
    await other.getByRole('button', { name: say['signin.submit'] }).waitFor();
    equal(await sessions(), ['asem'], 'one session is left');
    await other.close();

    // The next operator at the same screen: the page stays, the session before ends.
    await page.keyboard.press('Escape');
    await page.keyboard.press('7');
    await page.waitForURL(/\/control\/shift$/);
    await account(page, 'asem').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: say['operator.change'] });
    await dialog.waitFor();
    await page.screenshot({ path: join(pictures, 'change-of-operator.png') });
    await page.keyboard.type('berik');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await account(page, 'berik').waitFor();
    equal(new URL(page.url()).pathname, '/control/shift', 'the page stays');
    equal(await sessions(), ['berik'], 'the session of the operator before has ended');

    // The own password.
    await page.goto(`${address}/control/account`);
    const change = page.getByRole('region', { name: say['account.change'] });
    const fill = async (old, fresh, again = fresh) => {
      for (const [label, text] of [[say['account.old'], old], [say['setup.password'], fresh], [say['setup.again'], again]]) {
        await change.getByLabel(label, { exact: true }).fill('');
        await type(page, label, text, change);
      }
      await page.keyboard.press('Enter');
    };
    await fill('not the password', 'another long walk');
    await change.getByText(say['error.account.wrong_password']).waitFor();
    await fill(password, 'another long walk', 'another long talk');
    await change.getByText(say['setup.different']).waitFor();
    await fill(password, 'qwertyuiop');
    await change.getByText(say['error.password.common']).waitFor();
    await fill(password, 'another long walk');
    await change.getByText(say['account.changed']).waitFor();
    equal(await sessions(), ['berik'], 'and this session stays');

    // The provider: there and back, in this browser.
    await page.getByText(say['bar.signOut']).first().click();
    await page.getByRole('link', { name: "Sign in with the town's account" }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/interaction\//);
    await page.locator('input[name=login]').click();
    await page.keyboard.type('s-dana');
    await page.locator('input[name=password]').click();
    await page.keyboard.type('any');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /continue/i }).click();
    await inside(page);
    await account(page, 'dana').waitFor();
    equal(await sessions(), ['dana'], 'somebody of the provider');
    await page.goto(`${address}/control/account`);
    await page.getByText(say['account.provider']).waitFor();
    // back from the provider with a problem: it is said, and has left the address
    const fresh = await open();
    await fresh.goto(`${address}/control/?problem=oidc.no_role`);
    await fresh.getByRole('button', { name: own.en, exact: true }).click();
    await fresh.getByText(say['error.oidc.no_role']).waitFor();
    equal(new URL(fresh.url()).search, '', 'the address is clean');
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'account');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
    await identity.stop().catch(() => {});
  }
}
