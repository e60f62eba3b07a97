/** The colours of tokens.css as the map needs them: read from the page, so that a theme is said in one place. */
const names = [
  'm-ground', 'm-block', 'm-house', 'm-flat', 'm-hall', 'm-road', 'm-ave', 'm-rail', 'm-water', 'm-shore', 'm-green',
  'm-lamp', 'm-label', 'm-water-label', 'm-pipe', 'tx-1', 'tx-2', 'tx-3', 'line-2', 'bg-1', 'bg-2', 'accent', 'on-sev',
  's1', 's2', 's3', 's4', 's5', 's1-edge', 's2-edge', 's3-edge', 's4-edge', 's5-edge',
  's1-tx', 's2-tx', 's3-tx', 's4-tx', 's5-tx',
] as const;
export type Palette = Record<(typeof names)[number], string>;

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}
