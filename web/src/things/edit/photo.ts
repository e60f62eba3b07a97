/**
 * A picture made fit for the registry: at most 1280 pixels, drawn anew (so that nothing of what the camera wrote into the
 * file goes along: where, when, with what), at most 1 MB.
 */
export const longestSide = 1280;
export const mostBytes = 1 << 20;

/** The size a picture gets: never larger than it is. */
export function fit(width: number, height: number, longest = longestSide): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function encode(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality));
}

/** null: this is no picture that the browser can read. */
export async function madeFit(file: Blob): Promise<Blob | null> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
  try {
    for (const [longest, quality] of [[longestSide, 0.85], [longestSide, 0.7], [960, 0.7], [640, 0.6]] as const) {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, fit(picture.width, picture.height, longest));
      const pen = canvas.getContext('2d');
      if (!pen) return null;
      pen.fillStyle = 'white'; // JPEG knows nothing that one can see through
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await encode(canvas, quality);
      if (made && made.size <= mostBytes) return made;
    }
    return null;
  } finally {
    picture.close();
  }
}
