// Alarm flood: 1,000 alarms in one second, the list of alarms before an operator. Usable: it shows all of them, and a key
// moves the chosen row. Keys are pressed all the time; each is answered when the row has moved and a frame was drawn.
import { launchChromium, signUp, view } from '../browser.mjs';
import { Qala } from '../engines.mjs';
import { median, settings, sleep } from '../machine.mjs';

const kAlarms = 1000;

// Runs in the page: when the list first counted all alarms, and when each press of a key had been drawn.
function watchTray() {
  window.tray = { full: 0, moves: [] };
  const drawn = (then) => requestAnimationFrame(() => requestAnimationFrame(() => then(performance.timeOrigin + performance.now())));
  let before = null;
  const look = () => {
    const chosen = document.querySelector('[role=row][aria-selected=true]')?.textContent ?? null;
    if (chosen !== before) {
      before = chosen;
      drawn((at) => window.tray.moves.push(at));
    }
    const rows = Number(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? 0);
    if (!window.tray.full && rows >= 1000) {
      window.tray.full = -1;
      drawn((at) => { window.tray.full = at; });
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['aria-selected', 'aria-rowcount'] });
}

export async function flood(figures, raw) {
  const browser = await launchChromium();
  if (!browser) return;
  const usable = [];
  try {
    for (let run = 0; run < settings.runs; run++) {
      const qala = new Qala('flood-qala');
      await qala.fresh().start();
      const { origin, cookies } = await signUp(qala);
      const headers = { authorization: `Bearer ${qala.token('admin')}`, 'content-type': 'application/json' };
      const things = ['key,name,kind', ...Array.from({ length: kAlarms }, (_, n) => `flood-${n},flood ${n},air_station`)].join('\n');
      await qala.get('/api/v1/things/import?format=csv', { ...headers, 'content-type': 'text/csv' }, 'POST', things);
      const readings = (value, from = 0, to = kAlarms) => JSON.stringify(Array.from({ length: to - from }, (_, n) => ({ thing: `flood-${from + n}`, key: 'pm2_5', time: new Date().toISOString(), value })));
      const ingest = { authorization: `Bearer ${qala.token('ingest')}`, 'content-type': 'application/json' };
      await qala.until('tokens are known', async () => (await qala.get('/api/v2/readings', ingest, 'POST', readings(10))) !== undefined);
      const context = await browser.newContext({ viewport: view });
      await context.addCookies(cookies);
      const page = await context.newPage();
      await page.goto(`${origin}/control/alarms`);
      await page.getByRole('navigation').first().waitFor();
      await sleep(3000);
      await page.evaluate(watchTray);
      const began = performance.timeOrigin + performance.now();
      const pressed = [];
      let pressing = true;
      const fingers = (async () => {
        for (let n = 0; pressing; n++) {
          const at = performance.timeOrigin + performance.now();
          await page.keyboard.press(n % 8 < 4 ? 'ArrowDown' : 'ArrowUp');
          pressed.push(at);
          await sleep(40);
        }
      })();
      for (let part = 0; part < 10; part++) {  // ten requests over the second
        await qala.get('/api/v2/readings', ingest, 'POST', readings(300, part * 100, part * 100 + 100));
        await sleep(Math.max(0, began + (part + 1) * 100 - (performance.timeOrigin + performance.now())));
      }
      const last = performance.timeOrigin + performance.now();
      await page.waitForFunction(() => window.tray.full > 0, undefined, { timeout: 60_000, polling: 50 });
      await sleep(1500);
      pressing = false;
      await fingers;
      const seen = await page.evaluate(() => window.tray);
      // Usable from the first key on that was answered within 100 ms after the list was full.
      const answered = pressed.filter((at) => at >= seen.full - 200).map((at) => ({ at, after: seen.moves.find((move) => move >= at) - at })).find((one) => one.after <= 100);
      const ms = (answered ? answered.at + answered.after : Infinity) - last;
      usable.push({ ms: Math.max(0, ms), full_ms: seen.full - last });
      raw({ step: 'flood', alarms: kAlarms, sent_ms: last - began, full_ms: seen.full - last, usable_ms: ms, keys: pressed.length, moves: seen.moves.length });
      await context.close();
      await qala.stop();
    }
  } finally {
    await browser.close();
  }
  figures.add('alarm flood', `${kAlarms} alarms in a second, list usable after the last`, 's', median(usable.map((one) => one.ms)) / 1000, { floor: 2, aim: 1, note: `all counted after ${(median(usable.map((one) => one.full_ms)) / 1000).toFixed(2)} s` });
}
