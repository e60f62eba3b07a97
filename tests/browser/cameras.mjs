// Cameras as people use them: real RTSP of simulated cameras, real recordings, Chromium. An engineer joins a camera, opens
// a wall and sees it move, draws a mask behind which an operator sees nothing, lifts it for a case, opens what the cameras
// near an alarm have seen, finds a second of the past, lets evidence leave. Each of these looks stands in the record.
// Time is read from the clock that the simulator burns into its pictures.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from '../node/node_modules/playwright-core/index.mjs';
import { behind, clockIn, greys, pictures, simulated, spread, verify } from '../node/footage.mjs';
import { Server, check, equal, root, run, scratch, token, until, wordsOf } from '../node/lib.mjs';
import { talking } from '../node/talking.mjs';
import { addDevice } from '../node/town.mjs';
import { showPages } from './failed.mjs';

const folder = join(root, 'build', 'pictures');
const patience = Number(process.env.QALA_TEST_PATIENCE ?? 90_000);
const flags = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-gpu'];
const password = 'a long walk in the snow';
const say = wordsOf('en');
const size = { width: 1600, height: 900 };
const count = 16;
const nameOf = (n) => `Street ${String(n).padStart(2, '0')}`;

// A camera that has only H.265: a stream over HTTP, which the worker fetches with a child of its own.
async function h265(data) {
  const clip = join(data, 'h265.ts');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10', '-t', '4', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=10:log-level=none', clip]);
  const children = new Set();
  const server = createServer((request, response) => {
    const child = spawn('ffmpeg', ['-v', 'quiet', '-re', '-stream_loop', '-1', '-i', clip, '-c', 'copy', '-f', 'mpegts', 'pipe:1'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.add(child);
    child.stdout.pipe(response);
    response.on('close', () => child.kill('SIGKILL'));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  return { url: `http://127.0.0.1:${server.address().port}/street.ts`, stop: () => (server.closeAllConnections(), server.close()) };
}

// What is seen: the page as greys, the boxes of its pictures in it, without the bars beside them.
async function seen(page, selector = '.sight .cell video') {
  const boxes = await page.locator(selector).evaluateAll((all) => all.map((video) => {
    const { x, y, width, height } = video.getBoundingClientRect();
    const w = Math.min(width, (height * 16) / 9), h = (w * 9) / 16;
    return { x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h };
  }));
  return { page: greys(await page.screenshot(), size.width, size.height), boxes };
}
const clocks = async (page) => {
  const now = await seen(page);
  return now.boxes.map((box) => clockIn(now.page, box));
};
// Darkest against lightest in the middle of a camera's picture, where the mask will be, and all over it.
async function contrast(page) {
  const { page: picture, boxes: [box] } = await seen(page);
  const part = (from, to) => {
    let [low, high] = [255, 0];
    for (let y = Math.ceil(box.y + box.height * from); y < box.y + box.height * to; y++) {
      for (let x = Math.ceil(box.x + box.width * from); x < box.x + box.width * to; x++) {
        const grey = picture.data[y * picture.width + x];
        [low, high] = [Math.min(low, grey), Math.max(high, grey)];
      }
    }
    return high - low;
  };
  return { behind: part(0.32, 0.68), all: part(0.05, 0.95) };
}

async function fill(page, label, text) {
  await page.getByLabel(new RegExp(`^${label}`)).first().click(); // a hint may follow
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}
const past = async (page) => Number(await page.locator('.sight[data-past]').getAttribute('data-at'));
// One camera, looked at closely: from its tile, by mouse.
async function lookAt(page, n) {
  await page.locator(`.tile [data-camera="К-${n}"]`).dblclick();
  await page.waitForURL(/view=look/);
  await page.locator('.cell [data-showing=moving]').waitFor();
}
const toWall = async (page) => {
  await page.keyboard.press('Escape');
  await page.locator('.tiles').waitFor();
};

async function joins(page, cameras) {
  await page.keyboard.press('5');
  await page.waitForURL(/cameras/);
  await page.locator('.tiles').waitFor();
  await page.keyboard.press('n');
  await fill(page, say['camera.url'], cameras.url(count));
  await fill(page, say['camera.subUrl'], cameras.url(count, 'sub'));
  await page.getByRole('button', { name: say['camera.test'], exact: true }).click();
  await page.getByRole('img', { name: say['camera.testPicture'] }).waitFor();
  await page.getByText('1280 × 720').first().waitFor();
  await page.screenshot({ path: join(folder, 'cameras-add.png') });
  await fill(page, say['camera.name'], nameOf(count));
  await fill(page, say['camera.key'], `К-${count}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/view=look/);
  await page.getByRole('heading', { name: nameOf(count) }).waitFor();
}

async function wall(page) {
  await toWall(page);
  await page.keyboard.press('Shift+Digit4');
  for (let n = 1; n <= count; n++) await page.locator(`.tile [data-camera="К-${n}"][data-showing=moving]`).waitFor();
  // The strips with the clocks, at full size, below each other.
  const read = async () => {
    const strips = await page.locator('.tile video').evaluateAll((all) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 32 * all.length });
      all.forEach((video, n) => video.videoWidth && canvas.getContext('2d').drawImage(video, 0, 0, video.videoWidth, video.videoWidth / 20, 0, 32 * n, 640, 32));
      return canvas.toDataURL('image/png').split(',')[1];
    });
    const picture = greys(Buffer.from(strips, 'base64'), 640, 32 * count);
    return Array.from({ length: count }, (_, n) => clockIn(picture, { x: 0, y: 32 * n, width: 640 }));
  };
  const keys = await page.locator('.tile [data-camera]').evaluateAll((all) => all.map((one) => Number(one.dataset.camera.slice(2))));
  const first = await until('each tile shows its camera', async () => {
    const now = await read();
    return now.every((clock, n) => clock?.camera === keys[n]) && now;
  }, 90);
  const before = await seen(page, '.tile video');
  await page.screenshot({ path: join(folder, 'cameras-wall.png') });
  await until('all clocks go on', async () => (await read()).every((clock, n) => clock && clock.ms > first[n].ms), 90);
  await until('all pictures move', async () => {
    const after = await seen(page, '.tile video');
    return after.boxes.every(({ x, y, width, height }) => {
      for (let row = Math.ceil(y + height * 0.1); row < y + height * 0.8; row++) {
        const at = row * size.width + Math.ceil(x);
        if (!after.page.data.subarray(at, at + width * 0.95).equals(before.page.data.subarray(at, at + width * 0.95))) return true;
      }
      return false;
    });
  }, 90);
}

// Only H.265: it moves where the browser can; else the tile says why not, and what would help.
async function undecodable(page) {
  await page.keyboard.press('PageDown');
  const tile = page.locator('.tile [data-camera="К-265"]');
  await tile.waitFor();
  const can = await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"'));
  if (can) await page.locator('.tile [data-camera="К-265"][data-showing=moving]').waitFor();
  else await tile.getByText(say['camera.unplayableNone'].replace('{codec}', 'H.265')).waitFor();
  check(true, can ? 'H.265 moves' : 'the tile says so');
  await page.screenshot({ path: join(folder, 'cameras-h265.png') });
  await page.keyboard.press('PageUp');
}

// What leaves the server for that page, as it came over its socket.
function overhear(page) {
  const heard = { format: null, bytes: [] };
  page.on('websocket', (socket) => {
    if (!/\/cameras\/\d+\/(live|playback)/.test(socket.url())) return;
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string') return void heard.bytes.push(payload);
      const word = JSON.parse(payload);
      if (word.type === 'format') [heard.format, heard.bytes] = [word, []];
    });
  });
  return heard;
}

async function masks(page, browser, address, users) {
  const operator = await (await browser.newContext({ viewport: size })).newPage();
  operator.setDefaultTimeout(patience);
  const heard = overhear(operator);
  await operator.goto(`${address}/control/cameras`);
  await fill(operator, say['signin.user'], users.operator);
  await fill(operator, say['signin.password'], password);
  await operator.keyboard.press('Enter');
  await operator.locator('.tiles').waitFor();
  await lookAt(operator, 3);
  await until('there is something where the mask will be', async () => (await contrast(operator)).behind > 25, 90);

  await lookAt(page, 3);
  await page.keyboard.press('m');
  const board = page.getByRole('application', { name: say['camera.board'] });
  await page.locator('.picture img').waitFor();
  await page.keyboard.press('n');
  const box = await board.boundingBox();
  for (const [x, y] of [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75], [0.25, 0.25]]) await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
  await fill(page, say['camera.maskName'].replace('{n}', '1'), 'windows of house 4');
  await page.screenshot({ path: join(folder, 'cameras-masks.png') });
  await page.getByRole('button', { name: say['camera.masksSave'] }).click();
  await page.getByText(say['camera.masksAtOnce']).waitFor();

  await until('the operator sees nothing behind it, and the rest', async () => {
    const now = await contrast(operator);
    return now.behind <= 10 && now.all > 40;
  }, 90);
  await until('moving pictures came through it', () => heard.format?.masked && heard.bytes.length > 12, 90);
  await operator.screenshot({ path: join(folder, 'cameras-masked.png') });
  const left = pictures(Buffer.concat(heard.bytes));
  check(left.length > 5, `${left.length} pictures left the server`);
  for (const picture of left) check(behind(picture) <= 6, `behind the mask in the bytes: ${behind(picture)}`);
  check(left.some((picture) => spread(picture, [0, 64], [0, 36]) > 20), 'the rest is in them');
  return { operator, heard };
}

async function lifts(page, { operator }) {
  await page.keyboard.press('Escape');
  await page.locator('.cell [data-showing=moving]').waitFor();
  await until('who drew it sees nothing behind it either', async () => (await contrast(page)).behind <= 10, 90);
  await page.keyboard.press('u');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('17/2026');
  await page.keyboard.press('Tab');
  await page.keyboard.type('broken window');
  await page.screenshot({ path: join(folder, 'cameras-unmask.png') });
  await page.keyboard.press('Enter');
  await page.getByText(say['camera.liftedMeans']).waitFor();
  await until('what is behind it is seen', async () => (await contrast(page)).behind > 25, 90);
  await page.screenshot({ path: join(folder, 'cameras-lifted.png') });
  check((await contrast(operator)).behind <= 10, 'by who gave the reason alone');
  await page.getByRole('button', { name: say['camera.lower'] }).click();
  await until('the mask is back', async () => (await contrast(page)).behind <= 10, 90);
  // An operator may not lift it; a viewer sees no camera at all.
  await Promise.all([operator.getByText(say['camera.notAllowed']).waitFor(), operator.keyboard.press('u')]); // said for some seconds
  await operator.context().close();
}

async function viewer(browser, address, name) {
  const page = await (await browser.newContext({ viewport: size })).newPage();
  page.setDefaultTimeout(patience);
  const heard = overhear(page);
  await page.goto(`${address}/control/cameras?view=look&c=3`);
  await fill(page, say['signin.user'], name);
  await fill(page, say['signin.password'], password);
  await page.keyboard.press('Enter');
  await page.locator('.cell [data-showing=refused]').waitFor();
  equal(heard.bytes.length, 0, 'no picture left for a viewer');
  await page.screenshot({ path: join(folder, 'cameras-viewer.png') });
  await page.keyboard.press('Escape');
  await page.getByText(say['camera.noneAllowed']).waitFor();
  await page.context().close();
}

async function alarm(page, server, admin, bin) {
  const recorded = async () => {
    const { spans } = await server.get('/api/v1/cameras/1/recordings', admin);
    return spans.length && spans.at(-1).to - spans[0].from;
  };
  await until('more than half a minute is recorded', async () => (await recorded()) > 40_000, 180);
  await server.request('POST', `/api/v1/${bin.token}/telemetry`, { body: JSON.stringify({ fill_level: 97 }) });
  const raised = await until('an alarm', async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms.find(({ thing }) => thing === bin.id)?.raised);
  await page.keyboard.press('3');
  await page.getByRole('row').filter({ hasText: 'bin-1' }).click();
  await page.keyboard.press('n');
  await page.waitForURL(/view=look/);
  equal(new URL(page.url()).searchParams.get('c'), '1,2', 'the cameras that may have seen it');
  await until('both show what was before', async () => (await page.locator('.cell [data-showing=moving]').count()) === 2, 90);
  await page.keyboard.press('Space');
  const both = await until('held at the same instant', async () => {
    const now = await clocks(page);
    return now.every(Boolean) && Math.abs(now[0].ms - now[1].ms) <= 300 && now;
  }, 90);
  equal(both.map(({ camera }) => camera), [1, 2], 'whose pictures they are');
  check(both[0].ms >= raised - 32_000, `from half a minute before: ${both[0].ms - raised}`);
  check(Math.abs(both[0].ms - (await past(page))) < 1_500, 'the strip says when it is');
  await page.screenshot({ path: join(folder, 'cameras-alarm.png') });
  return raised;
}

async function finds(page, server, admin, raised) {
  await page.keyboard.press('5');
  await page.locator('.tiles').waitFor();
  await lookAt(page, 1);
  await page.keyboard.press('Space');
  await until('held', async () => (await past(page)) > 0);
  await page.getByRole('button', { name: say['camera.span.600000'], exact: true }).click();
  await page.locator('.strip [data-alarm]').first().waitFor();
  const { spans } = await server.get('/api/v1/cameras/1/recordings', admin);
  // A second by its name, before what led to the alarm.
  const wanted = Math.ceil((spans[0].from + 5_000) / 1000) * 1000;
  await page.keyboard.press('t');
  await page.keyboard.type(await page.evaluate((ms) => new Date(ms).toLocaleTimeString('en-GB', { timeZone: 'Asia/Almaty' }), wanted));
  await page.keyboard.press('Enter');
  const near = (ms, within) => until(`the picture of ${new Date(ms).toISOString()}`, async () => {
    const [clock] = await clocks(page);
    return clock && Math.abs(clock.ms - ms) <= within && clock;
  }, 90);
  equal((await near(wanted, 1_000)).camera, 1, 'the second that was named');
  await page.screenshot({ path: join(folder, 'cameras-past.png') });
  // To the alarm, with what led to it.
  await page.keyboard.press('n');
  await near(raised - 30_000, 1_500);
  // By hand along the strip: a small picture of where the hand is, and the large one once it lets go.
  const strip = await page.getByRole('slider', { name: say['camera.timeline'] }).boundingBox();
  const first = await page.locator('.strip [data-row] i').first().boundingBox();
  const last = await page.locator('.strip [data-row] i').last().boundingBox();
  const at = (share) => first.x + (last.x + last.width - first.x) * share;
  await page.mouse.move(at(0.7), strip.y + 10);
  const thumb = page.locator('[data-thumb]');
  await thumb.locator('img').waitFor();
  const small = await until('its small picture has its clock', async () => {
    const when = Number(await thumb.getAttribute('data-thumb'));
    const box = await thumb.locator('img').boundingBox();
    const clock = clockIn(greys(await page.screenshot(), size.width, size.height), box);
    return clock && Math.abs(clock.ms - when) < 1_500 && when;
  }, 60);
  const slider = page.getByRole('slider', { name: say['camera.timeline'] });
  const [from, to] = [Number(await slider.getAttribute('aria-valuemin')), Number(await slider.getAttribute('aria-valuemax'))];
  const hand = (from + ((to - from) * (at(0.7) - strip.x)) / strip.width) * 1000;
  check(Math.abs(small - hand) < 8_000, `of where the hand is: ${small - hand}`);
  await page.screenshot({ path: join(folder, 'cameras-thumb.png') });
  await page.mouse.down();
  await page.mouse.move(at(0.3), strip.y + 10, { steps: 4 });
  await page.mouse.up();
  await until('the large one follows', async () => (await past(page)) < small - 3_000, 60);
  await until('it is the picture of where the line stands', async () => {
    const [clock] = await clocks(page);
    return clock && Math.abs(clock.ms - (await past(page))) <= 1_000;
  }, 90);
}

// Recorded with its sound: played back, its pictures go on.
async function sound(page, server, admin, id) {
  const spans = () => server.get(`/api/v1/cameras/${id}/recordings`, admin).then(({ spans }) => spans);
  await until('some seconds of it are recorded', async () => (await spans()).some(({ from, to }) => to - from > 12_000), 180);
  const { from } = (await spans()).find(({ from, to }) => to - from > 12_000);
  const heard = overhear(page);
  const at = new Date(from + 2_000).toLocaleString('sv-SE', { timeZone: 'Asia/Almaty' }).replace(' ', 'T');
  await page.goto(`${new URL(page.url()).origin}/control/cameras?view=look&c=${id}&at=${at}`);
  await page.locator('.cell [data-showing=moving], .cell [data-showing=ended]').waitFor();
  check(Buffer.concat(heard.bytes).includes('mp4a'), 'it came with its sound');
  const began = await past(page);
  const last = await until('its pictures go on, or end', async () => {
    const showing = await page.locator('.cell [data-showing]').getAttribute('data-showing');
    return (showing === 'ended' || (await past(page)) > began + 4_000) && showing;
  }, 90);
  equal(last, 'moving', 'they go on');
  await page.screenshot({ path: join(folder, 'cameras-sound.png') });
}

async function evidence(page) {
  await toWall(page);
  await lookAt(page, 3);
  await page.keyboard.press('Space');
  await until('held', async () => (await past(page)) > 0);
  for (const steps of [2, 1]) {
    for (let n = 0; n < steps; n++) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press(steps === 2 ? ']' : '[');
  }
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(say['camera.case'], { exact: true }).click();
  await page.keyboard.type('17/2026');
  await page.keyboard.press('Tab');
  await page.keyboard.type('stolen bicycle');
  await page.screenshot({ path: join(folder, 'cameras-export.png') });
  await page.keyboard.press('Enter');
  const out = scratch('browser-evidence');
  for (const part of ['video', 'manifest', 'signature']) {
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('link', { name: say[`camera.evidence.${part}`], exact: true }).click()]);
    await download.saveAs(join(out, download.suggestedFilename()));
  }
  await page.screenshot({ path: join(folder, 'cameras-evidence.png') });
  await page.keyboard.press('Escape');
  const good = verify(out);
  equal(good.code, 0, `it verifies: ${good.text}`);
  const shown = pictures(readFileSync(join(out, 'video.mp4')));
  check(shown.length > 20, `${shown.length} pictures in it`);
  for (const picture of shown) check(behind(picture) <= 6, `behind the mask in the evidence: ${behind(picture)}`);
  const bytes = readFileSync(join(out, 'video.mp4'));
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  writeFileSync(join(out, 'video.mp4'), bytes);
  const bad = verify(out);
  check(bad.code !== 0 && /video/i.test(bad.text), `a changed byte is seen and the file named: ${bad.text}`);
}

async function looks(page, server, admin, data, users) {
  await toWall(page);
  await page.keyboard.press('l');
  const who = page.getByRole('region', { name: say['camera.looksWho'] });
  const of = async (n, kinds) => {
    await page.getByRole('grid', { name: say['camera.looks'], exact: true }).getByRole('row').filter({ hasText: nameOf(n) }).click();
    await page.getByRole('heading', { name: say['camera.looksWhoOf'].replace('{name}', nameOf(n)) }).waitFor();
    for (const kind of kinds) await who.getByRole('row').filter({ hasText: say[`camera.look.${kind}`] }).first().waitFor();
  };
  await of(1, ['live', 'playback', 'still']);
  await of(3, ['live', 'export', 'unmask']);
  await who.getByRole('row').filter({ hasText: say['camera.look.export'] }).filter({ hasText: '17/2026 · stolen bicycle' }).first().waitFor();
  await who.getByRole('row').filter({ hasText: say['camera.look.unmask'] }).filter({ hasText: '17/2026 · broken window' }).first().waitFor();
  await who.getByRole('row').filter({ hasText: users.operator }).first().waitFor();
  await page.screenshot({ path: join(folder, 'cameras-looks.png') });
  const all = (await server.get('/api/v1/looks?limit=1000', admin)).looks;
  const some = (kind, camera, by, more = () => true) => all.some((look) => look.kind === kind && look.camera === camera && look.who === by && more(look));
  for (let camera = 1; camera <= count; camera++) check(some('live', camera, 'asem'), `the tile of camera ${camera}`);
  check(some('live', 3, users.operator, ({ masked }) => masked), 'the operator, through the mask');
  check(some('unmask', 3, 'asem', (look) => look.case === '17/2026') && some('live', 3, 'asem', (look) => !look.masked && look.case === '17/2026'), 'the lift and what was seen by it');
  check(some('playback', 1, 'asem') && some('playback', 2, 'asem'), "the alarm's cameras");
  check(some('still', 1, 'asem', ({ from, began }) => from < began), 'the small picture of the past');
  check(some('export', 3, 'asem', (look) => look.case === '17/2026'), 'the evidence');
  equal(all.filter((look) => look.who === users.viewer), [], 'a viewer had none');
  check((await server.get('/api/v1/audit?action=camera.look&limit=200', admin)).entries.length >= Math.min(100, all.length), 'all of them are in the chain');
  check(/^ok|verified|whole/i.test(run('audit', 'verify', '--data', data)), 'which verifies');
}

export async function cameras() {
  mkdirSync(folder, { recursive: true });
  const data = scratch('browser-cameras');
  const admin = token(data, 'admin');
  const [server, street, odd, loud] = await Promise.all([new Server(data).start(), simulated(count), h265(scratch('h265')), talking()]);
  const address = `http://${server.http}`;
  const ask = async (path, body) => {
    const answer = await server.request('POST', `/api/v1${path}`, { token: admin, body: JSON.stringify(body) });
    equal(answer.status, 201, `${path}: ${answer.text}`);
    return JSON.parse(answer.text);
  };
  const users = { operator: 'dana', viewer: 'saule' };
  // The first two stand near a bin, the others elsewhere.
  for (let n = 1; n < count; n++) await ask('/cameras', { key: `К-${n}`, name: nameOf(n), lon: n < 3 ? 70.95 + n / 1000 : 71.2, lat: 51.99, main: { url: street.url(n) }, sub: { url: street.url(n, 'sub') } });
  const bin = await addDevice(server, admin, { key: 'bin-1', kind: 'bin', lon: 70.951, lat: 51.9905 });
  for (const [role, name] of Object.entries(users)) await ask('/users', { name, role, password, language: 'en' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const complaints = [];
  try {
    const context = await browser.newContext({ viewport: size, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(error.message));
    const code = new URL(readFileSync(join(data, 'setup-link'), 'utf8').trim()).searchParams.get('code');
    equal((await context.request.post(`${address}/api/v1/setup`, { headers: { origin: address }, data: { code, user: 'asem', password, language: 'en' } })).status(), 201, 'the first user is made');
    await page.goto(`${address}/control/`);
    await page.getByRole('navigation').first().waitFor();
    await joins(page, street);
    await ask('/cameras', { key: 'К-265', name: 'Old one', main: { url: odd.url } });
    const talks = await ask('/cameras', { key: 'К-Д', name: 'With sound', main: { url: loud.url } });
    await wall(page);
    await undecodable(page);
    await lifts(page, await masks(page, browser, address, users));
    await viewer(browser, address, users.viewer);
    const raised = await alarm(page, server, admin, bin);
    await finds(page, server, admin, raised);
    await sound(page, server, admin, talks.id);
    await evidence(page);
    await looks(page, server, admin, data, users);
    equal(complaints, [], 'errors in the page');
  } catch (error) {
    if (server.child.exitCode !== null || server.child.signalCode) console.log(`the server ended by itself (${server.child.exitCode ?? server.child.signalCode}): ${server.log}`);
    await showPages(browser, 'cameras');
    throw error;
  } finally {
    odd.stop();
    loud.stop();
    street.stop();
    await browser.close();
    if (server.child.exitCode === null && !server.child.signalCode) await server.stop();
  }
}
