/** Looking closer into a picture: how much larger, and which part of it is shown. Shares of the frame; pure. */
export interface Zoom {
  scale: number;
  /** Of the picture's left upper corner, in frames: 0 … 1 - scale. */
  x: number;
  y: number;
}
export const whole: Zoom = { scale: 1, x: 0, y: 0 };
const largest = 8;

function within(zoom: Zoom): Zoom {
  const least = 1 - zoom.scale;
  return { scale: zoom.scale, x: Math.min(0, Math.max(least, zoom.x)), y: Math.min(0, Math.max(least, zoom.y)) };
}
/** The point of the frame that is pointed at stays where it is. */
export function zoomAt(zoom: Zoom, factor: number, px = 0.5, py = 0.5): Zoom {
  const scale = Math.min(largest, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  return within({ scale, x: px - (px - zoom.x) * grown, y: py - (py - zoom.y) * grown });
}
export function moved(zoom: Zoom, dx: number, dy: number): Zoom {
  return within({ scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });
}
export function css(zoom: Zoom): string {
  return zoom.scale === 1 ? '' : `translate(${zoom.x * 100}%, ${zoom.y * 100}%) scale(${zoom.scale})`;
}
