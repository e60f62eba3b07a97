/** Small pictures for the live layer, drawn once a theme: dot, dot-stale, camera, camera-stale, s1f…s5f (unanswered), s1o…s5o (answered). */
import type { Palette } from './palette';

export type Images = Map<string, HTMLCanvasElement>;

function canvas(size: number, ratio: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas');
  element.width = element.height = Math.ceil(size * ratio);
  const context = element.getContext('2d')!;
  context.scale(ratio, ratio);
  return context;
}
function shape(context: CanvasRenderingContext2D, severity: number, size: number): void {
  const k = size / 24;
  context.beginPath();
  if (severity === 1) context.roundRect(3 * k, 3 * k, 18 * k, 18 * k, 2 * k);
  else if (severity === 5) context.arc(12 * k, 12 * k, 9.5 * k, 0, 7);
  else {
    const corners: Record<number, number[][]> = {
      2: [[12, 2.5], [22.5, 21], [1.5, 21]],
      3: [[12, 21.5], [1.5, 3], [22.5, 3]],
      4: [[12, 1.5], [22.5, 12], [12, 22.5], [1.5, 12]],
    };
    for (const [x, y] of corners[severity]!) context.lineTo(x! * k, y! * k);
    context.closePath();
  }
}
function severityImage(severity: 1 | 2 | 3 | 4 | 5, filled: boolean, palette: Palette, dark: boolean, ratio: number): HTMLCanvasElement {
  const context = canvas(20, ratio);
  shape(context, severity, 20);
  context.lineJoin = 'round';
  context.lineWidth = filled ? 1.2 : 1.8;
  context.fillStyle = filled ? palette[`s${severity}`] : palette['m-ground'];
  context.strokeStyle = palette[`s${severity}-edge`];
  context.fill();
  context.stroke();
  context.fillStyle = filled ? (severity === 3 && !dark ? '#14181a' : palette['on-sev']) : palette[`s${severity}-tx`];
  context.font = `700 ${severity === 1 || severity === 5 ? 11 : severity === 4 ? 10 : 9}px Inter, sans-serif`;
  context.textAlign = 'center';
  context.fillText(String(severity), 10, [14, 16, 11.5, 13.7, 14][severity - 1]!);
  return context.canvas;
}
function dotImage(stale: boolean, palette: Palette, ratio: number): HTMLCanvasElement {
  const context = canvas(12, ratio);
  context.beginPath();
  context.arc(6, 6, stale ? 3.6 : 3.2, 0, 7);
  if (stale) {
    context.setLineDash([1.8, 1.6]);
    context.lineWidth = 1.2;
    context.strokeStyle = palette['tx-3'];
    context.stroke();
  } else {
    context.fillStyle = palette['tx-3'];
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = palette['m-ground'];
    context.stroke();
  }
  return context.canvas;
}

function cameraImage(stale: boolean, palette: Palette, ratio: number): HTMLCanvasElement {
  const context = canvas(18, ratio);
  context.beginPath();
  context.roundRect(2, 5, 9.5, 8, 1.5);
  context.moveTo(12, 8.2);
  for (const [x, y] of [[16, 5.8], [16, 12.2], [12, 9.8]] as const) context.lineTo(x, y);
  context.lineWidth = stale ? 1.2 : 1;
  if (stale) context.setLineDash([1.8, 1.6]);
  context.fillStyle = stale ? palette['m-ground'] : palette['tx-3'];
  context.strokeStyle = stale ? palette['tx-3'] : palette['m-ground'];
  context.fill();
  context.stroke();
  return context.canvas;
}

export function makeImages(palette: Palette, dark: boolean, ratio: number): Images {
  const images: Images = new Map([
    ['dot', dotImage(false, palette, ratio)],
    ['dot-stale', dotImage(true, palette, ratio)],
    ['camera', cameraImage(false, palette, ratio)],
    ['camera-stale', cameraImage(true, palette, ratio)],
  ]);
  for (const severity of [1, 2, 3, 4, 5] as const) {
    images.set(`s${severity}f`, severityImage(severity, true, palette, dark, ratio));
    images.set(`s${severity}o`, severityImage(severity, false, palette, dark, ratio));
  }
  return images;
}
