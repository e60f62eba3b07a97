// Cameras live, in Chromium without a graphics card: sixteen simulated ones on a wall, one opened again and again until its
// first picture is drawn; then how old pictures are when they are drawn, by the clock that the simulator burns into them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium, signUp, view } from '../browser.mjs';
import { startCameras } from '../cameras.mjs';
import { Qala } from '../engines.mjs';
import { median, root, sleep } from '../machine.mjs';

const kCameras = 16;
const kOpened = 12;
const kSeconds = 20;

// Run in the page: when a picture was drawn first after the mouse opened a camera.
function watchOpening() {
  addEventListener('dblclick', () => {
    const began = performance.now();
    window.opened = undefined;
    const look = () => {
      const video = document.querySelector('.sight .cell video');
      if (!video) return requestAnimationFrame(look);
      video.requestVideoFrameCallback((now, { expectedDisplayTime }) => { window.opened = expectedDisplayTime - began; });
    };
    requestAnimationFrame(look);
  }, true);
}

// Run in the page: the age of each picture of the first video there, by its clock, when it is shown; milliseconds.
async function watchAges([selector, seconds]) {
  const video = document.querySelector(selector);
  const canvas = new OffscreenCanvas(640, 32);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const ages = [];
  let unread = 0;
  const end = performance.now() + 1000 * seconds;
  await new Promise((done) => {
    const each = (now, { expectedDisplayTime }) => {
      if (now > end) return done();
      context.drawImage(video, 0, 0, video.videoWidth, video.videoWidth / 20, 0, 0, 640, 32);
      const clock = window.readClock(context.getImageData(0, 0, 640, 32));
      if (clock) ages.push(performance.timeOrigin + expectedDisplayTime - clock.ms);
      else unread++;
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
    setTimeout(done, 1000 * seconds + 5000);
  });
  return { ages, unread };
}

export async function live(figures, raw) {
  const browser = await launchChromium();
  if (!browser) return;
  const cameras = await startCameras(kCameras);
  const qala = await new Qala('live-qala').fresh().start();
  try {
    for (const { camera, url, sub } of cameras.streams) {
      await qala.ask('/api/v1/cameras', 'POST', JSON.stringify({ key: `К-${camera}`, name: `Camera ${camera}`, lon: 70.95, lat: 51.99, main: { url }, sub: { url: sub }, record: 'always' }));
    }
    await qala.until('all cameras to be live', async () => (await qala.ask('/api/v1/cameras')).cameras.every(({ state }) => state === 'live'), 120);
    const { origin, cookies } = await signUp(qala);
    const context = await browser.newContext({ viewport: view });
    await context.addCookies(cookies);
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${origin}/control/cameras?size=16`);
    await page.evaluate(`window.readClock = (() => { ${readFileSync(join(root, 'sim/clock_code.mjs'), 'utf8').replaceAll('export ', '')} return readClock; })()`);
    await page.evaluate(watchOpening);
    const moving = () => page.locator('.tile [data-showing=moving]').nth(kCameras - 1).waitFor();
    await moving();
    await sleep(5000);
    const wall = await page.evaluate(watchAges, ['.tile video', kSeconds]);

    const opened = [];
    for (let n = 0; n < kOpened; n++) {
      await page.locator('.tile [data-camera]').nth((n * 5) % kCameras).dblclick();
      await page.locator('.sight .cell [data-showing=moving]').waitFor();
      opened.push(await (await page.waitForFunction(() => window.opened)).jsonValue());
      if (n === kOpened - 1) break;
      await page.keyboard.press('Escape');
      await moving();
      await sleep(1000 + 300 * Math.random()); // not in step with key frames
    }
    await sleep(3000);
    const near = await page.evaluate(watchAges, ['.sight .cell video', kSeconds]);
    raw({ step: 'live', opened, wall: { unread: wall.unread, ages: wall.ages }, near: { unread: near.unread, ages: near.ages } });
    const note = ({ ages, unread }) => `longest ${Math.round(Math.max(...ages))}, ${ages.length} pictures, ${unread} clocks not read`;
    if (near.ages.length < 10 * kSeconds / 2) throw new Error(`only ${near.ages.length} pictures with a clock were drawn in ${kSeconds} s`);
    figures.add('live', 'camera opened from the wall, to its first picture drawn', 's median', median(opened) / 1000, { floor: 1, aim: 1, note: `longest ${(Math.max(...opened) / 1000).toFixed(2)} of ${opened.length}` });
    figures.add('live', 'glass to glass, one camera', 'ms median', median(near.ages), { floor: 700, aim: 700, note: note(near) });
    if (wall.ages.length) figures.add('live', 'glass to glass, a tile of sixteen', 'ms median', median(wall.ages), { floor: 700, aim: 700, note: note(wall) });
  } finally {
    await browser.close();
    await qala.stop();
    cameras.child.kill();
  }
}
