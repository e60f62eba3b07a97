/** A stream of pictures: words as text, boxes as bytes. Closed by either side once; it does not come back by itself. */
export type Word =
  /** `way`: as the camera sends it, encoded again with its masks, or one still after the other. */
  | { type: 'format'; way?: 'plain' | 'transcoded' | 'stills'; codec: string; masked?: boolean }
  | { type: 'drop'; frames: number }
  | { type: 'ended'; reason: string; words?: string }
  /** Of the bytes that follow. */
  | { type: 'at'; ms: number }
  | { type: 'picture'; ms: number }
  /** What follows is of the place that was asked for. */
  | { type: 'seeking' }
  | { type: 'interrupted' }
  | { type: 'other' };

export interface PictureEvents {
  word(word: Word): void;
  bytes(bytes: Uint8Array<ArrayBuffer>): void;
  /** `heard`: it had said something before. */
  closed(heard: boolean, code: number): void;
}

export class PictureSocket {
  private readonly socket: WebSocket;
  private heard = false;
  private open = true;

  constructor(path: string, private readonly events: PictureEvents) {
    this.socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = ({ data }) => {
      if (!this.open) return;
      this.heard = true;
      if (typeof data === 'string') this.events.word(JSON.parse(data) as Word);
      else this.events.bytes(new Uint8Array(data as ArrayBuffer));
    };
    this.socket.onclose = ({ code }) => {
      if (!this.open) return;
      this.open = false;
      this.events.closed(this.heard, code);
    };
  }
  say(words: object): void {
    const text = JSON.stringify(words);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
    else if (this.socket.readyState === WebSocket.CONNECTING) this.socket.addEventListener('open', () => this.open && this.socket.send(text), { once: true });
  }
  /** Tells nobody. */
  close(): void {
    this.open = false;
    this.socket.close();
  }
}
