/**
 * uPlot dressed as the design asks: today's line bright, others grey and dashed, min–max band, gaps hatched, limit line,
 * what lies outside the limit in the colour of its severity, names at the end of the lines. Colours come from tokens.css.
 */
import uPlot from 'uplot';
import type { Language, Severity } from '../api/types';
import { number } from '../i18n/number';
import { spreadEnds, timeLabel, timeTicks, valueRange, valueTicks } from './ticks';

export interface Line {
  label: string;
  tone: 'today' | 'second' | 'yesterday' | 'week';
  band: boolean;
  /** Instead of the tone's: a colour of tokens.css, a dash, a width. */
  colour?: string;
  dash?: number[];
  width?: number;
}
export interface Limit {
  value: number;
  above: boolean;
  severity: Severity;
  /** Written on its dashed line; empty: no line, only the colour outside. */
  text: string;
  /** From when on the line takes its colour; a limit of the night or the heating season says nothing about other times. */
  since: number;
}
export interface PlotOptions {
  width: number;
  height: number;
  lines: Line[];
  limits: Limit[];
  gaps: [number, number][];
  rejected: [number, number][];
  range: [number, number];
  /** The present, drawn as a line; left out when it is not in the window. */
  now: number;
  fromZero: boolean;
  decimals: number;
  language: Language;
  /** Multiplies type and strokes: 1 at a desk, more on the wall. */
  size: number;
  /** Text at the end of each line; empty: none. */
  ends: string[];
  gapText: string;
  right: number;
  axis: boolean;
  onhover: (time: number | null) => void;
}

/** Colours of the theme, asked of the browser once: a redraw wants some thirty of them. */
const colours = new Map<string, string>();
let coloursOf: string | undefined;
function css(name: string): string {
  const theme = document.documentElement.dataset['theme'] ?? '';
  if (theme !== coloursOf) colours.clear();
  coloursOf = theme;
  let value = colours.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (value) colours.set(name, value);
  }
  return value;
}
const tones = { today: '--c-today', second: '--c-2', yesterday: '--c-yday', week: '--c-week' } as const;
const colourOf = (line: Line): string => line.colour ?? tones[line.tone];
const dashes: Record<Line['tone'], number[] | undefined> = { today: undefined, second: undefined, yesterday: [6, 3], week: [2, 3] };
const font = (px: number, size: number, weight = 450): string => `${weight} ${size * px}px Inter, sans-serif`;
/** Device pixels of one pixel of the design. */
const pixel = (options: PlotOptions): number => devicePixelRatio * options.size;

function hatch(context: CanvasRenderingContext2D, px: number): CanvasPattern | null {
  const tile = document.createElement('canvas');
  const size = Math.round(8 * px);
  tile.width = tile.height = size;
  const pen = tile.getContext('2d')!;
  pen.strokeStyle = css('--line-2');
  pen.globalAlpha = 0.6;
  pen.lineWidth = px;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat');
}

function drawGaps(u: uPlot, options: PlotOptions): void {
  const { ctx, bbox } = u;
  const px = pixel(options);
  let fill: CanvasPattern | null = null;
  for (const [from, to] of options.gaps) {
    const left = Math.max(bbox.left, u.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to, 'x', true));
    if (right - left < 2) continue;
    fill ??= hatch(ctx, px);
    if (!fill) return;
    ctx.fillStyle = fill;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    if (!options.gapText) continue;
    ctx.font = font(px, 11);
    if (right - left > ctx.measureText(options.gapText).width + 8 * px) {
      ctx.textAlign = 'center';
      ctx.fillStyle = css('--tx-2');
      ctx.fillText(options.gapText, (left + right) / 2, bbox.top + 14 * px);
    }
  }
}

