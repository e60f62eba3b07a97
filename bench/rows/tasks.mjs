// Main thread: the map is looked at while 300 readings a second of its things come in; the longest task of the page.
import { feed, launchChromium, signUp, simulate, view } from '../browser.mjs';
import { Qala } from '../engines.mjs';
import { median, settings, sleep } from '../machine.mjs';

const kRate = 300;
const kSeconds = 20;

// Runs in the page: tasks of 50 ms and more, which is all that browsers tell; and how late a timer of 10 ms comes.
function watchTasks() {
  window.tasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.tasks.push(entry.duration))).observe({ type: 'longtask' });
  window.late = 0;
  let due = performance.now() + 10;
  setInterval(() => {
    window.late = Math.max(window.late, performance.now() - due);
    due = performance.now() + 10;
  }, 10);
}

export async function tasks(figures, raw) {
  const browser = await launchChromium();
  if (!browser) return;
  const qala = new Qala('tasks-qala');
  await qala.fresh().start();
  const town = await simulate(qala);
  const { origin, cookies } = await signUp(qala);
  try {
    const context = await browser.newContext({ viewport: view });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(`${origin}/control/`);
    await page.waitForFunction(() => performance.getEntriesByName('qala.map').length > 0, undefined, { timeout: 120_000 });
    await sleep(3000);
    const feeding = await feed(qala, kRate);
    const runs = [];
    for (let n = 0; n < settings.runs; n++) {
      await page.evaluate(watchTasks);
      await sleep(kSeconds * 1000);
      const seen = await page.evaluate(() => ({ tasks: window.tasks.splice(0), late: window.late }));
      runs.push({ longest: Math.max(0, ...seen.tasks), count: seen.tasks.length, late: seen.late });
      raw({ step: 'tasks', rate: kRate, seconds: kSeconds, ...runs.at(-1) });
    }
    const taken = await feeding.stop();
    const longest = median(runs.map((run) => Math.max(run.longest, run.longest ? 0 : Math.min(50, run.late))));
    figures.add('main thread', `longest task in ${kSeconds} s at ${kRate} updates/s, on the map`, 'ms', longest, { floor: 150, aim: 50, note: `tasks of 50 ms and more: ${runs.map((run) => run.count).join(', ')}; a timer came late by at most ${runs.map((run) => Math.round(run.late)).join(', ')} ms; ${taken} readings` });
  } finally {
    town.stop();
    await browser.close();
    await qala.stop();
  }
}
