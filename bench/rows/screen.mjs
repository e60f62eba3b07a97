// Sensor to screen: 1,000 messages a second from 3,000 devices, and one device more whose page is open in Chromium. Its
// values are numbers never seen before; a number counts as drawn in the frame after it stood on the page. Then 10,000 a
// second with 19 more screens, which hear all that a tab hears; they are drawn nowhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, Qala } from '../engines.mjs';
import { installed, root, settings, sleep } from '../machine.mjs';
import { prepare } from './mqtt.mjs';

const kSeconds = 40;
const kEvery = 200;
const kPassword = 'a long walk in the snow';

// Runs in the page: when each expected number was first drawn.
function watchPage() {
  window.drawn = {};
  const look = () => {
    // 70 000 with a narrow space, 70,000 with a comma, as the language has it
    for (const [number] of document.body.innerText.replace(/(\d)[\u00a0\u202f,](?=\d{3})/g, '$1').matchAll(/(?<!\d)7\d{4}(?!\d)/g)) {
      if (window.drawn[number] !== undefined) continue;
      window.drawn[number] = 0;
      requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn[number] = performance.timeOrigin + performance.now(); }));
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}

// A tab that hears everything.
function listen(qala) {
  let bytes = 0;
  const socket = new WebSocket(`ws://127.0.0.1:${qala.port}/api/v1/stream`, { headers: { authorization: `Bearer ${qala.token('read')}` } });
  socket.onopen = () => socket.send('{"subscribe":["values","alarms","health","unclaimed","registry"]}');
  socket.onmessage = ({ data }) => { bytes += data.length; };
  return { end() { socket.close(); return bytes; } };
}

// Sends numbers from `first` on while the crowd sends `rate` messages a second, and says when they were drawn.
async function drawn(figures, raw, { qala, users, page, device, rate, first, floor, aim, screens }) {
  const crowd = client('mqtt_load', { port: qala.mqtt, users, rate, seconds: kSeconds + 4 });
  await sleep(2000);
  const sent = {};
  for (let n = 0; n < kSeconds * 1000 / kEvery; n++) {
    sent[first + n] = performance.timeOrigin + performance.now();
    device.publish('v1/devices/me/telemetry', `{"energy":${first + n}}`, { qos: 1 });
    await sleep(kEvery * (0.8 + 0.4 * Math.random()));  // not in step with the stream's own beat
  }
  await crowd;
  const seen = await page.evaluate(() => window.drawn);
  const times = Object.entries(sent).map(([number, at]) => seen[number] ? seen[number] - at : Infinity).sort((a, b) => a - b);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  const missing = times.filter((t) => t === Infinity).length;
  const { lag_ms } = await qala.health();
  raw({ step: 'screen', rate, screens, n: times.length, missing, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: times.at(-1), lag_ms });
  const who = screens > 1 ? `, ${screens} screens` : '';
  figures.add('sensor to screen', `publish to drawn in Chromium, ${rate.toLocaleString('en')} messages/s${who}, p99`, 'ms', at(0.99), { floor, aim, note: `p50 ${at(0.5).toFixed(0)}, ${times.length} values, ${missing} never drawn` });
}

export async function screen(figures, raw) {
  const chromiumPath = installed('chromium');
  if (!chromiumPath) return void console.log('  skipped: no chromium here');
  const { chromium } = await import(join(root, 'tests/node/node_modules/playwright-core/index.mjs'));
  const { default: mqtt } = await import(join(root, 'tests/node/node_modules/mqtt/build/index.js'));
  const qala = new Qala('screen-qala');
  const { users } = await prepare(qala);
  const thing = await qala.ask('/api/v1/things', 'POST', JSON.stringify({ key: 'watched', name: 'watched', kind: 'meter' }));
  const { token } = await qala.ask(`/api/v1/things/${thing.id}/token`, 'POST', '');
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${qala.mqtt}`, { username: token });
  await device.publishAsync('v1/devices/me/telemetry', '{"energy":69999}', { qos: 1 });

  const link = new URL(readFileSync(join(qala.data, 'setup-link'), 'utf8').trim());
  await qala.get('/api/v1/setup', { 'content-type': 'application/json', origin: link.origin }, 'POST',
    JSON.stringify({ code: link.searchParams.get('code'), user: 'bench', password: kPassword, language: 'en' }));
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await page.goto(`${link.origin}/control/`);
    await page.getByRole('textbox').first().click();
    await page.keyboard.type('bench');
    await page.keyboard.press('Tab');
    await page.keyboard.type(kPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').first().waitFor();
    await page.goto(`${link.origin}/control/things/${thing.id}`);
    await page.getByText(/69[\s\u00a0\u202f,]?999/).first().waitFor();
    await page.evaluate(watchPage);
    const about = { qala, users, page, device };
    await drawn(figures, raw, { ...about, rate: 1000, first: 70_000, floor: 150, aim: 60, screens: 1 });
    const others = Array.from({ length: 19 }, () => listen(qala));
    await drawn(figures, raw, { ...about, rate: 10_000, first: 75_000, floor: 400, aim: 150, screens: 20 });
    const heard = others.map((other) => other.end());
    if (heard.some((bytes) => bytes < 1e6)) throw new Error(`a screen heard only ${Math.min(...heard)} bytes`);
  } finally {
    device.end(true);
    await browser.close();
    await qala.stop();
  }
}
