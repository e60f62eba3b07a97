// Which screens there are and how each is reached. Keys stand for places on the keyboard, so no step depends on a language.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { password } from './town.mjs';

const press = (page, ...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
const at = (path) => async (page, town) => {
  await page.goto(`${town.address}/control/${typeof path === 'function' ? path(town) : path}`);
  await page.locator('.rail').waitFor();
  await page.waitForTimeout(600); // what the page asks for first
};
// The page, then keys.
const then = (path, ...keys) => async (page, town) => (await at(path)(page, town), press(page, ...keys));
const dialog = 'dialog[open]';
const inDialog = (name, title, path, ...keys) => ({ name, title, only: dialog, go: then(path, ...keys), ready: dialog, leave: (page) => press(page, 'Escape') });
const heat = (town) => town.thing('ЖП-3');
const stations = (town) => town.things.filter(({ kind }) => kind === 'air_station').sort((a, b) => a.key.localeCompare(b.key));
const dust = (thing) => thing.datastreams.find(({ key }) => /pm2_?5/.test(key))?.id ?? thing.datastreams[0].id;
const street = (town) => Object.entries(Object.groupBy(town.things.filter((thing) => thing.street), (thing) => thing.street)).sort((a, b) => b[1].length - a[1].length)[0][0];
const field = (page, place) => page.locator(`${dialog} input:not([type=checkbox], [type=radio]), form input`).nth(place);

const camera = (town, masked = false) => town.cameras.find(({ masks }) => masks > 0 === masked).id;
const look = (more = '', masked = false) => (town) => `cameras?view=look&c=${camera(town, masked)}${more}`;
const moving = '[data-showing=moving]';

async function tryAddress(page, town) {
  await at('cameras?view=add')(page, town);
  await page.locator('form input').first().fill(town.cameras[2].main.url);
  await page.locator('form button[type=button]').first().click();
  await page.locator('aside dl').waitFor();
}
async function stepBack(page, town) {
  await at((all) => `cameras?view=look&c=${all.cameras.slice(0, 4).map(({ id }) => id).join(',')}`)(page, town);
  await page.locator(moving).nth(3).waitFor();
  await press(page, 'Space', 'Shift+ArrowLeft', 'Shift+ArrowLeft');
  await page.waitForTimeout(1500);
}

async function chooseFile(page, town) {
  await at('things/import')(page, town);
  const file = join(town.data, 'new-bins.csv');
  writeFileSync(file, 'key,kind,zone,lon,lat,owner\nҚК-901,bin,west,70.951,51.991,\nҚК-902,bin,west,70.952,north,\nҚК-903,balloon,west,70.953,51.992,\n');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.import .panel').first().locator('button:not(.top button)').first().click()]);
  await chooser.setFiles(file);
}

const town = [
  { name: 'map', title: 'Map with the tray', go: at(''), ready: '.tray [role=row]' },
  { name: 'map-thing', title: 'Map, another thing in the drawer', go: at((town) => `?thing=${stations(town)[3].id}`), ready: '.drawer canvas' },
  { name: 'overview', title: 'Overview', go: at('overview'), ready: '[data-field] .u-wrap canvas' },
  { name: 'zone', title: 'A zone', go: at((town) => `zones/${heat(town).zone ?? town.zones[0].id}`), ready: '[data-field] .u-wrap canvas' },
  { name: 'street', title: 'A street', go: at((town) => `streets/${encodeURIComponent(street(town))}`), ready: 'h1' },
  { name: 'alarms', title: 'Alarms', go: at('alarms'), ready: '.tray [role=row]' },
  { name: 'alarms-aside', title: 'Alarms put aside', ready: '.tray', async go(page, town) {
    await at('alarms')(page, town);
    await page.locator('.counts.views button').first().click();
  } },
  inDialog('alarm-shelve', 'Shelving an alarm', 'alarms', 's'),
  inDialog('alarm-assign', 'Assigning an alarm', 'alarms', 'g'),
  inDialog('alarm-comment', 'A comment on an alarm', 'alarms', 'c'),
  inDialog('alarm-service', 'Taking an alarm out of service', 'alarms', 'o'),
  inDialog('alarm-history', 'History of an alarm', 'alarms', 'ArrowDown', 'h'),
  inDialog('alarm-all', 'Acknowledging all that is shown', 'alarms', 'Shift+A'),
  { name: 'performance', title: 'The alarm system itself (ISA-18.2)', go: at('performance'), ready: 'h1' },
  { name: 'rules', title: 'Rules', go: at('rules'), ready: '[role=rowgroup] [role=row]' },
  { name: 'rule', title: 'A rule with its dry run', ready: '[data-fired]', async go(page, town) {
    await at('rules/pm2_5_high')(page, town);
    await page.locator('[data-fired]').waitFor();
    const limit = page.locator('form input, main input').filter({ hasNot: page.locator('[type=checkbox]') });
    for (let i = 0; i < (await limit.count()); i++) {
      if (!/^\d+$/.test(await limit.nth(i).inputValue().catch(() => '')) || (await limit.nth(i).getAttribute('type')) === 'radio') continue;
      await limit.nth(i).focus();
      await press(page, 'Control+a');
      await page.keyboard.type('130');
      break;
    }
    await page.waitForTimeout(2500); // the dry run follows the change
  } },
  { name: 'notifications', title: 'Notifications', ready: '[role=rowgroup] [role=row]', async go(page, town) {
    await at('notifications')(page, town);
    await page.locator('[role=rowgroup] [role=row]').first().click();
  } },
  { name: 'things', title: 'Things', go: at('things'), ready: '[role=rowgroup] [role=row]' },
  { name: 'thing', title: 'A thing with its past', go: at((town) => `things/${heat(town).id}`), ready: '.u-wrap canvas' },
  inDialog('thing-edit', 'Editing a thing', (town) => `things/${heat(town).id}`, 'Shift+E'),
  inDialog('thing-credentials', 'Credentials of a thing', (town) => `things/${heat(town).id}`, 'Shift+K'),
  inDialog('thing-changes', 'What was changed of a thing', (town) => `things/${heat(town).id}`, 'Shift+H'),
  inDialog('thing-photo', 'A photo of a thing', (town) => `things/${heat(town).id}`, 'Shift+P'),
  inDialog('thing-remove', 'Removing a thing', (town) => `things/${heat(town).id}`, 'Shift+Delete'),
  inDialog('thing-new', 'A new thing', 'things', 'n'),
  { name: 'import', title: 'A file with mistakes', go: chooseFile, ready: '.import h2' },
  { name: 'zones', title: 'Zones', go: at('things/zones'), ready: '.zones li' },
  { name: 'unclaimed', title: 'Unclaimed devices', ready: '[role=row]', async go(page, town) {
    await at('unclaimed')(page, town);
    await page.locator('[role=rowgroup] [role=row]').first().click();
  } },
  { name: 'compare', title: 'Comparison', go: at((town) => `compare?s=${stations(town).slice(0, 2).map(dust).join(',')}&r=h24&back=1`), ready: '.plots canvas' },
  inDialog('views', 'Saved views', 'overview', 'v'),
  { name: 'search', title: 'Search', only: dialog, ready: '[role=option]', async go(page, town) {
    await then('', '/')(page, town);
    await page.keyboard.type('жылу');
  }, leave: (page) => press(page, 'Escape') },
  inDialog('help', 'Keys', '', 'F1'),
  inDialog('exercise', 'Beginning an exercise', 'alarms', 'Shift+E'),
  { name: 'exercise-running', title: 'An exercise', ready: '[data-exercise=running]', async go(page, town) {
    await town.ask(town.admin, 'POST', '/api/v1/exercise', { reason: 'Қазандықтағы апат: үйрену · авария в котельной', minutes: 60 });
    await town.ask(town.admin, 'POST', '/api/v1/exercise/alarms', { rule: 'bin_full', thing: town.things.find(({ kind }) => kind === 'bin').id }).catch(() => null);
    await then('alarms', 'Shift+E')(page, town);
  }, async leave(page, town) {
    await press(page, 'Escape');
    await town.ask(town.admin, 'DELETE', '/api/v1/exercise');
  } },
  { name: 'shift', title: 'Shift book', go: at('shift'), ready: 'h1, h2' },
  ...['u', 't', 'l'].map((key, place) => ({ name: ['people', 'tokens', 'audit'][place], title: ['People', 'Tokens', 'Who did what'][place], ready: '[role=rowgroup] [role=row]', async go(page, town) {
    await then('people', key)(page, town);
    await page.locator('[role=rowgroup] [role=row]').nth(1).click();
  } })),
  { name: 'account', title: 'Your account', go: at('account'), ready: '.account-page' },
  inDialog('operator', 'Change of operator', 'shift'),
  { name: 'cameras', title: 'Cameras: a wall', go: at('cameras?size=16'), ready: `.tile:nth-child(16) ${moving}` },
  { name: 'camera', title: 'A camera', go: at(look()), ready: moving },
  { name: 'cameras-in-step', title: 'Cameras in step, back in time', go: stepBack, ready: '.strip i' },
  { name: 'camera-masks', title: 'Masks of a camera', go: at((town) => `cameras?view=masks&c=${camera(town, true)}`), ready: 'polygon' },
  { name: 'camera-add', title: 'A new camera, tried', go: tryAddress, ready: 'aside dl' },
  inDialog('camera-export', 'Evidence', look(), 'e'),
  inDialog('camera-unmask', 'Lifting a mask', look('', true), 'u'),
  { name: 'looks', title: 'Looks at cameras', go: at('cameras?view=looks'), ready: 'section [role=rowgroup] [role=row]' },
  { name: 'lorawan', title: 'LoRaWAN devices', go: at('lorawan?view=devices&id=24e124136b502201'), ready: 'aside h2, aside h3' },
  { name: 'lorawan-profile', title: 'A device profile', ready: 'aside h2, aside h3', async go(page, town) {
    await at('lorawan?view=profiles')(page, town);
    await page.locator('[role=rowgroup] [role=row]').first().click();
  } },
  { name: 'lorawan-codec', title: 'A codec, tried on bytes', ready: 'aside h2, aside h3', async go(page, town) {
    await at('lorawan?view=codecs')(page, town);
    await page.locator('[role=rowgroup] [role=row]').nth(1).click();
    await page.locator('[data-bytes] :is(input, textarea)').first().waitFor();
    await press(page, 't');
    await page.keyboard.type('0367a3ff046876');
    await press(page, 'Enter');
    await page.waitForTimeout(600);
  } },
  { name: 'warnings', title: 'Public warnings', go: at((town) => `warnings?view=now&id=${town.warning}`), ready: 'aside dl' },
  { name: 'warning-edit', title: 'A public warning in three languages', ready: 'aside form textarea', async go(page, town) {
    await then((all) => `warnings?view=drafts&id=${all.draft}`, 'e')(page, town);
  }, leave: (page) => press(page, 'Escape') },
  { name: 'system', title: 'System', go: at('system'), ready: '.system' },
  { name: 'offline', title: 'Cut off from the server', ready: '.say.sev-2', async go(page, town) {
    await at('')(page, town);
    await page.locator('.drawer canvas').first().waitFor();
    await page.waitForTimeout(5000); // what is worked out from the past is there
    await town.server.kill();
  }, async leave(page, town) {
    const port = (name) => Number(town.server[name].split(':')[1]);
    await town.server.start({ http: port('http'), mqtt: port('mqtt') });
    await page.locator('.say.sev-2').waitFor({ state: 'detached' });
  } },
];
// The menu of the account: its second choice.
Object.assign(town.find(({ name }) => name === 'operator'), { async go(page, town) {
  await at('shift')(page, town);
  await page.locator('[popovertarget=account-menu]').click();
  await press(page, 'ArrowDown', 'Enter');
} });

async function signIn(page, town) {
  await page.goto(`${town.address}/control/`);
  for (const [place, text] of ['asem', password].entries()) await field(page, place).fill(text);
  await press(page, 'Enter');
  await page.locator('.rail').waitFor();
}
const wall = (layout) => ({ name: `wall-${layout}`, title: `Wall: ${layout}`, moving: true, ready: `.wall[data-layout=${layout}] canvas`,
  address: (town, theme, language) => `${town.address}/control/wall?layout=${layout}&lang=${language}&theme=${theme}#token=${town.read}` });
const residents = { ready: 'main', address: (town, theme, language) => `${town.address}/${language}` };

export const groups = [
  { town: 'empty', way: 'gate', inOrder: true, screens: [
    { name: 'setup', only: '.card', title: 'First set-up', go: (page, town) => page.goto(town.link), ready: 'form' },
    { name: 'second-step', only: '.card', title: 'A second step is due', ready: 'img, svg[role=img]', async go(page) {
      await page.locator('form input').first().waitFor();
      for (const [place, text] of ['asem', password, password].entries()) await field(page, place).fill(text);
      await press(page, 'Enter');
      await page.locator('code').first().waitFor();
    } },
  ] },
  { town: 'living', way: 'gate', screens: [
    { name: 'sign-in', only: '.card', title: 'Sign-in', go: (page, town) => page.goto(`${town.address}/control/`), ready: 'form' },
    { name: 'welcome', only: '.card', title: 'Welcome: a one-time link', go: (page, town) => page.goto(`${town.address}${town.welcome}`), ready: 'form' },
  ] },
  { town: 'living', way: 'room', screens: town, begin: signIn },
  { town: 'living', way: 'address', screens: ['town', 'map', 'alarms', 'fields'].map(wall) },
  { town: 'living', way: 'address', begin: signIn, screens: [{ name: 'wall-cameras', title: 'Wall: cameras that follow alarms', moving: true, ready: `.cameras ${moving}`,
    address: (town, theme, language) => `${town.address}/control/wall?layout=cameras&follow=alarms&lang=${language}&theme=${theme}` }] },
  { town: 'living', way: 'address', screens: [{ name: 'residents', title: "Residents' page", ...residents }] },
  { town: 'living', way: 'address', context: { viewport: { width: 390, height: 844 } }, screens: [{ name: 'residents-phone', title: "Residents' page on a telephone", ...residents }] },
];

// The page that leads to the pictures that are there.
export function index(files) {
  const there = new Set(files);
  const cell = (name, theme) => ['kk', 'ru', 'en'].map((language) => `${name}-${theme}-${language}.webp`).map((file, place) =>
    there.has(file) ? `[${['қазақша', 'русский', 'English'][place]}](screens/${file})` : '—').join(' · ');
  const rows = groups.flatMap(({ screens }) => screens).map(({ name, title }) => `| ${title} | ${cell(name, 'dark')} | ${cell(name, 'light')} |`);
  return ['# Every screen', '', 'In both themes and three languages, of the demo town on its evening, 1440 × 900 (dialogs alone). Taken by `tools/pictures/take`', 'after `./run --build` and `./test`; a file is called SCREEN-THEME-LANGUAGE.webp.', '',
    'On paper: [day sheet](paper-day-sheet-kk.png), [alarm list](paper-alarm-list-ru.png), [shift book](paper-shift-book-en.png).', '',
    '| screen | dark | light |', '|---|---|---|', ...rows, ''].join('\n');
}
