/** Paper opens beside the room: nothing of what is on the screen is lost. */
export function openPaper(address: string): void {
  window.open(address, '_blank', 'noopener');
}
