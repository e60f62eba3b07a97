// The registry on the screens: an engineer edits a thing while somebody else does, gives it a photo from a file, makes a
// credential and sends with it, looks at what was changed, takes in a file with a mistake, names a zone. Then every window
// of it in three languages, both themes, wide and narrow.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { Server, scratch, token, check, equal, until, root, wordsOf } from '../node/lib.mjs';
import { showPages } from './failed.mjs';

const pictures = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const own = { kk: 'Қаз', ru: 'Рус', en: 'Eng' };
const catalogue = Object.fromEntries(Object.keys(own).map((language) => [language, wordsOf(language)]));
const say = catalogue.en;

// A camera's JPEG: where it was taken stands in its second segment.
const secret = 'GPS 51.9812 N 70.9433 E';
function withExif(jpeg) {
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), Buffer.from(secret)]);
  const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}

async function choose(page, button, file) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: button, exact: true }).click()]);
  await chooser.setFiles(file);
}

async function fill(page, label, text) {
  await page.getByRole('dialog').getByLabel(label, { exact: true }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

// Buttons, labels and headings that stick out of the window or of their own box.
const sticksOut = (page) => page.evaluate(() => {
  const found = [];
  const inside = document.querySelector('dialog[open]') ?? document.querySelector('.room');
  for (const element of inside.querySelectorAll('button, .btn, label, h1, h2, h3, legend, dt, th')) {
    if (element.closest('.sr, [hidden]') || !element.getClientRects().length) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    if (text.right > innerWidth + 1 || text.left < -1) found.push(element.textContent.trim());
  }
  return found;
});

async function edit(page, server, admin, lamp) {
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('Shift+E');
  await dialog.getByLabel(say['field.owner'], { exact: true }).waitFor();
  await fill(page, say['field.owner'], 'Town lighting');
  // The feeder is found without its Kazakh letters.
  await dialog.getByRole('combobox', { name: say['field.parent'] }).click();
  await page.keyboard.type('zhukte');
  await dialog.getByRole('option').filter({ hasText: 'F-12' }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+c');
  // On the map, by keys.
  await dialog.getByRole('button', { name: say['place.pick'] }).click();
  await dialog.locator('canvas').first().waitFor();
  await dialog.locator('canvas').first().focus();
  await until('the arrows move the place', async () => {
    await page.keyboard.press('ArrowRight');
    return dialog.getByText(`${say['field.lon']} `, { exact: false }).first().isVisible();
  });
  await dialog.getByLabel(say['field.interval'], { exact: true }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('600');
  await page.keyboard.press('Tab');
  const changes = dialog.getByRole('region', { name: say['edit.changes'] });
  for (const text of ['Town lighting', 'Жүктеме F-12', '600']) await changes.getByText(text, { exact: false }).waitFor();
  await page.screenshot({ path: join(pictures, 'things-edit.png') });
  // Somebody else was faster.
  await server.request('PUT', `/api/v1/things/${lamp}`, { token: admin, body: JSON.stringify({ street: 'Мектеп' }) });
  await dialog.getByRole('button', { name: say['edit.save'] }).click();
  await dialog.getByRole('alert').getByText(say['edit.meanwhile'].split('{')[0].trim(), { exact: false }).waitFor();
  equal((await server.get(`/api/v1/things/${lamp}`, admin)).owner ?? '', '', 'nothing was stored over the other');
  await dialog.getByRole('button', { name: say['edit.save'] }).click();
  await dialog.waitFor({ state: 'detached' });
  const thing = await server.get(`/api/v1/things/${lamp}`, admin);
  equal([thing.owner, thing.street, thing.datastreams[0].interval_ms], ['Town lighting', 'Мектеп', 600_000], 'what both changed is there');
  check(thing.lon > 70.95 && Math.abs(thing.lat - 51.99) < 1e-6, `moved to the right: ${thing.lon} ${thing.lat}`);
  check(/^\d{4}-\d\d-\d\d$/.test(thing.calibrated), `calibrated today: ${thing.calibrated}`);
  equal((await server.get('/api/v1/things', admin)).things.find((one) => one.id === thing.parent).key, 'F-12', 'its feeder');
}

async function photo(page, server, admin, lamp, data) {
  const file = join(data, 'street.jpg');
  writeFileSync(file, withExif(await page.screenshot({ type: 'jpeg', quality: 90 })));
  writeFileSync(join(data, 'notes.jpg'), 'this is no picture');
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('Shift+P');
  await choose(page, say['photo.choose'], join(data, 'notes.jpg'));
  await dialog.getByRole('alert').getByText('notes.jpg', { exact: false }).waitFor();
  await choose(page, say['photo.choose'], file);
  await until('the picture is drawn', () => dialog.locator('img').evaluate((image) => image.complete && image.naturalWidth).catch(() => 0));
  equal(await dialog.locator('img').evaluate((image) => Math.max(image.naturalWidth, image.naturalHeight)), 1280, 'its longest side');
  await page.screenshot({ path: join(pictures, 'things-photo.png') });
  await page.keyboard.press('Escape');
  const { photo: name } = await server.get(`/api/v1/things/${lamp}`, admin);
  const answer = await server.request('GET', `/api/v1/things/${lamp}/photo?name=${name}`, { token: admin });
  equal([answer.status, answer.headers['content-type'], answer.headers['x-content-type-options']], [200, 'image/jpeg', 'nosniff'], 'how it is served');
  check(!readFileSync(join(data, 'photos', name)).includes(secret), 'what the camera wrote is not in it');
  await page.getByRole('region', { name: say['registry.title'] }).getByRole('img').waitFor();
}

async function credential(page, server, admin, lamp) {
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('Shift+K');
  await dialog.getByText(say['credentials.none']).waitFor();
  await page.keyboard.press('Enter');
  const fresh = dialog.getByRole('region', { name: say['credentials.fresh'] });
  await fresh.waitFor();
  await page.screenshot({ path: join(pictures, 'things-credentials.png') });
  const lines = await fresh.locator('code').allTextContents();
  execFileSync('bash', ['-c', lines.find((line) => line.startsWith('mosquitto_pub')).replace('"power":1', '"power":42')]);
  execFileSync('bash', ['-c', `${lines.find((line) => line.startsWith('curl')).replace('"power":1', '"power":43')} -sf`]);
  const stream = (await server.get(`/api/v1/things/${lamp}`, admin)).datastreams.find((one) => one.key === 'power').id;
  await until('both came', async () => (await server.get(`/api/v1/datastreams/${stream}/observations`, admin)).values.length === 2);
  // Withdrawn, after being asked; then it no longer opens the door.
  await dialog.getByRole('button', { name: say['credentials.withdraw'] }).click();
  await dialog.getByRole('button', { name: say['credentials.sure'] }).click();
  await dialog.getByText(say['credentials.none']).waitFor();
  equal(await fresh.count(), 0, 'what was shown once is gone');
  equal((await server.request('POST', `/api/v1/${lines[0]}/telemetry`, { body: '{"power":44}' })).status, 401, 'and is worth nothing');
  await page.keyboard.press('Escape');
  await page.getByText('43', { exact: true }).first().waitFor();
}

async function history(page) {
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('Shift+H');
  await dialog.getByText('Town lighting').waitFor();
  check(await dialog.getByText('bolat').count() > 0, 'who did it');
  check(await dialog.getByText('Мектеп').count() > 0, 'and what the other did');
  await page.screenshot({ path: join(pictures, 'things-changes.png') });
  await page.keyboard.press('Escape');
}

async function files(page, server, admin, data) {
  const write = (name, text) => (writeFileSync(join(data, name), text), join(data, name));
  await page.keyboard.press('4');
  await page.keyboard.press('i');
  await page.waitForURL(/things\/import$/);
  await choose(page, say['import.choose'], write('bad.csv', 'key,kind,lon,lat\nB-1,bin,70.95,51.99\nB-2,bin,70.95,north\n'));
  const row = page.getByRole('row').filter({ hasText: say['problem.number'] });
  await row.waitFor();
  equal((await row.getByRole('cell').allTextContents()).slice(0, 2), ['3', 'lat'], 'line and column of the mistake');
  await page.screenshot({ path: join(pictures, 'things-import.png') });
  await choose(page, say['import.choose'], write('good.csv', 'key,kind,lon,lat\nB-1,bin,70.95,51.99\nB-2,bin,70.95,51.98\n'));
  await page.getByText(say['import.would']).waitFor();
  check(!(await server.get('/api/v1/things', admin)).things.some((thing) => thing.key === 'B-1'), 'looking through changes nothing');
  await page.getByRole('button', { name: say['import.take'], exact: true }).click();
  await page.getByText(say['import.did']).waitFor();
  equal((await server.get('/api/v1/things', admin)).things.filter((thing) => thing.kind === 'bin').length, 2, 'both are there');
  await page.keyboard.press('Escape');
}

async function zones(page, server, admin) {
  await page.keyboard.press('z');
  await page.waitForURL(/things\/zones$/);
  await page.getByRole('button', { name: say['zones.new'] }).click();
  for (const [label, text] of [['zones.kk', 'Жағалау'], ['zones.ru', 'Набережная'], ['zones.en', 'Embankment'], ['field.key', 'zhagalau']]) {
    await page.getByLabel(say[label], { exact: true }).click();
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('listitem').filter({ hasText: 'Embankment' }).waitFor();
  equal((await server.get('/api/v1/zones', admin)).zones.map((zone) => zone.name.kk), ['Жағалау'], 'the zone by API');
  await page.keyboard.press('Escape');
}

async function removal(page, server, admin) {
  await page.keyboard.press('4');
  await page.getByRole('row').filter({ hasText: 'B-2' }).dblclick();
  await page.keyboard.press('Shift+Delete');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading').filter({ hasText: 'B-2' }).waitFor();
  await dialog.getByRole('button', { name: say['remove.submit'], exact: true }).click();
  await page.waitForURL(/things$/);
  check(!(await server.get('/api/v1/things', admin)).things.some((thing) => thing.key === 'B-2'), 'it is gone');
}

// Every window in three languages, both themes, wide and narrow: nothing sticks out.
async function look(page, lamp) {
  const dialog = page.getByRole('dialog');
  const windows = { edit: 'Shift+E', photo: 'Shift+P', credentials: 'Shift+K', changes: 'Shift+H', remove: 'Shift+Delete' };
  for (const [language, name] of Object.entries(own)) {
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    for (const [width, height, theme] of [[1920, 1080, 'dark'], [390, 844, 'light']]) {
      await page.setViewportSize({ width, height });
      if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.keyboard.press('Alt+0');
      for (const [what, keys] of Object.entries(windows)) {
        await page.keyboard.press(keys);
        await dialog.getByRole('heading').first().waitFor();
        await dialog.locator('.loading').waitFor({ state: 'detached' });
        // Also on a page that was opened by its address: no key of the room's comes before the page's.
        if (what === 'edit') await dialog.getByLabel(catalogue[language]['field.owner'], { exact: true }).waitFor();
        equal(await sticksOut(page), [], `${what} in ${language} at ${width}`);
        await page.screenshot({ path: join(pictures, `things-${what}-${language}-${width}.png`) });
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
      }
      equal(await sticksOut(page), [], `the page in ${language} at ${width}`);
      await page.screenshot({ path: join(pictures, `things-page-${language}-${width}.png`) });
      for (const below of ['zones', 'import']) {
        await page.keyboard.press('4');
        await page.keyboard.press(below[0]);
        await page.waitForURL(new RegExp(`things/${below}$`));
        await page.getByRole('heading').first().waitFor();
        equal(await sticksOut(page), [], `${below} in ${language} at ${width}`);
        await page.screenshot({ path: join(pictures, `things-${below}-${language}-${width}.png`) });
      }
      await page.goto(page.url().replace(/things\/.*/, `things/${lamp}`));
      await page.getByRole('region', { name: catalogue[language]['registry.title'] }).waitFor();
    }
  }
}

export async function things() {
  mkdirSync(pictures, { recursive: true });
  const data = scratch('browser-things');
  const admin = token(data, 'admin', 'set up');
  const server = await new Server(data).start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    const post = async (path, body) => {
      const answer = await server.request('POST', path, { token: admin, body: JSON.stringify(body) });
      check(answer.status < 300, `${path}: ${answer.text}`);
      return answer.text ? answer.json : null;
    };
    const link = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim());
    await post('/api/v1/setup', { code: link.searchParams.get('code'), user: 'asem', password, language: 'en' });
    await post('/api/v1/users', { name: 'bolat', role: 'engineer', password, language: 'en' });
    await post('/api/v1/things', { key: 'F-12', name: 'Жүктеме F-12', kind: 'feeder', lon: 70.951, lat: 51.991 });
    const { id: lamp } = await post('/api/v1/things', { key: 'L-7', name: 'Lamp 7', kind: 'lamp', lon: 70.95, lat: 51.99 });
    const { token: first } = await post(`/api/v1/things/${lamp}/token`, {});
    const old = Date.now() - 40 * 86_400_000;
    equal((await server.request('POST', `/api/v1/${first}/telemetry`, { body: JSON.stringify({ ts: old, values: { power: 40 } }) })).status, 200, 'it has spoken before');
    const stream = (await server.get(`/api/v1/things/${lamp}`, admin)).datastreams[0].id;
    equal((await server.request('DELETE', `/api/v1/datastreams/${stream}/observations`, { token: admin })).status, 204, 'what it said is erased');
    for (const { id } of (await server.get(`/api/v1/things/${lamp}/tokens`, admin)).tokens) {
      equal((await server.request('DELETE', `/api/v1/things/${lamp}/tokens/${id}`, { token: admin })).status, 204, 'no credential is left');
    }

    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`http://${server.http}/control/`);
    await page.getByRole('button', { name: own.en, exact: true }).click();
    for (const [label, text] of [['signin.user', 'bolat'], ['signin.password', password]]) {
      await page.getByLabel(say[label], { exact: true }).click();
      await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: say['rail.label'] }).waitFor();
    await page.keyboard.press('4');
    await page.getByRole('row').filter({ hasText: 'L-7' }).dblclick();
    await page.getByRole('region', { name: say['registry.title'] }).waitFor();
    await edit(page, server, admin, lamp);
    await photo(page, server, admin, lamp, data);
    await credential(page, server, admin, lamp);
    await history(page);
    await look(page, lamp);
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('button', { name: own.en, exact: true }).click();
    await files(page, server, admin, data);
    await zones(page, server, admin);
    await removal(page, server, admin);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'things');
    throw error;
  } finally {
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
