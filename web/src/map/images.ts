/** Small pictures for the map, drawn on a canvas: there is no sprite to fetch. Ids: dot, dot-stale, s1f…s5f, s1o…s5o. */
import type { Map as Atlas } from 'maplibre-gl';
import type { Palette } from './palette';

const ratio = 2;

function canvas(size: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas');
  element.width = element.height = size * ratio;
  const context = element.getContext('2d', { willReadFrequently: true })!;
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
function severityImage(severity: number, filled: boolean, palette: Palette, dark: boolean): ImageData {
  const size = 20;
  const context = canvas(size);
  const key = severity as 1 | 2 | 3 | 4 | 5;
  shape(context, severity, size);
  context.lineJoin = 'round';
  context.lineWidth = filled ? 1.2 : 1.8;
  context.fillStyle = filled ? palette[`s${key}`] : palette['m-ground'];
  context.strokeStyle = palette[`s${key}-edge`];
  context.fill();
  context.stroke();
  context.fillStyle = filled ? (severity === 3 && !dark ? '#14181a' : palette['on-sev']) : palette[`s${key}-tx`];
  context.font = `700 ${severity === 1 || severity === 5 ? 11 : severity === 4 ? 10 : 9}px Inter, sans-serif`;
  context.textAlign = 'center';
  const base = [14, 16, 11.5, 13.7, 14][severity - 1]!;
  context.fillText(String(severity), 10, base);
  return context.getImageData(0, 0, size * ratio, size * ratio);
}
function dotImage(stale: boolean, palette: Palette): ImageData {
  const size = 12;
  const context = canvas(size);
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
  return context.getImageData(0, 0, size * ratio, size * ratio);
}

export function addImages(map: Atlas, palette: Palette, dark: boolean): void {
  const put = (name: string, image: ImageData): void => {
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: ratio });
  };
  put('dot', dotImage(false, palette));
  put('dot-stale', dotImage(true, palette));
  for (let severity = 1; severity <= 5; severity += 1) {
    put(`s${severity}f`, severityImage(severity, true, palette, dark));
    put(`s${severity}o`, severityImage(severity, false, palette, dark));
  }
}