/** The first line again, clipped to what lies outside the limit, and the area between. */
function drawOutside(u: uPlot, series: number, limit: Limit, px: number): void {
  const { ctx, bbox } = u;
  const paths = (u.series[series] as unknown as { _paths?: { stroke?: Path2D; fill?: Path2D | null } | null })._paths;
  if (!paths?.stroke) return;
  const at = u.valToPos(limit.value, 'y', true);
  const [top, bottom] = limit.above ? [bbox.top, at] : [at, bbox.top + bbox.height];
  const right = bbox.left + bbox.width;
  const left = Number.isFinite(limit.since) ? Math.max(bbox.left, u.valToPos(limit.since, 'x', true)) : limit.since < 0 ? bbox.left : right;
  if (bottom <= top || right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  if (paths.fill) {
    ctx.fillStyle = css(`--s${limit.severity}`);
    ctx.globalAlpha = 0.22;
    ctx.fill(paths.fill);
    ctx.globalAlpha = 1;
  }
  ctx.strokeStyle = css(`--s${limit.severity}-edge`);
  ctx.lineWidth = 2.4 * px;
  ctx.setLineDash([]);
  ctx.stroke(paths.stroke);
  ctx.restore();
}

/** Where a limit is named: left above its line; below it at the top of the plot, right where the left is the line's own end. */
function limitPlace({ bbox }: uPlot, y: number, width: number, now: number, px: number): [x: number, baseline: number] {
  const crowded = now > bbox.left && now < bbox.left + width + 24 * px;
  return [crowded ? bbox.left + bbox.width - width - 6 * px : bbox.left + 6 * px, y < bbox.top + 18 * px ? y + 14 * px : y - 6 * px];
}

function drawMarks(u: uPlot, options: PlotOptions): void {
  const { ctx, bbox } = u;
  const px = pixel(options);
  ctx.save();
  ctx.lineWidth = px;
  const now = u.valToPos(options.now, 'x', true);
  for (const limit of options.limits) {
    const y = Math.round(u.valToPos(limit.value, 'y', true)) + 0.5;
    if (!limit.text || y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = css('--tx-3');
    ctx.setLineDash([5 * px, 4 * px]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = font(px, 11);
    ctx.textAlign = 'left';
    ctx.lineWidth = 3.5 * px;
    ctx.setLineDash([]);
    ctx.strokeStyle = css('--bg-1');
    ctx.lineJoin = 'round';
    const [x, baseline] = limitPlace(u, y, ctx.measureText(limit.text).width, now, px);
    ctx.strokeText(limit.text, x, baseline);
    ctx.fillStyle = css('--tx-2');
    ctx.fillText(limit.text, x, baseline);
    ctx.lineWidth = px;
  }
  if (now > bbox.left && now <= bbox.left + bbox.width + 1) {
    ctx.strokeStyle = css('--line-2');
    ctx.beginPath();
    ctx.moveTo(Math.round(now) + 0.5, bbox.top);
    ctx.lineTo(Math.round(now) + 0.5, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.strokeStyle = css('--tx-2');
  ctx.lineWidth = 1.6 * px;
  for (const [t, y] of options.rejected) {
    const cx = u.valToPos(t, 'x', true);
    const cy = Math.max(bbox.top + 6 * px, Math.min(bbox.top + bbox.height - 6 * px, u.valToPos(y, 'y', true)));
    ctx.beginPath();
    for (const side of [-1, 1]) {
      ctx.moveTo(cx - 4 * px, cy - 4 * px * side);
      ctx.lineTo(cx + 4 * px, cy + 4 * px * side);
    }
    ctx.stroke();
  }
  ctx.restore();
}

function drawEnds(u: uPlot, options: PlotOptions, first: number[]): void {
  const { ctx } = u;
  const px = pixel(options);
  const ends: { place: number; x: number; y: number; text: string }[] = [];
  ctx.setLineDash([]);
  options.lines.forEach((line, place) => {
    const column = u.data[first[place]!]!;
    let at = column.length - 1;
    while (at >= 0 && typeof column[at] !== 'number') at -= 1;
    if (at < 0) return;
    const value = column[at] as number;
    const x = u.valToPos(u.data[0][at]!, 'x', true);
    const y = u.valToPos(value, 'y', true);
    const hot = options.limits.find((limit) => limit.since < Infinity && (limit.above ? value > limit.value : value < limit.value));
    if (place === 0) {
      ctx.beginPath();
      ctx.arc(x, y, 3.6 * px, 0, 7);
      ctx.fillStyle = css('--bg-1');
      ctx.fill();
      ctx.lineWidth = 2 * px;
      ctx.strokeStyle = css(hot ? `--s${hot.severity}-edge` : colourOf(line));
      ctx.stroke();
    }
    const text = options.ends[place];
    if (text) ends.push({ place, x, y: y + 4 * px, text });
  });
  const heights = spreadEnds(ends.map(({ y }) => y), 14 * px, u.bbox.top + u.bbox.height);
  ends.forEach(({ place, x, text }, at) => {
    ctx.font = font(px, place === 0 ? 13 : 12, place === 0 ? 600 : 450);
    ctx.textAlign = 'left';
    ctx.lineJoin = 'round';
    ctx.lineWidth = 3.5 * px;
    ctx.strokeStyle = css('--bg-1');
    const left = Math.min(x + 10 * px, ctx.canvas.width - ctx.measureText(text).width - 2 * px);
    ctx.strokeText(text, left, heights[at]!);
    ctx.fillStyle = css(place === 0 ? '--tx-1' : '--tx-2');
    ctx.fillText(text, left, heights[at]!);
  });
}

/** Which data column each line stands in. A band takes the two before its line, so that the line is drawn on top. */
export function columnsOf(lines: readonly Line[]): number[] {
  const first: number[] = [];
  let column = 1;
  for (const line of lines) {
    first.push(line.band ? column + 2 : column);
    column += line.band ? 3 : 1;
  }
  return first;
}

export function makePlot(element: HTMLElement, options: PlotOptions, data: uPlot.AlignedData): uPlot {
  const first = columnsOf(options.lines);
  const { size } = options;
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const line of options.lines) {
    if (line.band) {
      const low = series.length;
      series.push({ stroke: 'transparent', points: { show: false } }, { stroke: 'transparent', points: { show: false } });
      bands.push({ series: [low + 1, low], fill: () => css('--c-band') });
    }
    const dash = (line.dash ?? dashes[line.tone])?.map((length) => length * size);
    const limit = options.limits[0];
    /** Invisible by itself: its path down to the limit is what drawOutside fills. */
    const area = limit && line === options.lines[0] ? { fill: 'transparent', fillTo: limit.value } : {};
    series.push({ label: line.label, stroke: () => css(colourOf(line)), width: (line.width ?? (line.tone === 'today' ? 2 : 1.4)) * size, points: { show: false }, spanGaps: false, ...area, ...(dash?.length ? { dash } : {}) });
  }
  const axis = { stroke: () => css('--tx-3'), font: `450 ${11 * size}px Inter, sans-serif`, ticks: { show: false } };
  return new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [10 * size, options.right * size, options.axis ? 0 : 6 * size, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 * size, show: true } },
      scales: {
        x: { time: false, range: () => options.range },
        y: { range: (_u, low, high) => valueRange(low, high, options.limits.map((limit) => limit.value), options.fromZero) },
      },
      axes: [
        {
          ...axis, show: options.axis, size: 26 * size, gap: 6 * size, grid: { show: true, stroke: () => css('--c-grid'), width: size, dash: [1, 3] },
          splits: (u) => timeTicks(options.range[0], options.range[1], u.bbox.width / pixel(options)),
          values: (_u, splits) => splits.map((t) => timeLabel(t, splits, options.language)),
        },
        {
          ...axis, size: 46 * size, gap: 7 * size, grid: { stroke: () => css('--c-grid'), width: size },
          splits: (u, _axis, low, high) => valueTicks(low, high, Math.max(3, Math.floor(u.bbox.height / pixel(options) / 44))),
          values: (_u, splits) => {
            const step = splits.length > 1 ? splits[1]! - splits[0]! : 1;
            const digits = [0, 1, 2, 3].find((n) => Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) < 1e-6) ?? 3;
            return splits.map((value) => number(value, options.language, digits));
          },
        },
      ],
      series,
      bands,
      hooks: {
        drawAxes: [(u) => drawGaps(u, options)],
        drawSeries: [(u, at) => at === first[0] && options.limits.forEach((limit) => drawOutside(u, at, limit, pixel(options)))],
        draw: [(u) => (drawMarks(u, options), drawEnds(u, options, first))],
        setCursor: [(u) => options.onhover(u.cursor.left !== undefined && u.cursor.left >= 0 ? u.posToVal(u.cursor.left, 'x') : null)],
      },
    },
    data,
    element,
  );
}
