// Every screen in both themes and three languages, for the docs and for whoever judges a change by eye.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { chromium } from '../../tests/node/node_modules/playwright-core/index.mjs';
import { root } from '../../tests/node/lib.mjs';
import { emptyTown, livingTown } from './town.mjs';
import { groups, index } from './screens.mjs';

const folder = join(root, 'docs/pictures/screens');
const quality = Number(process.env.QALA_PICTURES_QUALITY ?? 0.25);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu', '--lang=en-GB'];
const places = { kk: 1, ru: 2, en: 3 };
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };

async function settle(page) {
  await page.waitForFunction(() => ![...document.querySelectorAll('.loading, progress, [aria-busy=true]')].some((one) => one.getClientRects().length), null, { timeout: 30_000 }).catch(() => {});
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))));
  await page.waitForTimeout(350); // graphs and the map follow their frames
}

// A dialog alone, with a little of what is behind it; else the whole window. WebP, which Playwright does not write.
async function shoot(page, paper, screen, theme, language) {
  const box = screen.only && (await page.locator(screen.only).first().boundingBox());
  const [x, y] = box ? [Math.max(0, box.x - 24), Math.max(0, box.y - 24)] : [];
  const clip = box ? { x, y, width: Math.min(1440 - x, box.width + 48), height: Math.min(900 - y, box.height + 48) } : undefined;
  const png = await page.screenshot({ clip, animations: screen.moving ? 'allow' : 'disabled', caret: 'hide' });
  const webp = await paper.evaluate(async ([bytes, quality]) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${bytes}`)).blob());
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    return canvas.toDataURL('image/webp', quality).split(',')[1];
  }, [png.toString('base64'), quality]);
  writeFileSync(join(folder, `${screen.name}-${theme}-${language}.webp`), Buffer.from(webp, 'base64'));
}
const themeOf = (page, theme) => page.evaluate((one) => (localStorage.setItem('qala.theme', one), (document.documentElement.dataset.theme = one)), theme);

// How a picture's theme and language are chosen, by the kind of page.
const ways = {
  async room(page, snap) {
    for (const theme of ['light', 'dark']) {
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      for (const language of ['kk', 'ru', 'en']) {
        await page.keyboard.press(`Alt+Digit${places[language]}`);
        await page.locator(`html[lang=${language}][data-theme=${theme}]`).waitFor({ state: 'attached' });
        await settle(page);
        await snap(theme, language);
      }
    }
  },
  async gate(page, snap) {
    for (const theme of ['light', 'dark']) {
      await themeOf(page, theme);
      for (const language of ['kk', 'ru', 'en']) {
        await page.getByRole('button', { name: own[language], exact: true }).click();
        await settle(page);
        await snap(theme, language);
      }
    }
  },
  async address(page, snap, screen, town) {
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      for (const language of ['kk', 'ru', 'en']) {
        await page.goto('about:blank');
        await page.goto(screen.address(town, theme, language));
        if (screen.ready) await page.locator(screen.ready).first().waitFor();
        await settle(page);
        await snap(theme, language);
      }
    }
  },
};

async function take(browser, towns, wanted) {
  const failed = [];
  const paper = await browser.newPage();
  for (const group of groups) {
    const chosen = group.screens.filter(({ name }) => wanted(name));
    if (!chosen.length) continue;
    const town = await towns[group.town]();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'dark', ...group.context });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => failed.push(`an error in the page: ${error.message}`));
    // Which language is looked at is no news for the record of who did what.
    await page.route('**/api/v1/session/language', (route) => route.fulfill({ status: 204 }));
    await group.begin?.(page, town);
    for (const screen of group.screens) {
      const here = wanted(screen.name);
      if (!here && !group.inOrder) continue;
      try {
        await screen.go?.(page, town);
        if (here) {
          if (screen.ready && group.way !== 'address') await page.locator(screen.ready).first().waitFor();
          await settle(page);
          await ways[group.way](page, (theme, language) => shoot(page, paper, screen, theme, language), screen, town);
          console.log(screen.name);
        }
        await screen.leave?.(page, town);
      } catch (error) {
        failed.push(`${screen.name}: ${error.message.split('\n')[0]}`);
        await page.screenshot({ path: join(root, 'build', `failed-${screen.name}.png`) }).catch(() => {});
      }
    }
    await context.close();
  }
  await paper.close();
  for (const line of failed) console.log(`FAILED  ${line}`);
  return failed.length;
}

const once = (make) => { let made; return () => (made ??= make()); };
const arguments_ = process.argv.slice(2);
const stays = arguments_[0] === '--ask';
const parts = stays ? arguments_.slice(1) : arguments_;
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags, env: { ...process.env, LANGUAGE: 'en_GB' } }); // the day before the month in fields of dates
const towns = { living: once(livingTown), empty: once(emptyTown) };
const named = (words) => (name) => !words.length || words.some((word) => name.includes(word));
let failures = await take(browser, towns, named(parts));
if (stays) {
  console.log(`the town stays: ${(await towns.living()).address}`);
  for await (const line of createInterface({ input: process.stdin })) {
    failures = await take(browser, towns, named(line.split(/\s+/).filter(Boolean)));
    console.log('taken');
  }
}
writeFileSync(join(root, 'docs/pictures/README.md'), index(readdirSync(folder)));
await browser.close();
process.exit(failures ? 1 : 0); // servers and the demo town go with it
