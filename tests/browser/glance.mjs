// The town at a glance, by keyboard: a street found without Kazakh letters, a zone, two things and two periods compared,
// a view kept and opened again after a reload, the list and the day on paper. In the town and browser of room.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, equal, until } from '../node/lib.mjs';

export async function glance(page, server, admin, { say, languages, pictures, cutOff }) {
  const address = `http://${server.http}`;
  const rows = page.getByRole('table', { name: say['compare.figures'] }).locator('tbody tr');
  const inAllLanguages = async (name, selector) => {
    for (const [language, button] of Object.entries(languages)) {
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
      for (const theme of ['dark', 'light']) {
        if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
        await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
        equal(await cutOff(page, selector), [], `cut off on ${name} in ${language}`);
        await page.screenshot({ path: join(pictures, `${name}-${theme}-${language}.png`) });
      }
    }
    await page.keyboard.press('Alt+0');
  };

  // A street, typed in Russian letters and in Latin ones with a typing error.
  for (const typed of ['бейбитшилик', 'beibitshilk']) {
    await page.keyboard.press('/');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type(typed);
    await page.getByRole('option').filter({ hasText: 'Бейбітшілік көшесі' }).filter({ hasText: say['search.street'] }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/streets/);
    await page.getByRole('heading', { level: 1, name: 'Бейбітшілік көшесі' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(/overview/);
  }

  // A zone from the table of the overview.
  await page.locator('[data-zones] a').first().waitFor();
  await page.keyboard.press('z');
  await page.locator('[data-zones] a:focus').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/zones\/\d+$/);
  const zone = Number(page.url().split('/').at(-1));
  const there = (await server.get('/api/v1/things', admin)).things.filter((thing) => thing.zone === zone);
  check(there.length > 10, 'the zone has things');
  await until('its fields are drawn', async () => (await page.locator('[data-field] .u-wrap canvas').count()) >= 2, 90);
  await inAllLanguages('zone', 'h1, [data-field] .name, [data-field] .row');

  // Two things beside each other, and yesterday over them.
  const things = (await server.get('/api/v1/things', admin)).things;
  const pm = (key) => things.find((thing) => thing.key === key).datastreams.find((stream) => /pm2_?5/.test(stream.key)).id;
  const stations = things.filter((thing) => thing.kind === 'air_station').map((thing) => thing.key).sort();
  await page.keyboard.press('/');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type(stations[0]);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/things\/\d+$/);
  await page.keyboard.press('k');
  await page.waitForURL(/compare/);
  await rows.first().waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type(`${stations[1]} pm2.5`);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await until('two lines', async () => (await rows.count()) === 2);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Digit1');
  await until('four lines', async () => (await rows.count()) === 4);
  const asked = new URL(page.url()).searchParams;
  equal(asked.get('s').split(',').map(Number).sort(), [pm(stations[0]), pm(stations[1])].sort(), 'the address names both');
  equal(asked.get('back'), '1', 'and the day before');
  await until('the graph is drawn', async () => (await page.locator('.plots canvas').count()) >= 1);
  await inAllLanguages('compare', 'main .bar button, h1');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('e')]);
  const csv = readFileSync(await file.path(), 'utf8').split('\r\n');
  equal(csv[0].split('","').length >= 4 || csv[0].split(',').length >= 5, true, `a column for each line: ${csv[0]}`);
  check(csv.length > 100 && /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\+05:00,/.test(csv[1]), `the town's time: ${csv[1]}`);

  // A window that does not come is said, and no figure of the one before stands under it.
  const means = () => rows.locator('td.strong').allTextContents();
  await page.route(/\/buckets\?/, (route) => route.abort());
  await page.getByRole('button', { name: say['range.d7'], exact: true }).click();
  const failed = page.getByRole('alert').filter({ hasText: say['graph.failed'] });
  await failed.waitFor();
  equal(await means(), ['—', '—', '—', '—'], 'figures of a window that was not loaded');
  await page.screenshot({ path: join(pictures, 'compare-not-loaded.png') });
  await page.unroute(/\/buckets\?/);
  await failed.getByRole('button', { name: say['state.retry'] }).click();
  await until('its figures', async () => (await means()).every((text) => /\d/.test(text)));
  await page.getByRole('button', { name: say['range.h24'], exact: true }).click();

  // Kept, and opened again by somebody who begins anew.
  await page.keyboard.press('v');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Ауа, кешегімен');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goto(`${address}/control/`);
  await page.getByRole('navigation').first().waitFor();
  await page.keyboard.press('v');
  await page.getByRole('dialog').getByText('Ауа, кешегімен').waitFor();
  await page.keyboard.type('кешегимен');
  await page.keyboard.press('Enter');
  await page.waitForURL(/compare\?/);
  await until('the same comparison', async () => (await rows.count()) === 4);
  equal(new URL(page.url()).searchParams.get('s'), asked.get('s'), 'the same datastreams');
  equal(new URL(page.url()).searchParams.get('back'), '1', 'the same period');

  // The map where it stood, the filter as it was.
  await page.keyboard.press('3');
  await page.keyboard.press('f');
  await page.keyboard.type('ЖП-3');
  await page.locator('.tray input').press('Tab');
  await page.keyboard.press('v');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Жылу');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.reload();
  await page.locator('.tray input').waitFor();
  await page.keyboard.press('/');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('жылу');
  await page.getByRole('option').filter({ hasText: say['search.view'] }).first().click();
  await page.waitForURL(/alarms\?q=/);
  equal(await page.locator('.tray input').inputValue(), 'ЖП-3', 'the filter of the view');
  await page.screenshot({ path: join(pictures, 'view-alarms.png') });

  // On paper: the list as it stands, and the day.
  const list = page.context().waitForEvent('request', { predicate: (request) => /alarms\/list\.pdf/.test(request.url()) });
  await page.locator('h1').click();
  await page.keyboard.press('Shift+P');
  equal(new URL((await list).url()).searchParams.get('q'), 'ЖП-3', 'the list is printed as it stands');
  const day = await server.request('GET', `/api/v1/days/${new Date(Date.now() + 5 * 3_600_000).toISOString().slice(0, 10)}/sheet.pdf?lang=kk`, { token: admin });
  equal([day.status, day.headers['content-type']], [200, 'application/pdf'], 'the day sheet');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
}
