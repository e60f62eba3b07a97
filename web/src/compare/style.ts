/** Four quiet colours, then the same dashed: none is a severity's. Earlier periods are the same line, dotted and thinner. */
import type { Line as PlotLine } from '../graph/plot';

export const letterOf = (at: number): string => String.fromCharCode(65 + at);
export const colourOf = (at: number): string => `--k${(at % 4) + 1}`;
const dashes = [[2, 3], [6, 3, 1, 3], [1, 4]];

export function lookOf(at: number, earlierAt: number, label: string): PlotLine {
  const dash = earlierAt >= 0 ? dashes[earlierAt % dashes.length]! : at >= 4 ? [9, 4] : [];
  return { label, tone: 'today', band: false, colour: colourOf(at), dash, width: earlierAt >= 0 ? 1.3 : 2 };
}
