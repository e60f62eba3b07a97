/**
 * The one live connection of a tab. Reconnects with backoff; says when it was lost and how often it has tried.
 * A connection that is silent for longer than `silence` is taken for dead: health comes every 2 s.
 */
import { streamPath } from './api';
import type { StreamMessage, StreamTopic } from './types';

export interface StreamEvents {
  message(message: StreamMessage): void;
  lost(attempt: number): void;
  /** The server ended it because the session or token has ended. */
  ended(): void;
}

/** How the server closes a stream whose session has ended. */
const sessionEnded = 4401;

/** Half a second, doubling to 15 s, each shortened by up to a third at random so that screens do not return in step. */
export function backoff(attempt: number, random: number): number {
  return Math.min(15_000, 500 * 2 ** Math.min(attempt, 10)) * (1 - random / 3);
}

const silence = 9_000;

export class Stream {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heard = 0;
  private stopped = true;

  constructor(
    private readonly topics: readonly StreamTopic[],
    private readonly events: StreamEvents,
  ) {}

  start(): void {
    this.stopped = false;
    this.open();
    this.watch = setInterval(() => this.check(), 1_000);
    addEventListener('online', this.hurry);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.watch);
    removeEventListener('online', this.hurry);
    this.socket?.close();
    this.socket = null;
  }

  private open(): void {
    clearTimeout(this.retry);
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}${streamPath()}`);
    this.socket = socket;
    this.heard = performance.now();
    socket.onopen = () => socket.send(JSON.stringify({ subscribe: this.topics }));
    socket.onmessage = (event) => this.receive(event.data as string);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      if (event.code === sessionEnded) this.events.ended();
      this.fail();
    };
  }

  private receive(text: string): void {
    this.heard = performance.now();
    const message = JSON.parse(text) as StreamMessage;
    if (message.type === 'hello') this.attempt = 0;
    this.events.message(message);
  }

  private fail(): void {
    this.socket = null;
    if (this.stopped) return;
    this.attempt += 1;
    this.events.lost(this.attempt);
    this.retry = setTimeout(() => this.open(), backoff(this.attempt - 1, Math.random()));
  }

  private check(): void {
    const socket = this.socket;
    if (!socket) return;
    const quiet = performance.now() - this.heard;
    if (quiet > silence) {
      socket.onclose = null;
      socket.close();
      this.fail();
    } else if (quiet > silence / 3 && socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify({ ping: Date.now() }));
    }
  }

  private readonly hurry = (): void => {
    if (!this.socket && !this.stopped) this.open();
  };
}
