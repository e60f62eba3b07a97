// The administrator makes an operator for one zone, by keyboard; that one opens the link, chooses a password, answers an
// alarm there, and is told why not elsewhere. Then tokens, and the record of who did what. No sim: a town of two bins.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { check, equal, root, until, wordsOf } from '../node/lib.mjs';
import { ZonedTown } from '../node/zoned.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const catalogue = wordsOf;
const say = catalogue('en');
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const before = (text) => text.split('{')[0].trim();

// Goes on with Tab until that control has the focus, as a person without a mouse does.
async function tabTo(page, name) {
  for (let n = 0; n < 60; n++) {
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element.labels?.[0] && [...element.labels[0].childNodes].find((node) => node.nodeType === 3 && node.textContent.trim());
      return (element.ariaLabel ?? label?.textContent ?? element.textContent).trim();
    });
    if (here === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to "${name}"`);
}
// A choice of a select that has the focus, by typing its beginning.
async function pick(page, name, choice) {
  await tabTo(page, name);
  await page.keyboard.type(choice);
}

async function signIn(page, address, name, secret) {
  await page.goto(`${address}/control/`);
  await page.getByLabel(say['signin.user']).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(secret);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
}

async function makesAnOperator(page) {
  await page.keyboard.press('9');
  await page.waitForURL(/people$/);
  await page.getByRole('row').filter({ hasText: 'asem' }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: say['people.new'] }).waitFor();
  await tabTo(page, say['signin.user']);
  await page.keyboard.type('saule');
  await pick(page, say['people.grantWhere'], 'West');
  await tabTo(page, say['people.grantAdd']);
  await page.keyboard.press('Enter');
  await page.getByText(`${say['role.operator']}: West`).first().waitFor();
  await page.screenshot({ path: join(pictures, 'people-new.png') });
  await tabTo(page, say['people.create']);
  await page.keyboard.press('Enter');
  const link = page.getByLabel(say['people.linkFor'].replace('{name}', 'saule'));
  await link.waitFor();
  check(await link.evaluate((field) => document.activeElement === field && field.selectionEnd === field.value.length), 'the link is there to be copied');
  return link.inputValue();
}

async function comesIn(browser, link) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(link);
  await page.getByRole('heading', { name: say['welcome.title'].replace('{name}', 'saule') }).waitFor();
  await page.screenshot({ path: join(pictures, 'welcome.png') });
  await page.getByLabel(say['setup.password']).waitFor();
  await page.keyboard.type('a snowy road home');
  await page.keyboard.press('Tab');
  await page.keyboard.type('a snowy road');
  await page.keyboard.press('Enter');
  await page.getByText(say['setup.different']).waitFor();
  await page.keyboard.type(' home');
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
  return page;
}

async function answersThereOnly(page, town, mine, other) {
  const open = async (id) => (await town.server.get('/api/v1/alarms?state=open', town.admin)).alarms.find((alarm) => alarm.id === id);
  equal(await page.getByRole('navigation').getByText(say['page.people']).count(), 0, 'the administrator page is not offered');
  await Promise.all([page.getByText(say['right.adminOnly']).first().waitFor(), page.keyboard.press('9')]);
  await page.keyboard.press('3');
  const row = (key) => page.getByRole('row').filter({ hasText: key });
  await row('BE-1').first().click();
  const acknowledge = page.getByRole('button', { name: say['key.acknowledge'] }).first();
  equal(await acknowledge.getAttribute('aria-disabled'), 'true', 'greyed out elsewhere');
  check((await acknowledge.getAttribute('title')).includes('West'), 'with the reason');
  await Promise.all([page.getByText(before(say['right.elsewhere'])).first().waitFor(), page.keyboard.press('a')]); // said for some seconds
  await page.screenshot({ path: join(pictures, 'people-elsewhere.png') });
  // All that is shown: hers is answered, the other is left and told.
  await page.keyboard.press('Shift+A');
  await page.getByRole('dialog').getByText(say['all.others'].replace('{n}', '1').replace('{n#alarm is|alarms are}', 'alarm is')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await row('BW-1').first().click();
  await page.keyboard.press('a');
  await until('hers is acknowledged', async () => (await open(mine))?.handling === 'acknowledged');
  equal((await open(mine)).acknowledged.by, 'saule', 'by her');
  equal((await open(other)).handling, 'unacknowledged', 'the other is not');
}

async function tokensAndRecord(page, town) {
  await page.keyboard.press('t');
  await page.getByRole('row').filter({ hasText: say['scope.admin'] }).first().waitFor();
  await page.keyboard.press('n');
  equal(await page.evaluate(() => document.activeElement.name), 'scope', 'the form has the focus before the next key');
  await tabTo(page, say['token.name']);
  await page.keyboard.type('evening report');
  await page.screenshot({ path: join(pictures, 'people-token.png') });
  await page.keyboard.press('Enter');
  const secret = await page.getByLabel(say['token.shown'].replace('{name}', 'evening report')).inputValue();
  equal((await town.server.request('GET', '/api/v1/alarms', { token: secret })).status, 200, 'the secret that was shown works');
  await tabTo(page, say['help.close']);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: say['token.revoke'] }).waitFor();
  await tabTo(page, say['token.revoke']);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText(say['token.revokeSure']).waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await until('it is withdrawn', async () => (await town.server.request('GET', '/api/v1/alarms', { token: secret })).status === 401);

  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: say['page.people'] }).click(); // out of the form: keys are for the page again
  await page.keyboard.press('l');
  await page.getByRole('row').filter({ hasText: say['did.token.revoked'] }).first().waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('saule');
  await page.getByRole('row').filter({ hasText: say['did.token.revoked'] }).first().waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: say['did.alarm.acknowledged'] }).first().waitFor();
  await page.getByRole('button', { name: say['audit.verify'], exact: true }).click();
  await page.getByText(before(say['audit.holds'])).first().waitFor();
}

async function everyPicture(page) {
  for (const [language, name] of Object.entries(own)) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    const words = catalogue(language);
    for (const theme of ['dark', 'light']) {
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
      for (const view of ['users', 'tokens', 'audit']) {
        await page.getByRole('button', { name: words[`people.${view}`] }).click();
        await page.getByRole('grid', { name: words[`people.${view}`] }).waitFor();
        await page.getByRole('rowgroup').getByRole('row').first().click();
        await page.screenshot({ path: join(pictures, `people-${view}-${theme}-${language}.png`) });
      }
    }
  }
  await page.getByRole('button', { name: catalogue('en')['people.users'] }).click();
  for (const width of [1280, 800, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.getByRole('row').filter({ hasText: 'saule' }).click();
    await page.screenshot({ path: join(pictures, `people-${width}.png`) });
    equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `nothing beyond the edge at ${width} px`);
  }
}

export async function people() {
  mkdirSync(pictures, { recursive: true });
  const town = await new ZonedTown().start('browser-people');
  await town.person('asem', 'admin');
  const mine = await town.fullBin('BW-1', 'west');
  const other = await town.fullBin('BE-1', 'east');
  const address = `http://${town.server.http}`;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const complaints = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, locale: 'en' });
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(error.message));
    await signIn(page, address, 'asem', 'warm rooms 12');
    const link = await makesAnOperator(page);
    check(link.startsWith(`${address}/control/welcome#`), `an address of this server: ${link}`);
    const hers = await comesIn(browser, link);
    hers.on('pageerror', (error) => complaints.push(error.message));
    await answersThereOnly(hers, town, mine.alarm, other.alarm);
    await tabTo(page, say['help.close']);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: say['page.people'] }).click();
    await tokensAndRecord(page, town);
    await everyPicture(page);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'people');
    throw error;
  } finally {
    await browser.close();
    await town.stop();
  }
}
