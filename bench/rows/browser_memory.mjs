// Browser memory: as many readings as a town sends in twelve hours, in minutes, while an operator goes from page to page.
// Measured after a collection of garbage; growth is the slope of a line through the second half, with its error.
import { feed, launchChromium, signUp, simulate, view } from '../browser.mjs';
import { Qala } from '../engines.mjs';
import { memoryMb, sleep } from '../machine.mjs';

const kHours = Number(process.env.QALA_BENCH_BROWSER_HOURS ?? 12);
const kTownRate = 46;  // readings a second of the town
const kRate = 5000;
const kStep = 10;  // seconds between two measurements
const kPages = ['1', '2', '3', '4', '7', '8'];

// Least squares: MB an hour of the town, and the standard error of that.
function slope(points) {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const b = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / xx;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - b * (x - meanX)) ** 2, 0);
  return { b, error: Math.sqrt(rest / (n - 2) / xx) };
}

export async function browserMemory(figures, raw) {
  const browser = await launchChromium();
  if (!browser) return;
  const qala = new Qala('browser-qala');
  await qala.fresh().start();
  const town = await simulate(qala);
  const { origin, cookies } = await signUp(qala);
  try {
    const context = await browser.newContext({ viewport: view });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(`${origin}/control/`);
    await page.getByRole('navigation').first().waitFor();
    const cdp = await context.newCDPSession(page);
    const processes = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
    const renderers = processes.processInfo.filter((one) => one.type === 'renderer').map((one) => one.id);
    const measure = async () => {
      for (let n = 0; n < 2; n++) await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
      return { heap_mb: usedSize / 2 ** 20, resident_mb: Math.max(...renderers.map((pid) => { try { return memoryMb(pid); } catch { return 0; } })), nodes, listeners: jsEventListeners };
    };
    const feeding = await feed(qala, kRate);
    const seconds = (kHours * 3600 * kTownRate) / kRate;
    const points = [];
    for (let at = 0; at < seconds; at += kStep) {
      await page.keyboard.press(kPages[(at / kStep) % kPages.length]);
      await sleep(kStep * 1000 - 800);
      await page.keyboard.press('1');  // measured on the same page each time
      await sleep(800);
      const now = await measure();
      points.push({ hours: ((at + kStep) * kRate) / kTownRate / 3600, ...now });
      raw({ step: 'browser memory', ...points.at(-1) });
    }
    const taken = await feeding.stop();
    const half = points.slice(Math.floor(points.length / 2));
    const heap = slope(half.map((point) => [point.hours, point.heap_mb]));
    const most = Math.max(...points.map((point) => point.resident_mb));
    figures.add('browser memory', `highest resident of the tab, ${kHours} h of readings`, 'MB', most, { floor: 400, aim: 300, note: `JavaScript ${Math.max(...points.map((point) => point.heap_mb)).toFixed(1)} MB at most, ${points.at(-1).nodes} nodes, ${points.at(-1).listeners} listeners at the end; ${taken} readings` });
    figures.add('browser memory', 'growth of JavaScript over the second half, a shift of 12 h', 'MB', heap.b * 12, { note: `± ${(2 * heap.error * 12).toFixed(1)} (two standard errors)` });
  } finally {
    town.stop();
    await browser.close();
    await qala.stop();
  }
}
