// Contrast of every pair the screens use. `node check-contrast.mjs` checks; with --write it renews the table in tokens.css.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const file = new URL('tokens.css', import.meta.url), css = readFileSync(file, 'utf8');
const vars = (re) => Object.fromEntries([...css.match(re)[1].matchAll(/--([\w-]+):\s*(#[0-9a-fA-F]{6})/g)].map((m) => [m[1], m[2]]));
const dark = vars(/\[data-theme="dark"\]\s*\{([\s\S]*?)\n\}/), light = vars(/\n\[data-theme="light"\]\s*\{([\s\S]*?)\n\}/);
const lin = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const rgb = (h) => [1, 3, 5].map((i) => parseInt(h.slice(i, i + 2), 16));
const lum = (c) => { const [r, g, b] = c.map(lin); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const mix = (a, b, k) => a.map((v, i) => v * k + b[i] * (1 - k));
let bad = 0; const out = [];
for (const [name, T, soft] of [['dark', dark, 0.13], ['light', light, 0.12]]) {
  const row = (need, fg, bgs, f = rgb(T[fg])) => {
    const cells = bgs.map((b) => { const r = ratio(f, Array.isArray(b) ? b[1] : rgb(T[b])); if (r < need) { bad++; console.error(`FAIL ${name} ${fg} on ${b}: ${r.toFixed(2)} < ${need}`); } return `${Array.isArray(b) ? b[0] : b} ${r.toFixed(1)}`; });
    out.push(`   ${name.padEnd(5)} ${fg.padEnd(14)} ≥ ${need}: ${cells.join(', ')}`);
  };
  for (const t of ['tx-1', 'tx-2', 'tx-3']) row(4.5, t, ['bg-0', 'bg-1', 'bg-2', 'bg-3']);
  row(4.5, 'accent', ['bg-0', 'bg-1', 'bg-2']);
  for (const n of [1, 2, 3, 4, 5]) {
    row(4.5, `s${n}-tx`, ['bg-1', 'bg-2', 'bg-3', ['soft', mix(rgb(T[`s${n}`]), rgb(T['bg-1']), soft)]]);
    row(3, `s${n}-edge`, ['bg-0', 'bg-1', 'bg-3', 'm-ground']);
    const on = name === 'light' && n === 3 ? rgb('#14181a') : rgb(T['on-sev']);
    row(4.5, `on-sev on s${n}`, [[`s${n}`, rgb(T[`s${n}`])]], on);
  }
  row(3, 'line-2', ['bg-0', 'bg-1', 'bg-2']);
  row(3, 'c-today', ['bg-1', 'c-band']); row(3, 'c-yday', ['bg-1']); row(3, 'c-week', ['bg-1']); row(3, 'c-2', ['bg-1', 'c-band']); row(3, 'c-3', ['bg-1']);
  for (const n of [1, 2, 3, 4]) row(3, `k${n}`, ['bg-1']);
  row(4.5, 'm-label', ['m-ground', 'm-block']); row(4.5, 'm-water-label', ['m-water']); row(3, 'm-lamp', ['m-road', 'm-ground']);
}
const page = new URL('residents.html', import.meta.url); // checked where the residents' page lies beside the tokens
if (existsSync(page)) {
const res = readFileSync(page, 'utf8'), R = Object.fromEntries([...res.matchAll(/--(\w+):(#[0-9a-f]{3,6})/g)].map((m) => [m[1], m[2].length === 4 ? '#' + [...m[2].slice(1)].map((c) => c + c).join('') : m[2]]));
for (const [f, b, need] of [['tx', 'bg', 7], ['tx', 'card', 7], ['tx2', 'bg', 4.5], ['tx2', 'card', 4.5], ['act', 'card', 4.5], ['card', 'act', 4.5], ['s1', 'card', 4.5], ['s2', 'card', 4.5], ['edge', 'card', 3]]) {
  const r = ratio(rgb(R[f]), rgb(R[b])); if (r < need) { bad++; console.error(`FAIL residents ${f} on ${b}: ${r.toFixed(2)} < ${need}`); }
  out.push(`   resid ${f} on ${b} ≥ ${need}: ${r.toFixed(1)}`);
}
}
const table = `/* CONTRAST (written by check-contrast.mjs)\n${out.join('\n')}\n   END CONTRAST */`;
if (process.argv.includes('--write')) writeFileSync(file, css.replace(/\n*\/\* CONTRAST[\s\S]*?END CONTRAST \*\//, '').trimEnd() + '\n\n' + table + '\n');
console.log(out.join('\n')); console.log(bad ? `${bad} pairs too weak` : 'all pairs pass'); process.exit(bad ? 1 : 0);
