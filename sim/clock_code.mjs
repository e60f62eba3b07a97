// Reads the clock that simulated cameras burn into their pictures (clock_code.h) from what a canvas gives:
// readClock(context.getImageData(0, 0, width, height)) is { ms, camera }, or null if there is none or it is damaged.
const kColumns = 40, kCells = 34;

function checksum(bits) {
  let crc = 0xff;
  for (let shift = 48n; shift >= 0n; shift -= 8n) {
    crc ^= Number((bits >> shift) & 0xffn);
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

export function readClockCells(greys) {
  const dark = greys[1], step = (greys[0] - dark) / 3;
  if (!(step >= 20)) return null;
  const levels = greys.slice(0, kCells).map((grey) => (grey - dark) / step);
  const cells = levels.map(Math.round);
  if (cells.some((cell, i) => cell < 0 || cell > 3 || Math.abs(levels[i] - cell) > 0.4)) return null;
  if (cells[2] !== 2 || cells[3] !== 1) return null;
  const bits = cells.slice(4).reduce((sum, cell) => (sum << 2n) | BigInt(cell), 0n);
  if (checksum(bits >> 8n) !== Number(bits & 0xffn)) return null;
  return { ms: Number(bits >> 18n), camera: Number((bits >> 8n) & 0x3ffn) };
}

export function readClock({ data, width, height }) {
  const cell = width / kColumns;
  if (cell < 3 || cell > height) return null;
  const greys = [];
  for (let i = 0; i < kCells; i++) {
    let sum = 0, count = 0;
    for (let y = Math.floor(cell * 0.3); y < Math.max(Math.floor(cell * 0.7), 1); y++) {
      for (let x = Math.floor(cell * (i + 0.3)); x <= Math.floor(cell * (i + 0.7)); x++, count++) {
        const at = 4 * (y * width + x);
        sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      }
    }
    greys.push(sum / count);
  }
  return readClockCells(greys);
}
