/** Bytes as people have them: hex with or without marks between, or the base64 that network servers show. Pure. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Hex without anything between, or null where it is neither. What can be hex is hex. */
export function hexFrom(text: string): string | null {
  const bare = text.trim().replace(/0[xX](?=[0-9a-fA-F])/g, '').replace(/[\s:,;.-]/g, '');
  if (/^[0-9a-fA-F]*$/.test(bare)) return bare.length % 2 ? null : bare.toLowerCase();
  const packed = text.trim();
  if (!base64.test(packed)) return null;
  return [...atob(packed)].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
/** "01 67 01 10": read in pairs. */
export function hexText(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1 ');
}
export function portFrom(text: string): number | null {
  const port = Number(text.trim());
  return /^\d{1,3}$/.test(text.trim()) && port >= 1 && port <= 223 ? port : null;
}
