// What every page showed when a part failed: a picture each, and in words what a log alone can carry.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../node/lib.mjs';

const folder = join(root, 'build', 'pictures');
const longest = 1_500; // characters of a page's text: the end of the log is all that is printed

export async function showPages(browser, part) {
  mkdirSync(folder, { recursive: true });
  let number = 0;
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const picture = `failed-${part}-${number++}.png`;
    await page.screenshot({ path: join(folder, picture), timeout: 20_000 }).catch(() => {});
    const late = new Promise((done) => setTimeout(done, 20_000, 'does not answer').unref());
    const seen = await Promise.race([page.evaluate(words, longest), late]).catch((error) => `nothing: ${error.message}`);
    console.log(`${picture}, ${page.url()}: ${seen}`);
  }
}

// Runs in the page.
function words(most) {
  const at = document.activeElement;
  const focus = at ? `${at.tagName.toLowerCase()} "${(at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent ?? '').trim().slice(0, 80)}" ${String(at.value ?? '').slice(0, 80)}` : 'nothing';
  const text = (of) => of.innerText.replace(/\s+/g, ' ').trim();
  const said = [...document.querySelectorAll('[role=alert], [role=status], [role=dialog]')].map(text).filter(Boolean);
  return `focus on ${focus}; said: ${JSON.stringify(said)}; ${text(document.body).slice(0, most)}`;
}
