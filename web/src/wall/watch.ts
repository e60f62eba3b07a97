/** Whether the picture on the wall may still be believed, and where it stands so that nothing burns in. Pure. */

/** Longer than a restart of the server takes, shorter than anybody looks away for. */
export const patience = 10_000;

export interface Signs {
  /** Monotonic milliseconds: now, the last frame the browser drew, the last word from the server. */
  now: number;
  drawn: number;
  heard: number;
  /** The server has said who we are not. */
  refused: boolean;
}
export type Trouble = 'refused' | 'frozen' | 'silent' | null;

export function troubleOf(signs: Signs): Trouble {
  const silent = signs.now - signs.heard > patience;
  if (signs.refused && silent) return 'refused';
  if (signs.now - signs.drawn > patience) return 'frozen';
  return silent ? 'silent' : null;
}

const side = 5;
/** 2 px an hour along a square of 8 px, row by row there and back: every place is near the one before. */
export function shiftAt(now: number): { x: number; y: number } {
  const hour = Math.floor(now / 3_600_000);
  const turn = 2 * (side * side - 1);
  const at = ((hour % turn) + turn) % turn;
  const step = at < side * side ? at : turn - at;
  const row = Math.floor(step / side);
  const column = row % 2 ? side - 1 - (step % side) : step % side;
  return { x: 2 * column - (side - 1), y: 2 * row - (side - 1) };
}
