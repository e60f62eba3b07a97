// Public warnings by keyboard and mouse: an operator writes one in three languages, cannot publish it alone, a second person
// approves it, it goes out, residents read it in each language without a script; then it is updated and cancelled. Each part
// in three languages, both themes, wide and narrow.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { check, equal, root, until, wordsOf } from '../node/lib.mjs';
import { ZonedTown } from '../node/zoned.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const catalogue = Object.fromEntries(['kk', 'ru', 'en'].map((language) => [language, wordsOf(language)]));
const say = catalogue.en;
const before = (text) => text.split('{')[0].trim();

async function signIn(browser, town, name, complaints) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://${town.server.http}/control/`);
  await page.getByLabel(say['signin.user']).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type('warm rooms 12');
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
  await page.keyboard.press('3');
  await page.getByRole('link', { name: say['page.warnings'] }).waitFor();
  await page.keyboard.press('b');
  await page.getByRole('heading', { name: say['page.warnings'] }).waitFor();
  return page;
}
async function fill(scope, page, label, text) {
  await scope.getByLabel(label, { exact: true }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}
const row = (page, text) => page.getByRole('row').filter({ hasText: text });
const stands = async (town, state) => until(`a warning is ${state}`, async () => (await town.server.get('/api/v1/warnings', town.admin)).warnings.find((one) => one.state === state));

async function writes(page) {
  await page.getByText(say['warn.none']).waitFor();
  await page.keyboard.press('n');
  const form = page.getByRole('form', { name: say['warn.type.alert'] });
  await form.waitFor();
  await form.getByRole('combobox', { name: say['warn.hazard'] }).focus();
  await page.keyboard.type('Severe fr');
  await form.getByRole('region', { name: say['warn.language.kk'] }).getByText('Түнде қатты аяз болады').waitFor();
  equal(await form.getByRole('combobox', { name: say['warn.severity'] }).inputValue(), 'severe', 'the template of frost is severe');
  await fill(form.getByRole('region', { name: say['warn.language.kk'] }), page, say['warn.headline'], ' ');
  await form.getByRole('button', { name: say['warn.save'], exact: true }).click();
  await form.getByText(say['warn.wrong.empty']).waitFor();
  await page.screenshot({ path: join(pictures, 'warnings-wrong.png') });
  for (const [language, words] of [['kk', 'Бүгін түнде −38 °C'], ['ru', 'Сегодня ночью −38 °C'], ['en', 'Minus 38 tonight']])
    await fill(form.getByRole('region', { name: say[`warn.language.${language}`] }), page, say['warn.headline'], words);
  await form.getByRole('group', { name: `${say['warn.preview']}: ru` }).getByText('Большая опасность: Сегодня ночью −38 °C').waitFor();
  // Another language is another language: nothing that was typed goes.
  await page.keyboard.press('Alt+2');
  await page.getByRole('group', { name: catalogue.ru['page.warnings'] }).waitFor();
  equal(await page.getByRole('region', { name: catalogue.ru['warn.language.kk'] }).getByLabel(catalogue.ru['warn.headline'], { exact: true }).inputValue(), 'Бүгін түнде −38 °C', 'what was typed before');
  await page.keyboard.press('Alt+3');
  await form.waitFor();
  await form.getByRole('radio', { name: say['warn.where.zones'] }).click();
  await form.getByRole('checkbox', { name: 'West' }).click();
  await page.screenshot({ path: join(pictures, 'warnings-form.png') });
  await form.getByRole('button', { name: say['warn.save'], exact: true }).click();
  await row(page, 'Minus 38 tonight').getByText(say['warn.waits']).waitFor();
}

// What was typed is not lost by one key: not by the arrows of a choice, not by Esc.
async function keepsWhatWasTyped(page) {
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('e');
  const form = page.getByRole('form', { name: say['warn.type.alert'] });
  const headline = form.getByRole('region', { name: say['warn.language.en'] }).getByLabel(say['warn.headline'], { exact: true });
  await fill(form.getByRole('region', { name: say['warn.language.en'] }), page, say['warn.headline'], 'Half a sentence');
  const zones = form.getByRole('radio', { name: say['warn.where.zones'] });
  await zones.focus();
  await page.keyboard.press('ArrowUp');
  check(await form.getByRole('radio', { name: say['warn.where.town'] }).isChecked(), 'the arrow belongs to the choice');
  await page.keyboard.press('ArrowDown');
  equal([await zones.isChecked(), await headline.inputValue()], [true, 'Half a sentence'], 'back again, and all is there');
  const told = page.getByRole('alert').getByText(say['form.unsaved']);
  await form.getByRole('checkbox', { name: 'West' }).focus();
  await page.keyboard.press('h');
  await told.waitFor();
  equal(await headline.inputValue(), 'Half a sentence', 'a letter does not throw it away');
  await page.screenshot({ path: join(pictures, 'warnings-unsaved.png') });
  await headline.click();
  await page.keyboard.press('End');
  await page.keyboard.type(', and more');
  await told.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await told.waitFor();
  equal(await headline.inputValue(), 'Half a sentence, and more', 'nor does Esc');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  await row(page, 'Minus 38 tonight').getByText(say['warn.waits']).waitFor();
}

async function isNotAlone(page) {
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('a');
  await page.getByRole('alert').getByText(say['error.warning.same_person']).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('alert').getByText(say['error.warning.second_person']).waitFor();
  await page.screenshot({ path: join(pictures, 'warnings-alone.png') });
}

// The question stands there while another saves the draft: what nobody was asked about is neither published nor thrown away,
// and why stands on this draft only.
async function asksAboutWhatItShows(page, town) {
  const texts = (headline) => Object.fromEntries(['kk', 'ru', 'en'].map((language) => [language, { headline, description: 'Frozen rain.', instruction: 'Walk slowly.' }]));
  const body = (headline) => ({ hazard: 'frost', severity: 'moderate', urgency: 'expected', certainty: 'likely', expires: Date.now() + 3_600_000, texts: texts(headline) });
  let draft = await town.status(201, 'admin', 'POST', '/api/v1/warnings', body('Ice'));
  const path = `/api/v1/warnings/${draft.id}`;
  const dialog = page.getByRole('dialog');
  const changed = page.getByRole('alert').getByText(say['error.warning.changed']);
  await page.keyboard.press('d');
  await row(page, 'Ice').click();
  for (const [act, question] of [['publish', 'warn.publishSure'], ['discard', 'warn.discardSure']]) {
    const [asked, saved] = [draft.texts.en.headline, `${draft.texts.en.headline} again`];
    await page.getByRole('button', { name: say[`warn.${act}`] }).click();
    await dialog.getByText(say[question]).waitFor();
    draft = await town.status(200, 'admin', 'PUT', path, { ...body(saved), revision: draft.revision });
    await page.locator('.sheet h2').getByText(saved, { exact: true }).waitFor();
    equal(await dialog.getByRole('heading').innerText(), asked, 'the question is about what stood there');
    await dialog.getByRole('button', { name: say[`warn.${act}`], exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await changed.or(page.getByText(say['warn.means'])).or(page.getByText(before(say['warn.holds']))).first().waitFor();
    const { state, revision } = await town.status(200, 'admin', 'GET', path);
    equal([state, revision], ['draft', draft.revision], `what was saved meanwhile, after ${act}`);
    await page.screenshot({ path: join(pictures, `warnings-changed-${act}.png`) });
    await row(page, 'Minus 38 tonight').click();
    await page.locator('.sheet h2').getByText('Minus 38 tonight').waitFor();
    equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0, 'the refusal belongs to the other draft');
    await row(page, saved).click();
  }
  await town.status(204, 'admin', 'DELETE', path);
  await row(page, 'Ice').waitFor({ state: 'detached' });
  await row(page, 'Minus 38 tonight').click();
}

async function approves(page, town) {
  await page.keyboard.press('d');
  await row(page, 'Minus 38 tonight').click();
  await page.getByText(say['warn.needsSecond']).first().waitFor();
  await page.keyboard.press('a');
  await row(page, 'Minus 38 tonight').getByText(say['warn.state.approved']).waitFor();
  equal((await stands(town, 'approved')).approved_by, 'nurlan', 'the second person');
}

async function publishes(page, town) {
  await row(page, 'Minus 38 tonight').getByText(say['warn.state.approved']).waitFor();
  await page.keyboard.press('p');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(say['warn.publishSure']).waitFor();
  await dialog.getByRole('button', { name: say['warn.publish'], exact: true }).click();
  await row(page, 'Minus 38 tonight').getByText(before(say['warn.holds'])).waitFor();
  const out = await stands(town, 'in_force');
  equal([out.written_by, out.approved_by, out.published_by, out.area.name.ru], ['asem', 'nurlan', 'asem', 'Запад'], 'who, and where');
  check((await town.server.request('GET', '/cap/feed.atom')).text.includes(out.identifier), 'it is in the feed');
  await page.screenshot({ path: join(pictures, 'warnings-in-force.png') });
}

// What the preview has shown is what residents read.
async function residentsRead(browser, town, shown) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 760 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const lines = { kk: ['Үлкен қауіп: Бүгін түнде −38 °C', 'Не істеу керек', 'Батыс'], ru: ['Большая опасность: Сегодня ночью −38 °C', 'Что делать', 'Запад'], en: ['Severe danger: Minus 38 tonight', 'What to do', 'West'] };
  for (const language of ['kk', 'ru', 'en']) {
    // A page is kept for ten seconds, each language for itself.
    await until(`the old page in ${language} is over`, async () => (await town.server.request('GET', `/${language}`)).text.includes('alert warn') === (shown !== null), 60);
    await page.goto(`http://${town.server.http}/${language}`);
    const alert = page.locator('.alert.warn');
    if (shown === null) {
      equal(await alert.count(), 0, `nothing is left on the page in ${language}`);
      continue;
    }
    for (const line of lines[language]) await alert.getByText(line).first().waitFor();
    await page.screenshot({ path: join(pictures, `warnings-residents-${language}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: join(pictures, 'warnings-residents-dark.png'), fullPage: true });
  await context.close();
}

// What the first has saved this moment may not be on the second's screen yet: then he is told to read again, and does.
async function approvesWhatIsNewest(second, town, headline) {
  await second.keyboard.press('d');
  await row(second, headline).getByText(say['warn.waits']).waitFor(); // not the one before it, which was approved
  await row(second, headline).click();
  const approved = row(second, headline).getByText(say['warn.state.approved']);
  const again = second.getByRole('alert').getByText(say['error.warning.changed']);
  for (let tries = 0; tries < 20 && !(await approved.isVisible()); tries++) {
    await second.keyboard.press('a');
    await approved.or(again).first().waitFor();
    if (!(await approved.isVisible())) await second.waitForTimeout(1000);
  }
  await stands(town, 'approved');
}

async function goesOnAndEnds(page, second, town) {
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('u');
  const form = page.getByRole('form', { name: say['warn.type.update'] });
  await form.getByRole('combobox', { name: say['warn.severity'] }).focus();
  await page.keyboard.type('Warn');
  await form.getByRole('button', { name: say['warn.save'], exact: true }).click();
  await row(page, 'Minus 38 tonight').getByText(say['warn.waits']).waitFor(); // one alone does not calm the town
  await approvesWhatIsNewest(second, town, 'Minus 38 tonight');
  await row(page, 'Minus 38 tonight').getByText(say['warn.state.approved']).waitFor();
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('p');
  await page.getByRole('dialog').getByRole('button', { name: say['warn.publish'], exact: true }).click();
  await row(page, 'Minus 38 tonight').getByText(before(say['warn.holds'])).waitFor();
  await stands(town, 'replaced');
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('x');
  const over = page.getByRole('form', { name: say['warn.type.cancel'] });
  await over.getByRole('button', { name: say['warn.save'], exact: true }).click();
  await approvesWhatIsNewest(second, town, 'Cancelled: Minus 38');
  await row(page, 'Cancelled: Minus 38').getByText(say['warn.state.approved']).waitFor();
  await page.getByRole('heading', { name: say['page.warnings'] }).click();
  await page.keyboard.press('p');
  await page.getByRole('dialog').getByRole('button', { name: say['warn.publish'], exact: true }).click();
  await row(page, 'Cancelled: Minus 38').getByText(say['warn.type.cancel']).waitFor();
  const cancel = await stands(town, 'cancellation');
  equal(cancel.references.length, 2, 'the cancellation refers to both');
}

// Buttons, labels and headings that stick out of the window.
const sticksOut = (page) => page.evaluate(() => [...document.querySelectorAll('.page button, .page .btn, .page label, .page h1, .page h2, .page h3, .page legend, .page dt')]
  .filter((element) => !element.closest('.sr, [hidden], [role=row]') && element.getClientRects().length)
  .filter((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    return text.right > innerWidth + 1 || text.left < -1;
  })
  .map((element) => element.textContent.trim()));

async function look(page) {
  await page.keyboard.press('Escape');
  for (const [width, height] of [[1920, 1080], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const [at, language] of ['kk', 'ru', 'en'].entries()) {
      const words = catalogue[language];
      await page.keyboard.press(`Alt+${at + 1}`);
      await page.getByRole('group', { name: words['page.warnings'] }).waitFor();
      if (language === 'ru') await page.keyboard.press('Alt+0');
      await page.keyboard.press('h');
      await page.getByRole('grid', { name: words['warn.view.past'], exact: true }).waitFor();
      equal(await sticksOut(page), [], `sticks out of the list, ${width} wide, in ${language}`);
      await page.getByRole('row').nth(1).click();
      await page.getByRole('region', { name: words['warn.preview'] }).waitFor();
      equal(await sticksOut(page), [], `sticks out of a warning, ${width} wide, in ${language}`);
      await page.screenshot({ path: join(pictures, `warnings-past-${width}-${language}.png`) });
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: words['warn.new'] }).click();
      const form = page.getByRole('form', { name: words['warn.type.alert'] });
      await form.waitFor();
      equal(await sticksOut(page), [], `sticks out of the form, ${width} wide, in ${language}`);
      await page.screenshot({ path: join(pictures, `warnings-form-${width}-${language}.png`) });
      await form.getByRole('button', { name: words['key.cancel'] }).click();
      if (language === 'ru') await page.keyboard.press('Alt+0');
    }
  }
}

export async function warnings() {
  mkdirSync(pictures, { recursive: true });
  const town = await new ZonedTown().start('browser-warnings');
  await town.person('asem', 'operator');
  await town.person('nurlan', 'operator');
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const complaints = [];
  try {
    const page = await signIn(browser, town, 'asem', complaints);
    const second = await signIn(browser, town, 'nurlan', complaints);
    await writes(page);
    await keepsWhatWasTyped(page);
    await isNotAlone(page);
    await asksAboutWhatItShows(page, town);
    await approves(second, town);
    await publishes(page, town);
    await residentsRead(browser, town, 'in force');
    await goesOnAndEnds(page, second, town);
    await residentsRead(browser, town, null);
    await look(page);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    await showPages(browser, 'warnings');
    throw error;
  } finally {
    await browser.close();
    await town.stop();
  }
}
